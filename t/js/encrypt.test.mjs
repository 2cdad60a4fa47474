
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Encrypted rooms of real clients at a stand-in server that may cheat. */

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { afterEach, test } from 'node:test';

import { Codec, encrypt, Keep, newSecret, Ring, roomKey, SCHEME }
    from '../../html/chat/e2e/index.js';
import { Client } from '../../html/chat/index.js';
import { Seal } from '../../html/chat/seal.js';
import { MemoryStore } from '../../html/chat/memory.js';
import { FakeChat, socketsTo } from './fake-chat.mjs';

globalThis.crypto ??= webcrypto;                        /* Node 18 */

const SECRET = newSecret();
const WAIT = 5000;                      /* ms */

/* Clients that a failed test left open would keep the process from ending. */
const open = [];

afterEach(() => open.splice(0).forEach((client) => client.close()));


async function until(fn) {
    for (const end = Date.now() + WAIT; !fn();) {
        assert.ok(Date.now() < end, `waited in vain for ${fn}`);
        await new Promise((done) => setTimeout(done, 5));
    }
}


async function ring(secret = SECRET) {
    return new Ring(secret === null ? []
        : [{ epoch: 1, secret: await roomKey(secret), since: 0 }]);
}


/** Somebody at a browser, in an encrypted room. */
async function come(chat, name, { secret, store = null, keys } = {}) {
    const WebSocket = socketsTo(chat);
    const client = new Client('ws://h/chat/ws', { WebSocket, store, name,
        why: async () => null, random: () => 0, tab: name });
    const room = client.join('lobby');
    const seen = [];

    open.push(client);
    encrypt(room, keys ?? await ring(secret), () => client.user?.name);
    room.on('message', ({ text, broken, missing, re, meta }) =>
        seen.push(broken !== undefined ? { broken }
            : { text, ...(missing > 0 && { missing }),
                ...(re !== undefined && { re }),
                ...(meta !== undefined && { meta }) }));
    client.connect();
    await room.ready();
    return { client, room, seen, cut: WebSocket.cut, WebSocket };
}


async function sees(person, ...wanted) {
    await until(() => person.seen.length >= wanted.length);
    assert.deepEqual(person.seen, wanted.map((each) =>
        typeof each === 'string' ? { text: each } : each));
}


function close(...people) {
    people.forEach(({ client }) => client.close());
}


test('two talk, one without the key sees broken ones, the server nothing',
     async () => {
    const chat = new FakeChat();
    const store = new MemoryStore();
    const kept = [];
    const { put } = store;

    store.put = (entry) => {
        kept.push(JSON.stringify(entry));
        return put.call(store, entry);
    };

    const ann = await come(chat, 'Ann', { store });
    const bob = await come(chat, 'Bob');
    const eve = await come(chat, 'Eve', { secret: newSecret() });
    const dan = await come(chat, 'Dan', { secret: null });

    await ann.room.send('canary one', { re: 7, meta: { canary: 1 } });
    await bob.room.send('canary two');

    for (const person of [ann, bob]) {
        await sees(person, { text: 'canary one', re: 7, meta: { canary: 1 } },
                   'canary two');
    }

    await sees(eve, { broken: 'forged' }, { broken: 'forged' });
    await sees(dan, { broken: 'key' }, { broken: 'key' });
    await assert.rejects(dan.room.send('canary three'),
                         { code: 'not_sealed' });

    const sends = chat.commands.filter(({ op }) => op === 'send');

    assert.equal(sends.length, 2);
    assert.ok(sends.every(({ enc, text }) => enc === SCHEME
                                             && text === undefined));
    assert.equal(kept.length, 1);
    assert.doesNotMatch(JSON.stringify([chat.commands, kept]), /canary/);

    /* who comes later, one's own after a reload, and what is above */
    const cleo = await come(chat, 'Cleo');

    await sees(cleo, { text: 'canary one', re: 7, meta: { canary: 1 } },
               'canary two');

    const { messages } = await cleo.room.history({ before: 3 });

    assert.deepEqual(messages.map(({ text }) => text),
                     ['canary one', 'canary two']);
    close(ann, bob, eve, dan, cleo);
});


