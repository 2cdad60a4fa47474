
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A codec in a room: nothing leaves in the clear, all comes in its order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemoryStore } from '../../html/chat/memory.js';
import { Seal } from '../../html/chat/seal.js';
import { joinOk, message, setUp, setUpRoom, settle, WELCOME }
    from './fakes.mjs';

const ANN = { id: 'ann', name: 'Ann', guest: false };
const KEPT = ['ws://h/chat/ws', 'lobby', (each) => each];


/** Turns texts round, and is as slow as one wants. */
class Codec {

    sealed = [];
    opened = [];
    wait = () => undefined;

    async seal(text, about) {
        const enc = { n: this.sealed.push(about), user: about.user };

        await this.wait(about);
        return { data: [...text].reverse().join(''), enc };
    }

    async open(frame) {
        this.opened.push(frame.seq);
        await this.wait(frame);

        if (frame.data === undefined || frame.enc.user !== frame.from.id) {
            return { broken: 'forged' };
        }

        return { text: [...frame.data].reverse().join(''), n: frame.enc.n };
    }
}


function sealed(seq, data, more = {}) {
    return message(seq, seq - 1, { text: undefined, data,
        enc: { n: seq, user: 'g2' }, ...more });
}


function sends(it) {
    return it.socket.sent.filter(({ op }) => op === 'send');
}


/** One's tab, its room with a codec. */
async function tab({ store = new MemoryStore(), codec = new Codec(),
                     user = ANN, ...options } = {}) {
    const it = setUp({ store, tab: 'one', ...options });

    it.room = it.client.join('lobby');
    it.room.seal(new Seal(codec));
    it.seen = [];
    it.room.on('outbox', ({ fate, text }) => it.seen.push(`${fate} ${text}`));
    it.client.connect();
    it.come = async (who = user) => {
        it.socket.say({ ...WELCOME, user: who });
        await settle();
        it.socket.ok('join', joinOk());
        await settle();
    };
    it.again = async (who) => {
        it.socket.end(1006);
        await it.clock.pass(1000);
        await it.come(who);
    };
    return Object.assign(it, { store, codec });
}


test('a codec has to be one, and stays', async () => {
    const { room } = await setUpRoom();

    for (const codec of [null, undefined, {}, { seal() {} }]) {
        assert.throws(() => new Seal(codec), TypeError);
        assert.throws(() => room.seal(codec), TypeError);
    }

    const seal = new Seal(new Codec());

    assert.equal(room.sealed, null);
    room.seal(seal);
    assert.equal(room.sealed, seal);
    assert.throws(() => room.seal(new Seal(new Codec())), TypeError);
    assert.equal(room.sealed, seal);
});


test('send() seals, with what belongs to it', async () => {
    const it = await tab();

    await it.come();

    const fate = it.room.send('hello', { re: 3, meta: { a: 1 } });

    await settle();

    const { id, cid, ...rest } = sends(it)[0];

    assert.deepEqual(rest, { op: 'send', room: 'lobby', data: 'olleh',
        enc: { n: 1, user: 'ann' }, re: 3, meta: { a: 1 } });
    assert.deepEqual(it.codec.sealed, [{ room: 'lobby', user: 'ann', cid,
                                         re: 3, meta: { a: 1 } }]);
    assert.equal(it.room.outbox[0].text, 'hello');
    it.socket.say({ id, ok: { seq: 11 } });
    assert.equal((await fate).seq, 11);
    assert.deepEqual(it.seen, ['sending hello', 'sent hello']);
});


test('the store has nothing in the clear, and before the first greeting '
     + 'nothing at all', async () => {
    const it = await tab();
    const said = [];
    const { put } = it.store;

    it.store.put = (entry) => {
        said.push(JSON.stringify(entry));
        return put.call(it.store, entry);
    };

    it.room.send('canary one').catch(() => {});
    await settle();
    assert.deepEqual(said, []);
    await it.come();
    it.room.send('canary two').catch(() => {});
    await settle();
    said.push(JSON.stringify(await it.store.edit(...KEPT)));
    assert.equal(said.length, 3);
    assert.ok(!said.join().includes('canary'));
    assert.ok(said[2].includes('eno yranac') && said[2].includes('owt'));
});


test('what waited for the greeting is this tab\'s, and no other one\'s',
     async () => {
    const it = await tab();

    it.room.send('hello').catch(() => {});
    await it.clock.pass(60_000);
    it.client.connect();
    await it.come();

    const [{ owner, lease }] = await it.store.edit(...KEPT);

    assert.equal(owner, 'one');
    assert.ok(lease > it.clock.now());
    assert.equal(sends(it)[0].data, 'olleh');
});


test('repeated unchanged, sealed once', async () => {
    const it = await tab();

    await it.come();
    it.room.send('hello').catch(() => {});
    await settle();

    const [{ id: _, ...first }] = sends(it);

    await it.again();

    const [{ id: __, ...second }] = sends(it);

    assert.deepEqual(second, first);
    assert.equal(it.codec.sealed.length, 1);
});


test('a reload: sent unchanged, and its text is shown', async () => {
    const old = await tab();

    await old.come();
    old.room.send('hello').catch(() => {});
    await settle();

    const [{ id: _, ...first }] = sends(old);
    const it = await tab({ store: old.store, clock: old.clock });

    await it.come();

    const [{ id: __, ...second }] = sends(it);

    assert.deepEqual(second, first);
    assert.deepEqual(it.seen, ['sending hello']);
    assert.deepEqual(it.codec.sealed, []);
    assert.deepEqual(it.codec.opened, [undefined]);
});


