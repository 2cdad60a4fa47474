
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Several chats of one page, over one connection. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LINGER, share } from '../../html/chat/shared.js';
import { fakeSockets, FakeClock, joinOk, message, settle, WELCOME }
    from './fakes.mjs';

const WELCOMED = { ...WELCOME, features: ['history'] };


/** Its own address for each test, since connections are shared by that. */
function setUp({ welcome = WELCOMED, ...more } = {}) {
    const WebSocket = fakeSockets();
    const clock = new FakeClock();
    const url = `ws://h/${Math.random()}/ws`;
    const open = (options = {}) => share(url, { WebSocket, clock,
        random: () => 0.5, why: async () => null, ...more, ...options });
    const chat = open();

    WebSocket.all[0].say(welcome);
    return { chat, open, clock, url,
             get socket() { return WebSocket.all.at(-1); },
             get sockets() { return WebSocket.all; } };
}


function hear(seat) {
    const seen = [];

    for (const event of ['message', 'edit', 'hole', 'reset', 'state',
                         'presence', 'outbox'])
    {
        seat.on(event, (value) => seen.push(value.seq ?? event));
    }

    return seen;
}


/** A seat in a joined room that has seen 8, 9 and 10. */
async function setUpSeat(options) {
    const it = setUp(options);
    const one = it.chat.join('lobby');
    const seen = hear(one);

    it.socket.ok('join', joinOk({ more: true, floor: 3, messages:
        [message(8, 7), message(9, 8), message(10, 9)] }));
    await settle();
    assert.deepEqual(seen, [8, 9, 10, 'presence', 'state']);
    seen.length = 0;
    return Object.assign(it, { one, seen });
}


function count(it, op) {
    return it.socket.sent.filter((frame) => frame.op === op).length;
}


test('one connection for an address, as long as one has a part', async () => {
    const it = setUp();
    const second = it.open();

    assert.equal(it.sockets.length, 1);
    assert.equal(second.client, it.chat.client);
    it.chat.close();
    it.chat.close();
    await it.clock.pass(LINGER);
    assert.equal(second.client.state.name, 'online');
    second.close();
    await it.clock.pass(LINGER - 1);
    assert.equal(second.client.state.name, 'online');
    await it.clock.pass(1);
    assert.equal(second.client.state.name, 'offline');
    assert.equal(it.sockets[0].closed, 1000);

    const third = it.open();

    assert.notEqual(third.client, second.client);
    assert.equal(it.sockets.length, 2);
    third.close();
    await it.clock.pass(LINGER);
});


test('who goes and comes again at once keeps the connection and the room',
     async () => {
    const it = await setUpSeat();

    it.chat.close();

    const again = it.open();
    const seat = again.join('lobby');

    await it.clock.pass(5 * LINGER);
    assert.equal(it.sockets.length, 1);
    assert.equal(seat.room, it.one.room);
    assert.equal(seat.room.state.name, 'joined');
    assert.deepEqual([count(it, 'join'), count(it, 'leave')], [1, 0]);
});


test('another address is another connection', async () => {
    const it = setUp();
    const other = share(`${it.url}?other`, { WebSocket: fakeSockets(),
                                             clock: it.clock });

    assert.notEqual(other.client, it.chat.client);
});


test('close() undoes what was heard of the client, undo undoes one',
     async () => {
    const it = setUp();
    const second = it.open();
    const seen = [];

    const undo = it.chat.on('error', () => seen.push('undone'));

    it.chat.on('error', () => seen.push('first'));
    second.on('error', () => seen.push('second'));
    undo();
    undo();
    it.socket.say({ ev: 'error', error: { code: 'rate_limited' } });
    it.chat.close();
    it.socket.say({ ev: 'error', error: { code: 'rate_limited' } });
    assert.deepEqual(seen, ['first', 'second', 'second']);
    assert.throws(() => it.chat.join('lobby'), /closed/);
});


test('two seats in one room: joined once, left with the last one',
     async () => {
    const it = await setUpSeat();
    const two = it.open().join('lobby');
    const seen = hear(two);

    assert.equal(two.room, it.one.room);
    await settle();
    assert.deepEqual(it.socket.last('history'), { op: 'history', id: 2,
        room: 'lobby', before: 11, epoch: 'e' });
    it.socket.ok('history', { messages: [message(9, 8), message(10, 9)],
                              more: true, floor: 3 });
    await settle();
    assert.deepEqual(seen, [9, 10]);
    it.socket.say(message(11, 10));
    assert.deepEqual([it.seen, seen], [[11], [9, 10, 11]]);

    it.one.leave();
    it.one.leave();
    await it.clock.pass(LINGER);
    it.socket.say(message(12, 11));
    assert.deepEqual([it.seen, seen], [[11], [9, 10, 11, 12]]);
    assert.equal(count(it, 'leave'), 0);
    two.leave();
    await it.clock.pass(LINGER);
    assert.equal(count(it, 'leave'), 1);
    assert.deepEqual(it.chat.client.rooms, []);
});