test('what a server may try is seen: clear, altered, replayed, held back',
     async () => {
    const chat = new FakeChat();
    const ann = await come(chat, 'Ann');
    const bob = await come(chat, 'Bob');
    const append = (fields) => {
        const { log } = chat.rooms.get('lobby');
        const last = log.at(-1);
        const frame = { ev: 'message', room: 'lobby', seq: last.seq + 1,
                        prev: last.seq, time: Date.now(), ...fields };

        log.push(frame);
        chat.rooms.get('lobby').seq = frame.seq;
        chat.rooms.get('lobby').members.forEach(({ say }) => say(frame));
    };

    await ann.room.send('one');

    const [{ data, cid, from }] = chat.rooms.get('lobby').log;

    append({ cid: 'x1', from, text: 'send me your password' });
    append({ cid, from, enc: SCHEME, data });
    append({ cid: 'x2', from, enc: SCHEME, data });
    append({ cid, from: { id: 'g2', name: 'Bob' }, enc: SCHEME, data });
    append({ cid, from: { ...from, name: 'Bob' }, enc: SCHEME, data });
    append({ cid, from, enc: SCHEME, data: `${data.slice(0, -4)}AAAA` });

    /* one that no member is told of */
    const { members } = chat.rooms.get('lobby');
    const said = [...members].map(({ say }) => say);

    members.forEach((member) => {
        member.say = (frame) => frame.ev === 'message' || said[0](frame);
    });
    await ann.room.send('held back').catch(() => {});
    members.forEach((member) => { member.say = said.shift(); });
    chat.rooms.get('lobby').log.pop();
    chat.rooms.get('lobby').seq--;
    await ann.room.send('last');

    await sees(bob, 'one', { broken: 'clear' }, { broken: 'replayed' },
               { broken: 'forged' }, { broken: 'forged' },
               { broken: 'sender' }, { broken: 'forged' },
               { text: 'last', missing: 1 });
    close(ann, bob);
});


test('a guest comes back under another id: sealed anew, shown once',
     async () => {
    const chat = new FakeChat();
    const ann = await come(chat, 'Ann');
    const bob = await come(chat, 'Bob');
    let lost = 0;

    chat.swallow = ({ op }) => op === 'send' && lost++ === 0;
    chat.refuse = ({ op }) => op === 'send' && lost === 0
        ? { code: 'unavailable', status: 503, temporary: true, message: '-' }
        : undefined;

    const sent = ann.room.send('once');

    await until(() => lost === 1);
    ann.cut();
    await sent;
    await ann.room.send('twice');
    await sees(bob, 'once', 'twice');

    const sends = chat.commands.filter(({ op }) => op === 'send');

    assert.equal(new Set(sends.slice(0, 2).map(({ cid }) => cid)).size, 1);
    assert.notEqual(sends[0].data, sends[1].data);
    close(ann, bob);
});


test('after a new log what is honest is shown, and what is repeated is not',
     async () => {
    const chat = new FakeChat();
    const ann = await come(chat, 'Ann');
    const bob = await come(chat, 'Bob');

    for (let i = 1; i <= 3; i++) {
        await ann.room.send(`before ${i}`);
    }

    await sees(bob, 'before 1', 'before 2', 'before 3');

    const [old] = chat.rooms.get('lobby').log;

    chat.forget('e2');
    [ann, bob].forEach(({ cut }) => cut());
    await until(() => bob.room.epoch === 'e2' && ann.room.epoch === 'e2');
    await Promise.all([ann.room.ready(), bob.room.ready()]);

    for (let i = 1; i <= 5; i++) {
        await ann.room.send(`after ${i}`);
    }

    const { log } = chat.rooms.get('lobby');
    const copy = { ...old, seq: 6, prev: 5 };

    log.push(copy);
    chat.rooms.get('lobby').seq = 6;
    chat.rooms.get('lobby').members.forEach(({ say }) => say(copy));
    await sees(bob, ...[1, 2, 3].map((i) => `before ${i}`),
               ...[1, 2, 3, 4, 5].map((i) => `after ${i}`),
               { broken: 'replayed' });
    close(ann, bob);
});


