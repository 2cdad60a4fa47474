
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Messages on their way: kept, in order, repeated, given up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemoryStore } from '../../html/chat/memory.js';
import { joinOk, message, setUp, setUpRoom, settle, UNAVAILABLE, WELCOME }
    from './fakes.mjs';

const MINUTE = 60_000;
const ANN = { id: 'ann', name: 'Ann', guest: false };


function fates(it) {
    return it.seen.filter(([event]) => event === 'outbox')
        .map(([, { fate, text }]) => `${fate} ${text}`);
}


function sends(it) {
    return it.socket.sent.filter(({ op }) => op === 'send')
        .map(({ text }) => text);
}


/** Sends that nobody waits for. */
function say(it, ...texts) {
    return texts.map((text) => {
        const fate = it.room.send(text);

        fate.catch(() => {});
        return fate;
    });
}


async function come(it, user = ANN) {
    it.socket.say({ ...WELCOME, user });
    await settle();

    if (it.socket.last('join') !== undefined) {
        it.socket.ok('join', joinOk({ recovered: true }));
    }

    await settle();
}


async function reconnect(it, user) {
    it.socket.end(1006);
    await it.clock.pass(1000);
    await come(it, user);
}


/** A tab of Ann's; tabs with the same store are of one browser. */
async function tab(store, { clock, user = ANN, ...options } = {}) {
    const it = setUp({ store, ...(clock && { clock }), ...options });
    const seen = [];

    it.room = it.client.join('lobby');
    it.seen = seen;

    for (const event of ['message', 'outbox', 'reset']) {
        it.room.on(event, (value) => seen.push([event, value]));
    }

    it.client.connect();
    await come(it, user);
    return it;
}


test('send() resolves with the ok and its cid', async () => {
    const it = await setUpRoom();
    const fate = it.room.send('hello', { re: 3, meta: { a: 1 } });

    await settle();

    const { cid, id, ...rest } = it.socket.last('send');

    assert.match(cid, /^[0-9a-f]{32}$/);
    assert.deepEqual(rest, { op: 'send', room: 'lobby', text: 'hello', re: 3,
                             meta: { a: 1 } });
    it.socket.say({ id, ok: { seq: 11, time: 5, epoch: 'e' } });
    assert.deepEqual(await fate, { seq: 11, time: 5, epoch: 'e', cid });
    assert.deepEqual(fates(it), ['sending hello', 'sent hello']);
    assert.deepEqual(it.room.outbox, []);
});


test('a message is kept before it goes out, until its answer', async () => {
    const store = new MemoryStore();
    const it = await setUpRoom({ store });
    const kept = () => store.edit('ws://h/chat/ws', 'lobby', (each) => each);
    let put;

    store.put = (entry) => new Promise((done) => {
        put = () => MemoryStore.prototype.put.call(store, entry).then(done);
    });

    const [fate] = say(it, 'hello');

    await settle();
    assert.deepEqual(sends(it), []);
    await put();
    await settle();
    assert.deepEqual(sends(it), ['hello']);
    assert.equal((await kept())[0].fields.text, 'hello');

    it.socket.ok('send', { seq: 11 });
    await fate;
    await settle();
    assert.deepEqual(await kept(), []);
});


test('a store that fails or hangs keeps nobody from talking', async () => {
    for (const fault of [() => Promise.reject(new Error('denied')),
                         () => new Promise(() => {})])
    {
        const it = await setUpRoom({ store: { put: fault, remove: fault,
                                              edit: fault } });
        const fate = it.room.send('hello');

        await it.clock.pass(2000);
        it.socket.ok('send', { seq: 11 });
        assert.equal((await fate).seq, 11);
    }
});


test('one after the other, in the order of writing', async () => {
    const it = await setUpRoom();
    const [first] = say(it, 'a', 'b', 'c');

    await settle();
    assert.deepEqual(sends(it), ['a']);
    it.socket.ok('send', { seq: 11 });
    await first;
    await settle();
    assert.deepEqual(sends(it), ['a', 'b']);
});


test('a definite error rejects, and the next one goes', async () => {
    const it = await setUpRoom();
    const [first] = say(it, 'a', 'b');

    await settle();
    it.socket.error('send', { code: 'invalid_text', status: 422,
                              message: 'No.' });
    await assert.rejects(first, { code: 'invalid_text', status: 422,
        message: 'No.', temporary: false, cid: it.socket.last('send').cid });
    await settle();
    assert.deepEqual(sends(it), ['a', 'b']);
    assert.deepEqual(fates(it), ['sending a', 'sending b', 'failed a']);
});