test('what is said while the last page comes is heard once, after it',
     async () => {
    const it = await setUpSeat();
    const two = it.chat.join('lobby');
    const seen = hear(two);

    await settle();
    it.socket.say(message(11, 10));
    it.socket.say(message(12, 11));
    assert.deepEqual(seen, []);
    it.socket.ok('history', { messages: [message(10, 9), message(11, 10)],
                              more: true });
    await settle();
    assert.deepEqual(seen, [10, 11, 12]);
    assert.deepEqual(it.seen, [11, 12]);
});


test('each seat turns its own pages', async () => {
    const it = await setUpSeat();
    const two = it.chat.join('lobby');

    await settle();
    assert.equal(two.older, true);
    it.socket.ok('history', { messages: [message(10, 9)], more: true });
    await settle();
    assert.deepEqual([two.first, two.older, it.one.first], [10, true, 8]);

    const page = it.one.history({ limit: 2 });

    assert.equal(it.socket.last('history').before, 8);
    it.socket.ok('history', { messages: [message(7, 6)], more: false });
    assert.deepEqual((await page).messages.map(({ seq }) => seq), [7]);
    assert.deepEqual([it.one.first, it.one.older, it.one.gone],
                     [7, false, true]);
    assert.deepEqual([two.first, two.older, two.gone], [10, true, false]);

    const second = two.history();

    assert.equal(it.socket.last('history').before, 10);
    it.socket.ok('history', { messages: [message(7, 0)], more: false });
    await second;
    assert.deepEqual([two.first, two.older, two.gone], [7, false, false]);
});


test('the first one has older ones, too, when the other turned pages',
     async () => {
    const it = await setUpSeat();
    const page = it.one.room.history();

    it.socket.ok('history', { messages: [message(7, 0)], more: false });
    await page;
    assert.deepEqual([it.one.room.older, it.one.older], [false, true]);
});


test('a reset while the last page comes: that page is not shown',
     async () => {
    const it = await setUpSeat();
    const two = it.chat.join('lobby');
    const seen = hear(two);

    await settle();

    const { id } = it.socket.last('history');

    it.socket.say(message(11, 10));
    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 2 });
    it.socket.ok('join', joinOk({ epoch: 'f', top: 2,
        messages: [message(1, 0), message(2, 1)] }));
    it.socket.say({ id, ok: { messages: [message(10, 9)], more: true } });
    await settle();
    assert.deepEqual(seen, ['reset', 1, 2, 'presence']);
    assert.deepEqual([two.first, two.older], [1, false]);
});


test('a seat taken while the connection is lost waits for it', async () => {
    const it = await setUpSeat();

    it.socket.end(1006);

    const two = it.chat.join('lobby');
    const seen = hear(two);

    await it.clock.pass(1000);
    it.socket.say(WELCOMED);
    it.socket.ok('join', joinOk({ recovered: true, top: 11,
                                  messages: [message(11, 10)] }));
    await settle();
    it.socket.ok('history', { messages: [message(10, 9), message(11, 10)],
                              more: true });
    await settle();
    assert.deepEqual(seen.filter(Number), [10, 11]);
    assert.deepEqual(it.seen.filter(Number), [11]);
});


test('without its last page a seat hears what comes', async () => {
    const it = await setUpSeat();
    const two = it.chat.join('lobby');
    const seen = hear(two);

    await settle();
    it.socket.say(message(11, 10));
    it.socket.error('history', { code: 'rate_limited', status: 429,
                                 retry_after: 3, temporary: true });
    await settle();
    it.socket.say(message(12, 11));
    assert.deepEqual(seen, [11, 12]);
    assert.deepEqual([two.first, two.older], [11, true]);
});


test('a seat that is left meanwhile hears nothing', async () => {
    const it = await setUpSeat();
    const two = it.chat.join('lobby');
    const seen = hear(two);

    await settle();
    two.leave();
    it.socket.ok('history', { messages: [message(10, 9)], more: true });
    await settle();
    it.socket.say(message(11, 10));
    assert.deepEqual(seen, []);
});


test('a room that one was removed from can be sat down in again',
     async () => {
    const it = await setUpSeat();

    it.socket.say({ ev: 'left', room: 'lobby', reason: 'kicked' });
    assert.equal(it.one.room.state.name, 'left');

    const two = it.chat.join('lobby');

    it.socket.ok('join', joinOk());
    await settle();
    assert.equal(two.room.state.name, 'joined');
    assert.equal(two.room, it.one.room);
});