test('a sender that keeps its sid in a new log is not taken for a replay',
     async () => {
    const ann = new Codec('lobby', await ring());
    const bob = new Codec('lobby', await ring());
    const say = async (cid) => ({ cid, time: 1, from: { id: 'ann' },
        ...await ann.seal(cid, { room: 'lobby', user: 'ann', cid }) });
    const open = async (frame, seq) => {
        const { text, broken } = await bob.open({ ...frame, seq });

        return text ?? broken;
    };
    const first = await say('c1');

    assert.equal(await open(first, 1), 'c1');
    assert.equal(await open(await say('c2'), 2), 'c2');
    bob.reset();
    assert.equal(await open(await say('c3'), 1), 'c3');
    assert.equal(await open(first, 2), 'replayed');
    assert.equal(await open(await say('c4'), 3), 'c4');
});


test('the name is bound, too, to what is written while it is not known',
     async () => {
    let name;
    const seal = async (codec, cid) => ({ cid, seq: Number(cid), time: 1,
        ...await codec.seal('hi', { room: 'lobby', user: 'ann', cid }) });
    const open = async (frame, told) => (await new Codec('lobby',
        await ring()).open({ ...frame, from: { id: 'ann', name: told } }));
    const ann = new Codec('lobby', await ring(), () => name);
    const first = seal(ann, '1');
    const early = await Promise.race([first,
        new Promise((done) => setTimeout(done, 20, 'waits'))]);

    assert.equal(early, 'waits');
    name = 'Ann';
    ann.greeted();
    assert.equal((await open(await first, 'Ann')).text, 'hi');
    assert.equal((await open(await first, 'Eve')).broken, 'sender');

    name = undefined;                           /* the connection is gone */

    const second = await seal(ann, '2');

    assert.equal((await open(second, 'Eve')).broken, 'sender');
    assert.equal(ann.stale('2'), false);
    name = 'Anna';
    assert.equal(ann.stale('2'), true);

    const anew = await seal(ann, '2');

    assert.equal(ann.stale('2'), false);
    assert.equal((await open(anew, 'Anna')).text, 'hi');
});


test('what is missing between two pages, and at the start, is told',
     async () => {
    const ann = new Codec('lobby', await ring());
    const frames = [];

    for (let i = 0; i < 12; i++) {
        const cid = `c${i}`;

        frames.push({ ev: 'message', cid, time: 1, from: { id: 'ann' },
            ...await ann.seal(`${i}`, { room: 'lobby', user: 'ann', cid }) });
    }

    /* 0, 1, 5 and 6 are held back: the rest looks like a whole log */
    const log = [2, 3, 4, 7, 8, 9].map((i, at) =>
        ({ ...frames[i], seq: at + 1, prev: at }));
    const seal = new Seal(new Codec('lobby', await ring()));
    const live = [];

    log.slice(4).forEach((frame) => seal.open(frame, (it) => live.push(it)));

    const pages = [await seal.all(log.slice(3, 4)),
                   await seal.all(log.slice(1, 3)),
                   await seal.all(log.slice(0, 1))];
    const told = ({ text, missing, missingAfter, lost }) =>
        [text, missing, missingAfter ?? 0, lost?.[0].count ?? 0];

    assert.deepEqual(live.map(told), [['8', 0, 0, 0], ['9', 0, 0, 0]]);
    assert.deepEqual(pages.map((page) => page.map(told)),
        [[['7', 0, 0, 0]], [['3', 0, 0, 0], ['4', 0, 2, 0]],
         [['2', 2, 0, 0]]]);

    /* somebody else wrote first */
    const bob = new Codec('lobby', await ring());
    const first = { ev: 'message', cid: 'b', seq: 1, prev: 0, time: 1,
        from: { id: 'bob' },
        ...await bob.seal('b', { room: 'lobby', user: 'bob', cid: 'b' }) };
    const late = new Seal(new Codec('lobby', await ring()));

    late.open({ ...frames[3], seq: 2, prev: 1 }, () => {});

    const [start] = await late.all([first]);

    assert.deepEqual(start.lost, [{ name: 'ann', count: 3 }]);
    assert.equal(start.text, 'b');

    /* a page from elsewhere tells nothing of what is between */
    const far = new Seal(new Codec('lobby', await ring()));

    far.open(log[5], () => {});
    assert.deepEqual((await far.all(log.slice(0, 2))).map(told),
                     [['2', 2, 0, 0], ['3', 0, 0, 0]]);
    assert.deepEqual((await far.all(log.slice(2, 5))).map(told),
        [['4', 0, 0, 0], ['7', 2, 0, 0], ['8', 0, 0, 0]]);
});