test('refused for a while: the same cid again, the others wait', async () => {
    const it = await setUpRoom();
    const [first] = say(it, 'a', 'b');

    await settle();

    const { cid } = it.socket.last('send');

    it.socket.error('send', { code: 'slow_mode', status: 429,
        message: 'Wait 4 s.', retry_after: 3.98, temporary: true });
    await it.clock.pass(3979);
    assert.deepEqual(sends(it), ['a']);
    assert.equal(it.room.outbox[0].error.message, 'Wait 4 s.');
    await it.clock.pass(1);
    assert.deepEqual(sends(it), ['a', 'a']);
    assert.equal(it.socket.last('send').cid, cid);

    it.socket.ok('send', { seq: 11 });
    assert.equal((await first).seq, 11);
    await settle();
    assert.deepEqual(sends(it), ['a', 'a', 'b']);
});


test('the store away: again after a backoff', async () => {
    const it = await setUpRoom();
    const counts = [];

    say(it, 'a');
    await settle();

    for (const wait of [500, 1000, 2000]) {
        it.socket.error('send', UNAVAILABLE);
        await it.clock.pass(wait - 1);
        counts.push(sends(it).length);
        await it.clock.pass(1);
    }

    assert.deepEqual(counts, [1, 2, 3]);
});


test('without an answer: again, with the same cid', async () => {
    const it = await setUpRoom();
    const [fate] = say(it, 'a');

    await it.clock.pass(15_500);
    assert.deepEqual(sends(it), ['a', 'a']);
    it.socket.ok('send', { seq: 11, dup: true });
    assert.equal((await fate).dup, true);
});


test('after a reconnect: after the join, in order, with their cids',
     async () => {
    const it = await setUpRoom();
    const all = say(it, 'a', 'b');

    await settle();

    const { cid } = it.socket.last('send');

    it.socket.end(1006);
    all.push(...say(it, 'c'));
    await it.clock.pass(1000);
    it.socket.say(WELCOME);
    await settle();
    assert.deepEqual(sends(it), []);
    it.socket.ok('join', joinOk());

    for (const seq of [11, 12, 13]) {
        await settle();
        it.socket.ok('send', { seq });
    }

    assert.deepEqual((await Promise.all(all)).map(({ seq }) => seq),
                     [11, 12, 13]);
    assert.deepEqual(sends(it), ['a', 'b', 'c']);
    assert.equal(it.socket.sent.find(({ op }) => op === 'send').cid, cid);
});


test('what is written before there is a connection goes later', async () => {
    const it = setUp();

    it.room = it.client.join('lobby');
    it.client.connect();

    const [fate] = say(it, 'early');

    await come(it);
    it.socket.ok('send', { seq: 11 });
    assert.equal((await fate).seq, 11);
});


test('the message itself counts as its answer', async () => {
    const it = await setUpRoom();
    const [fate] = say(it, 'a', 'b');

    await settle();

    const { cid, id } = it.socket.last('send');

    it.socket.say(message(11, 10, { cid, time: 7 }));
    assert.deepEqual(await fate, { seq: 11, time: 7, epoch: 'e', cid });
    await settle();
    assert.deepEqual(sends(it), ['a', 'b']);
    it.socket.say({ id, ok: { seq: 11 } });
    await settle();
    assert.deepEqual(sends(it), ['a', 'b']);
    assert.deepEqual(it.room.outbox.map(({ text }) => text), ['b']);
});


test('what the room brings at the reconnect is not sent again', async () => {
    const it = await setUpRoom({ history: true });
    const [first] = say(it, 'a', 'b');

    await settle();

    const { cid } = it.socket.last('send');

    it.socket.end(1006);
    await it.clock.pass(1000);
    it.socket.say(it.welcome);
    await settle();
    it.socket.ok('join', joinOk({ recovered: true, more: true, top: 12,
        messages: [message(11, 10)] }));
    await settle();
    assert.deepEqual(sends(it), []);
    it.socket.ok('history', { messages: [message(12, 11, { cid })] });
    assert.equal((await first).seq, 12);
    await settle();
    assert.deepEqual(sends(it), ['b']);
});