test('a guest\'s new id: sealed anew, in the page and after a reload',
     async () => {
    const old = await tab({ user: WELCOME.user });

    await old.come();
    old.room.send('hello').catch(() => {});
    await settle();

    const { cid } = sends(old)[0];

    await old.again({ ...WELCOME.user, id: 'g7' });
    assert.deepEqual(sends(old).map((each) => [each.cid, each.enc.user]),
                     [[cid, 'g7']]);

    const it = await tab({ store: old.store, clock: old.clock });

    await it.come({ ...WELCOME.user, id: 'g8' });
    assert.deepEqual(sends(it).map((each) =>
        [each.cid, each.enc.user, each.data]), [[cid, 'g8', 'olleh']]);

    const [kept] = await it.store.edit(...KEPT);

    assert.equal(kept.fields.data, 'olleh');
    assert.equal(kept.fields.enc.user, 'g8');
    assert.equal(kept.fields.text, undefined);
});


test('what was in the store in the clear is sealed, too', async () => {
    const store = new MemoryStore();
    const old = setUp({ store, tab: 'one' });
    const room = old.client.join('lobby');

    room.send('hello').catch(() => {});
    await settle();

    const it = await tab({ store, clock: old.clock });

    await it.come();
    assert.deepEqual(sends(it).map(({ text, data }) => [text, data]),
                     [[undefined, 'olleh']]);
    assert.ok(!JSON.stringify(await store.edit(...KEPT)).includes('hello'));
});


test('what cannot be sealed fails, and is never sent', async () => {
    for (const seal of [async () => { throw new Error('no key'); },
                        async (text) => ({ text }),
                        async (text) => ({ data: text }),
                        () => null])
    {
        const it = await tab();

        it.codec.seal = seal;
        await it.come();
        await assert.rejects(it.room.send('hello'), { code: 'not_sealed',
                                                      temporary: false });
        await settle();
        assert.deepEqual(sends(it), []);
        assert.deepEqual(await it.store.edit(...KEPT), []);
        assert.deepEqual(it.seen, ['sending hello', 'failed hello']);
    }
});


test('without the codec a sealed message of another id is not sent',
     async () => {
    const old = await tab({ user: WELCOME.user });

    await old.come();
    old.room.send('hello').catch(() => {});
    await settle();

    const it = setUp({ store: old.store, tab: 'one', clock: old.clock });
    const fates = [];

    it.client.join('lobby').on('outbox', ({ fate, text }) =>
        fates.push([fate, text]));
    it.client.connect();
    it.socket.say({ ...WELCOME, user: { ...WELCOME.user, id: 'g9' } });
    await settle();
    it.socket.ok('join', joinOk());
    await settle();
    assert.deepEqual(sends(it), []);
    assert.deepEqual(fates, [['sending', ''], ['failed', '']]);
});


test('what comes is opened, in order, one at a time; the rest waits',
     async () => {
    const it = await setUpRoom();
    const codec = new Codec();
    const gates = [];

    it.room.seal(new Seal(codec));
    codec.wait = () => new Promise((done) => gates.push(done));
    it.socket.say(sealed(11, 'a1'));
    it.socket.say(sealed(12, 'a2'));
    it.socket.say({ ev: 'delete', room: 'lobby', seq: 13, prev: 12, ref: 1 });
    it.socket.say({ ev: 'typing', room: 'lobby', user: { id: 'g2' } });
    it.socket.end(1006);
    await settle();
    assert.deepEqual(it.seen, []);
    assert.equal(it.room.state.name, 'waiting');
    assert.deepEqual(codec.opened, [11]);
    gates[0]();
    await settle();
    assert.deepEqual(codec.opened, [11, 12]);
    gates[1]();
    await settle();
    assert.deepEqual(it.seen.map(([event, { text }]) => [event, text]),
        [['message', '1a'], ['message', '2a'], ['delete', undefined],
         ['typing', undefined], ['state', undefined]]);
    assert.deepEqual([it.seen[0][1].n, it.seen[0][1].data], [11, 'a1']);
});


test('what is broken, or in the clear, is never a text', async () => {
    const it = await setUpRoom();
    const codec = new Codec();

    it.room.seal(new Seal(codec));
    it.socket.say(sealed(11, 'a', { from: { id: 'g3', name: 'Eve' } }));
    it.socket.say(message(12, 11, { text: 'in the clear' }));
    await settle();
    codec.open = async () => { throw new Error('no key'); };
    it.socket.say(sealed(13, 'c', { text: 'smuggled' }));
    await settle();
    codec.open = async () => ({ text: 7 });
    it.socket.say(sealed(14, 'd', { text: 'smuggled' }));
    await settle();
    codec.open = async () => ({ text: 'half', broken: 'replayed' });
    it.socket.say(sealed(15, 'e'));
    await settle();
    codec.open = () => null;
    it.socket.say(message(16, 15, { ev: 'edit', ref: 2 }));
    await settle();
    assert.deepEqual(it.seen.filter(([event]) => event !== 'outbox')
        .map(([event, { text, broken }]) => [event, text, broken]),
        [['message', undefined, 'forged'], ['message', undefined, 'forged'],
         ['message', undefined, 'Error: no key'],
         ['message', undefined, 'unreadable'],
         ['message', undefined, 'replayed'],
         ['edit', undefined, 'unreadable']]);
});


test('history() opens, too', async () => {
    const it = await setUpRoom({ history: true });

    it.room.seal(new Seal(new Codec()));

    const page = it.room.history();

    it.socket.ok('history', { messages: [sealed(8, 'a1'), sealed(9, 'a2')],
                              more: false });
    assert.deepEqual((await page).messages.map(({ seq, text }) =>
        [seq, text]), [[8, '1a'], [9, '2a']]);
});
