
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Several clients, a chat that keeps its promises, and a network that keeps
 * none: each message comes to everybody, once, in one order.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../../html/chat/index.js';
import { MemoryStore } from '../../html/chat/memory.js';
import { Seal } from '../../html/chat/seal.js';
import { FakeChat, socketsTo } from './fake-chat.mjs';
import { FakeClock, settle } from './fakes.mjs';

const ROUNDS = 60;
const ANN = { id: 'ann', name: 'Ann', guest: false };


/** The same chances in each run. */
function dice(seed) {
    let state = seed;

    return () => {
        state = (state * 1103515245 + 12345) % 2 ** 31;
        return state / 2 ** 31;
    };
}


/** A codec that takes its time; another one each time it seals. */
class Slow {

    #n = 0;

    async seal(text, { user }) {
        const enc = { n: this.#n++, user };

        await settle();
        return { data: Buffer.from(text).toString('hex'), enc };
    }

    async open({ data, enc, from, text }) {
        await (data?.length % 3 === 0 ? settle() : undefined);

        if (data === undefined) {
            return { text };
        }

        return enc.user === from.id
            ? { text: Buffer.from(data, 'hex').toString() }
            : { broken: 'forged' };
    }
}


class World {

    chat = new FakeChat();
    clock = new FakeClock();

    constructor(seed) {
        this.random = dice(seed);
    }

    /** One tab, and the network to it. */
    tab({ sealed = false, ...options } = {}) {
        const WebSocket = socketsTo(this.chat);
        const client = new Client('ws://h/chat/ws', { WebSocket,
            clock: this.clock, random: this.random, why: async () => null,
            ...options });
        const room = client.join('lobby');
        const tab = { client, room, WebSocket, texts: [], seqs: [] };

        if (sealed) {
            room.seal(new Seal(new Slow()));
        }

        room.on('message', ({ text, seq }) => {
            tab.texts.push(text);
            tab.seqs.push(seq);
        });

        room.on('reset', () => { tab.texts.length = tab.seqs.length = 0; });
        client.connect();
        return tab;
    }

    async pass(ms) {
        for (let passed = 0; passed < ms; passed += 100) {
            await this.clock.pass(100);
            await settle();
        }
    }

    async until(fn, what) {
        for (let i = 0; i < 600; i++) {
            if (fn()) {
                return;
            }

            await this.pass(100);
        }

        assert.fail(`waited in vain for ${what}`);
    }
}


function once(texts) {
    assert.equal(new Set(texts).size, texts.length, `twice: ${texts}`);
}


for (const [seed, login, sealed] of [[1, ANN], [2, ANN], [3, ANN], [4, null],
                                     [5, null], [6, ANN, true],
                                     [7, null, true]])
{
    test(`cuts, lost answers, the store away: seed ${seed}`
         + (sealed ? ', sealed' : ''), async () => {
        const world = new World(seed);
        const { chat, random } = world;
        const said = [];
        const oks = [];

        chat.page = 3;
        chat.login = login;

        const tabs = [1, 2, 3].map(() => world.tab({ sealed }));

        await world.pass(500);
        chat.swallow = ({ op }) => op === 'send' && random() < 0.1;
        chat.refuse = ({ op }) => op === 'send' && random() < 0.1
            ? { code: 'rate_limited', status: 429, retry_after: 1,
                temporary: true, message: 'Slow down.' } : undefined;

        for (let i = 0; i < ROUNDS; i++) {
            const { room, WebSocket } = tabs[Math.floor(random() * 3)];
            const text = `message ${i}`;

            said.push(text);
            room.send(text).then(({ seq }) => oks.push(seq));

            if (random() < 0.2) {
                WebSocket.cut();
            }

            if (random() < 0.05) {
                chat.stopStore();
                await world.pass(700);
                chat.storeUp = true;
            }

            if (random() < 0.3) {
                chat.post('lobby', `by others ${i}`);
            }

            await world.pass(random() * 400);
        }

        await world.until(() => oks.length === ROUNDS, 'all answers');
        await world.until(() => tabs.every(({ room }) =>
            room.seq === tabs[0].room.seq), 'all to be up to date');

        await settle();
        await settle();

        const stored = chat.texts('lobby');

        assert.ok(!sealed || !stored.some((text) =>
            text?.startsWith('message')), 'the server saw a text');
        chat.rooms.get('lobby').log.forEach(({ data }, i) => {
            stored[i] ??= Buffer.from(data, 'hex').toString();
        });

        once(stored);
        assert.deepEqual(stored.filter((text) => text.startsWith('message'))
            .sort(), said.sort());

        for (const { texts } of tabs) {
            assert.deepEqual(texts, stored.slice(-texts.length));
            assert.ok(texts.length >= ROUNDS);
        }

        tabs.forEach(({ client }) => client.close());
    });
}


test('the store forgets all: each view begins anew', async () => {
    const world = new World(7);
    const tab = world.tab();

    await world.pass(500);
    await tab.room.send('old');
    tab.WebSocket.cut();
    world.chat.forget('other');
    world.chat.post('lobby', 'new');
    await world.until(() => tab.texts.includes('new'), 'the new epoch');
    assert.deepEqual(tab.texts, ['new']);

    const fate = tab.room.send('newer');

    await world.until(() => tab.texts.length === 2, 'the answer');
    assert.equal((await fate).epoch, 'other');
    tab.client.close();
});


test('away for longer than the log: told, and the last page comes',
     async () => {
    const world = new World(8);
    const tab = world.tab();
    const resets = [];

    tab.room.on('reset', ({ reason }) => resets.push(reason));
    world.chat.keep = 10;
    await world.pass(500);
    world.chat.post('lobby', 'first');
    await world.pass(100);
    tab.WebSocket.cut();

    for (let i = 0; i < 30; i++) {
        world.chat.post('lobby', `number ${i}`);
    }

    await world.until(() => tab.texts.length === 10, 'the last page');
    assert.deepEqual(resets, ['gone']);
    assert.deepEqual(tab.texts, world.chat.texts('lobby'));
    assert.deepEqual([tab.room.older, tab.room.gone], [false, true]);
    tab.client.close();
});


test('a reload in the middle: a message is there once', async () => {
    const world = new World(9);
    const store = new MemoryStore();

    world.chat.login = ANN;
    world.chat.swallow = ({ op }) => op === 'send';

    const old = world.tab({ store, tab: 'one' });

    await world.pass(500);
    old.room.send('a').catch(() => {});
    old.room.send('b').catch(() => {});
    await world.until(() => world.chat.texts('lobby').includes('a'), '"a"');
    old.client.close();
    world.chat.swallow = () => false;

    const tab = world.tab({ store, tab: 'one' });

    await world.until(() => tab.room.outbox.length === 0
                            && tab.texts.length === 2, 'both');
    assert.deepEqual(world.chat.texts('lobby'), ['a', 'b']);
    assert.deepEqual(tab.texts, ['a', 'b']);
    tab.client.close();
});