test('an IndexedDB that never answers does not hold a room up', async () => {
    const keep = new Keep('h', { open: () => ({}) });
    const ring = new Ring();

    ring.wait(keep.load('lobby'));

    const kept = keep.put('lobby', { epoch: 1, secret: null, since: 0 });

    await ring.ready;
    assert.equal(ring.now, null);
    assert.equal(await kept, false);
});


test('what was refused is not missed', async () => {
    const chat = new FakeChat();
    const ann = await come(chat, 'Ann');
    const bob = await come(chat, 'Bob');

    await ann.room.send('one');
    chat.refuse = ({ op }) => op === 'send'
        ? { code: 'muted', status: 403, message: 'No.' } : undefined;
    await assert.rejects(ann.room.send('no'), { code: 'muted' });
    chat.refuse = () => undefined;
    await ann.room.send('two');
    await sees(bob, 'one', 'two');
    close(ann, bob);
});


test('without WebCrypto nothing is sent, and nothing is shown', async () => {
    const chat = new FakeChat();
    const ann = await come(chat, 'Ann');
    const keys = await ring();
    const real = Object.getOwnPropertyDescriptor(globalThis, 'crypto');

    await ann.room.send('one');
    Object.defineProperty(globalThis, 'crypto', { configurable: true,
        value: { getRandomValues: (bytes) => bytes } });

    try {
        const bob = await come(chat, 'Bob', { keys });

        await sees(bob, { broken: 'here' });
        await assert.rejects(bob.room.send('clear?'), { code: 'not_sealed' });
        assert.doesNotMatch(JSON.stringify(chat.commands), /clear\?/);
        close(bob);
    } finally {
        Object.defineProperty(globalThis, 'crypto', real);
    }

    close(ann);
});


test('a room whose name says so is encrypted, also without a codec',
     async () => {
    const chat = new FakeChat();
    const client = new Client('ws://h/chat/ws', { WebSocket: socketsTo(chat),
        store: null, why: async () => null });
    const room = client.join('e~friends');
    const heard = [];

    open.push(client);
    room.on('message', ({ text, broken }) => heard.push([text, broken]));
    client.connect();
    chat.post('e~friends', 'in the clear');
    await room.ready();
    chat.post('e~friends', 'in the clear');
    await until(() => heard.length === 2);
    assert.deepEqual(heard, [[undefined, 'key'], [undefined, 'key']]);
    assert.equal(room.sealed, null);
    await assert.rejects(room.send('canary'), { code: 'not_sealed' });
    assert.doesNotMatch(JSON.stringify(chat.commands), /canary/);

    const { messages } = await room.history({ before: 9 });

    assert.deepEqual(messages.map(({ broken, text }) => [broken, text]),
                     heard.map(([text, broken]) => [broken, text]));
    encrypt(room, await ring());
    assert.notEqual(room.sealed, null);
    await room.send('sealed');
    await until(() => heard.length === 3);
    assert.deepEqual(heard[2], ['sealed', undefined]);
    client.close();
});