test('five minutes later people decide', async () => {
    const it = await setUpRoom({ store: new MemoryStore() });
    const fate = it.room.send('a');
    const check = assert.rejects(fate, { code: 'expired', temporary: false });

    it.socket.end(4003);
    await it.clock.pass(5 * MINUTE - 1);
    assert.equal(it.room.outbox[0].fate, 'sending');
    await it.clock.pass(5000);
    await check;
    assert.deepEqual(it.room.outbox.map(({ fate: each }) => each), ['failed']);

    it.client.connect();
    await come(it, WELCOME.user);
    assert.deepEqual(sends(it), []);
    it.room.discard(it.room.outbox[0].cid);
    assert.deepEqual(it.room.outbox, []);
    assert.deepEqual(fates(it), ['sending a', 'failed a', 'gone a']);
});


test('discard() takes a message back that is not sent yet', async () => {
    const it = await setUpRoom();
    const all = say(it, 'a', 'b', 'c');

    it.room.discard(it.room.outbox[1].cid);
    await assert.rejects(all[1], { code: 'discarded' });
    await settle();
    it.socket.ok('send', { seq: 11 });
    await settle();
    assert.deepEqual(sends(it), ['a', 'c']);
});


test('a message above the server\'s limit is not sent', async () => {
    const it = await setUpRoom();

    await assert.rejects(it.room.send('\u00e4'.repeat(8192)),
                         { code: 'too_large', temporary: false });
    assert.deepEqual(sends(it), []);
});


test('1009: back without the largest message under way', async () => {
    const it = await setUpRoom();
    const kitchen = it.client.join('kitchen');

    it.socket.ok('join', { epoch: 'e', top: 0 });
    await settle();

    const [large] = say(it, 'large'.repeat(99), 'next');
    const small = kitchen.send('small');

    await settle();
    it.socket.end(1009);
    await assert.rejects(large, { code: 'too_large' });
    await it.clock.pass(1000);
    it.socket.say(WELCOME);
    await settle();

    for (const { id } of it.socket.sent.filter(({ op }) => op === 'join')) {
        it.socket.say({ id, ok: joinOk() });
    }

    await settle();
    assert.deepEqual(sends(it).sort(), ['next', 'small']);
    it.socket.sent.filter(({ text }) => text === 'small').forEach(({ id }) =>
        it.socket.say({ id, ok: { seq: 1 } }));
    await small;
});


test('out of the room: what waits is refused', async () => {
    const it = await setUpRoom();
    const all = say(it, 'a', 'b');

    await settle();
    it.socket.say({ ev: 'left', room: 'lobby', reason: 'kicked' });

    for (const each of all) {
        await assert.rejects(each, { code: 'kicked' });
    }

    await assert.rejects(it.room.send('c'), { code: 'kicked' });
});


test('a reload: the new page sends what the old one could not', async () => {
    const store = new MemoryStore();
    const old = await tab(store, { tab: 'one' });

    say(old, 'a', 'b');
    await settle();

    const { cid } = old.socket.last('send');
    const it = await tab(store, { tab: 'one', clock: old.clock });

    assert.deepEqual(fates(it), ['sending a', 'sending b']);
    assert.equal(it.socket.last('send').cid, cid);
    it.socket.ok('send', { seq: 11, dup: true });
    await settle();
    it.socket.ok('send', { seq: 12 });
    await settle();
    assert.deepEqual(fates(it).slice(2), ['sent a', 'sent b']);
    assert.deepEqual(await store.edit('ws://h/chat/ws', 'lobby', (e) => e),
                     []);
});


test('a reload six minutes later: shown, not sent', async () => {
    const store = new MemoryStore();
    const old = await tab(store, { tab: 'one' });

    say(old, 'a');
    await settle();
    old.client.close();
    await old.clock.pass(6 * MINUTE);

    const it = await tab(store, { tab: 'one', clock: old.clock });

    assert.deepEqual(fates(it), ['sending a', 'failed a']);
    assert.deepEqual(sends(it), []);
});


test('a second tab leaves the first one\'s alone, until that is gone',
     async () => {
    const store = new MemoryStore();
    const one = await tab(store, { tab: 'one' });

    say(one, 'a');
    await settle();
    assert.deepEqual(sends(one), ['a']);

    const two = await tab(store, { tab: 'two', clock: one.clock });

    await two.clock.pass(16_000);
    assert.deepEqual(sends(two), []);
    assert.deepEqual(fates(two), []);

    one.client.close();
    await two.clock.pass(21_000);
    assert.deepEqual(sends(two), ['a']);
    two.socket.ok('send', { seq: 11, dup: true });
    await settle();
    assert.deepEqual(fates(two).slice(-1), ['sent a']);

    one.client.connect();
    await come(one);
    assert.deepEqual(sends(one), []);
    assert.equal(fates(one).at(-1), 'gone a');
});


test('a tab that slept asks whether a message is still its own',
     async () => {
    const store = new MemoryStore();
    const one = await tab(store, { tab: 'one' });

    say(one, 'a', 'b');
    await settle();

    const two = await tab(store, { tab: 'two' });

    one.clock.time += 20_000;           /* and no timer fires */
    await two.clock.pass(20_000);
    assert.deepEqual(sends(two), ['a']);

    one.socket.ok('send', { seq: 11 });
    await settle();
    assert.deepEqual(sends(one), ['a']);
    assert.deepEqual(fates(one).slice(-2), ['sent a', 'gone b']);
});


test('what a tab that is gone has sent is not sent again', async () => {
    const store = new MemoryStore();
    const one = await tab(store, { tab: 'one' });

    say(one, 'a');
    await settle();

    const two = await tab(store, { tab: 'two', clock: one.clock });
    const { cid } = one.socket.last('send');

    one.client.close();
    two.socket.say(message(11, 10, { cid }));
    await two.clock.pass(25_000);
    assert.deepEqual(sends(two), []);
    assert.deepEqual(await store.edit('ws://h/chat/ws', 'lobby', (e) => e),
                     []);
});


test('an answer while the store is read: the message is done', async () => {
    const store = new MemoryStore();
    const it = await tab(store);
    const [fate] = say(it, 'a');
    let read;

    await settle();
    store.edit = async (...args) => {
        const kept = await MemoryStore.prototype.edit.apply(store, args);

        await new Promise((done) => { read = done; });
        return kept;
    };

    await it.clock.pass(5000);
    it.socket.ok('send', { seq: 11 });
    await fate;
    read();
    await settle();
    assert.deepEqual(it.room.outbox, []);
    assert.deepEqual(sends(it), ['a']);
});


test('another user of the browser does not send it', async () => {
    const store = new MemoryStore();
    const ann = await tab(store, { tab: 'one' });

    say(ann, 'secret');
    await settle();

    const bob = await tab(store, { tab: 'one', clock: ann.clock,
        user: { id: 'bob', name: 'Bob', guest: false } });

    assert.deepEqual(fates(bob), []);
    assert.deepEqual(sends(bob), []);
});


test('a tab that changes its user keeps the old one\'s to itself',
     async () => {
    for (const store of [new MemoryStore(), null]) {
        const it = await tab(store);
        const [fate] = say(it, 'secret');

        await settle();
        await reconnect(it, { id: 'bob', name: 'Bob', guest: false });
        await assert.rejects(fate, { code: 'elsewhere' });
        assert.deepEqual(sends(it), []);
    }
});


test('guests of a browser are one person', async () => {
    const it = await tab(new MemoryStore(), { user: WELCOME.user });

    say(it, 'a');
    await settle();
    await reconnect(it, { ...WELCOME.user, id: 'g2' });
    assert.deepEqual(sends(it), ['a']);
});


test('after a day it is forgotten', async () => {
    const store = new MemoryStore();
    const old = await tab(store, { tab: 'one' });

    say(old, 'a');
    await settle();
    old.client.close();
    await old.clock.pass(25 * 60 * MINUTE);

    const it = await tab(store, { tab: 'one', clock: old.clock });

    assert.deepEqual(fates(it), []);
});


test('close() while the store is read: no lease is renewed any more',
     async () => {
    const store = new MemoryStore();
    const it = await tab(store);
    let reads = 0;
    let read;

    say(it, 'a');
    await settle();
    store.edit = async (...args) => {
        reads++;
        await new Promise((done) => { read = done; });
        return MemoryStore.prototype.edit.apply(store, args);
    };

    await it.clock.pass(5000);
    it.client.close();
    read();
    await it.clock.pass(MINUTE);
    assert.equal(reads, 1);
});
