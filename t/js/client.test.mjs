
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The connection: states, coming back, watchdog, the store's absence. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from '../../html/chat/index.js';
import { fakeSockets, FakeClock, joinOk, setUp, setUpOnline, setUpRoom,
         settle, UNAVAILABLE, WELCOME } from './fakes.mjs';


test('connect() offers chat.v1 and the guest\'s name', () => {
    const WebSocket = fakeSockets();

    connect('https://h/chat/ws?a=1#x',
            { WebSocket, name: 'A & B', clock: new FakeClock() });

    const [socket] = WebSocket.all;

    assert.equal(socket.url, 'wss://h/chat/ws?a=1&name=A+%26+B');
    assert.deepEqual(socket.protocols, ['chat.v1']);
});


test('offline, connecting, online, waiting, connecting, online, offline',
     async () => {
    const it = setUp();

    assert.equal(it.client.state.name, 'offline');
    it.client.connect();
    it.client.connect();
    assert.equal(it.sockets.length, 1);
    it.socket.say(WELCOME);
    assert.equal(it.client.user.name, 'Ann');

    it.socket.end(1006);
    assert.deepEqual(it.client.state, {
        name: 'waiting', then: 'wait', code: 1006, trouble: null,
        status: null, reason: 'The connection was lost.',
        nextTry: it.clock.now() + 500, transport: 'websocket',
    });
    assert.equal(it.client.user, null);

    await it.clock.pass(499);
    assert.equal(it.sockets.length, 1);
    await it.clock.pass(1);
    assert.equal(it.sockets.length, 2);
    it.socket.say(WELCOME);

    it.client.close();
    assert.equal(it.socket.closed, 1000);
    await it.clock.pass(3_600_000);
    assert.equal(it.sockets.length, 2);
    assert.deepEqual(it.states, ['connecting', 'online', 'waiting',
                                 'connecting', 'online', 'offline']);
});


test('attempts add up until a connection held for 10 s', async () => {
    const it = setUp({ random: 0.999999 });
    const delays = [];

    it.client.connect();

    const lose = async (code) => {
        it.socket.end(code);

        const delay = it.client.state.nextTry - it.clock.now();

        delays.push(Math.round(delay));
        await it.clock.pass(delay);
    };

    for (let i = 0; i < 4; i++) {
        await lose(1006);
    }

    it.socket.say(WELCOME);
    await it.clock.pass(9000);
    await lose(4100);

    it.socket.say(WELCOME);
    await it.clock.pass(10_000);
    await lose(1006);

    assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16000, 1000]);
});


test('a final close code stays final, until connect()', async () => {
    for (const [code, then] of [[4003, 'never'], [4001, 'login']]) {
        const it = setUpOnline();

        it.socket.end(code);
        await it.clock.pass(3_600_000);
        assert.equal(it.sockets.length, 1);
        assert.equal(it.client.state.name, 'offline');
        assert.equal(it.client.state.then, then);

        it.client.check();
        assert.equal(it.sockets.length, 1);
        it.client.connect();
        assert.equal(it.sockets.length, 2);
    }
});


test('4007 comes back when the tab is used', () => {
    const it = setUpOnline();

    it.socket.end(4007);
    it.client.check();
    assert.equal(it.client.state.name, 'connecting');
});


test('check() shortens a wait, but not one for flooding', () => {
    for (const [code, sockets] of [[1006, 2], [1008, 1], [4102, 1]]) {
        const it = setUpOnline();

        it.socket.end(code);
        it.client.check();
        assert.equal(it.sockets.length, sockets, String(code));
    }
});


test('check() while online pings, and allows 3 s', async () => {
    const it = setUpOnline();

    it.client.check();
    await it.clock.pass(2900);
    it.socket.ok('ping', {});
    await it.clock.pass(5000);
    assert.equal(it.client.state.name, 'online');

    it.client.check();
    await it.clock.pass(3000);
    assert.equal(it.client.state.code, 1006);
});


test('1.6 heartbeats of silence are the end', async () => {
    const it = setUpOnline();

    await it.clock.pass(39_000);
    it.socket.say({ ev: 'heartbeat', time: 1 });
    await it.clock.pass(39_999);
    assert.equal(it.client.state.name, 'online');
    await it.clock.pass(1);
    assert.equal(it.client.state.name, 'waiting');
    assert.equal(it.sockets[0].closed, 1000);

    it.sockets[0].end(1000);
    assert.equal(it.client.state.name, 'waiting');
});


test('a server that never says welcome is left', async () => {
    const it = setUp();

    it.client.connect();
    await it.clock.pass(15_000);
    assert.equal(it.client.state.code, 1006);
    await it.clock.pass(500);
    assert.equal(it.sockets.length, 2);
});


test('drain: the client goes when the server forgets to', async () => {
    const it = setUpOnline();

    it.socket.say({ ev: 'drain', after: 2000 });
    await it.clock.pass(2999);
    assert.equal(it.client.state.name, 'online');
    await it.clock.pass(1);
    assert.equal(it.client.state.code, 4200);
});


test('rename() comes back with the new name', () => {
    const it = setUpOnline({ name: 'Ann' });

    it.client.rename('Eve');
    assert.equal(it.sockets.length, 2);
    assert.match(it.socket.url, /name=Eve/);
});


test('a name that is refused is told, and rename() tries another',
     async () => {
    const it = setUp({ name: 'admin', why: async () => ({ status: 400,
        code: 'invalid_name', message: 'Choose another.',
        retryAfter: null }) });

    it.client.connect();
    it.socket.end(1006);
    await it.clock.pass(3_600_000);
    assert.equal(it.sockets.length, 1);
    assert.equal(it.client.state.then, 'never');
    assert.equal(it.client.state.reason, 'Choose another.');

    it.client.rename('Ann');
    assert.equal(it.sockets.length, 2);
    assert.match(it.socket.url, /name=Ann/);
});


test('rubbish from the server is ignored', () => {
    const it = setUpOnline();

    for (const frame of ['', '{', '[]', 'null', '7', '"x"', '{"id":99}',
                         '{"ev":"nonsense","room":"__proto__"}'])
    {
        it.socket.say(frame);
    }

    it.socket.onmessage({ data: new ArrayBuffer(3) });
    assert.equal(it.client.state.name, 'online');
});


test('an error without id is an event', () => {
    const it = setUpOnline();
    const seen = [];

    it.client.on('error', (error) => seen.push(error.code));
    it.socket.say({ ev: 'error', error: { code: 'rate_limited' } });
    it.socket.say({ ev: 'error', code: 'bad_request', message: 'No.' });
    assert.deepEqual(seen, ['rate_limited', 'bad_request']);
});


test('on() returns its undo, and a throwing listener harms nobody',
     (context) => {
    const it = setUp();
    const seen = [];
    const uncaught = [];

    context.mock.method(globalThis, 'queueMicrotask',
                        (throwIt) => uncaught.push(throwIt));

    const undo = it.client.on('state', () => seen.push('gone'));

    it.client.on('state', () => { throw new Error('mine'); });
    it.client.on('state', () => seen.push('still here'));
    undo();
    undo();
    it.client.connect();
    assert.deepEqual(seen, ['still here']);
    assert.throws(uncaught[0], /mine/);
});


test('the store away: state says so, the client asks until it is back',
     async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'error', error: UNAVAILABLE });
    assert.equal(it.client.state.name, 'online');
    assert.equal(it.client.state.trouble.message, 'The chat store is away.');

    for (const wait of [500, 1000, 2000]) {
        const before = it.socket.sent.length;

        await it.clock.pass(wait - 1);
        assert.equal(it.socket.sent.length, before);
        await it.clock.pass(1);
        assert.equal(it.socket.sent.length, before + 1);
        it.socket.error('join', UNAVAILABLE);
        await settle();
    }

    await it.clock.pass(4000);
    it.socket.ok('join', joinOk());
    await settle();
    assert.equal(it.client.state.trouble, null);

    const after = it.socket.sent.length;

    await it.clock.pass(20_000);
    assert.equal(it.socket.sent.length, after);
    assert.equal(it.room.state.name, 'joined');
});


test('the store away, told to everybody', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'error', error: UNAVAILABLE });
    assert.equal(it.client.state.trouble.code, 'unavailable');

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'e', top: 10 });
    it.socket.ok('join', joinOk());
    await settle();
    assert.equal(it.client.state.trouble, null);
    assert.deepEqual(it.seen.map(([event]) => event), ['presence']);
});


test('a send that works ends the trouble, too', async () => {
    const it = await setUpRoom();
    const fate = it.room.send('a');

    await settle();
    it.socket.error('send', UNAVAILABLE);
    await settle();
    assert.equal(it.client.state.trouble.code, 'unavailable');
    await it.clock.pass(500);
    it.socket.ok('send', { seq: 11 });
    await fate;
    assert.equal(it.client.state.trouble, null);
});


/** A client whose handshakes are refused; "why" tells of each. */
function setUpRefused(...reasons) {
    const asked = [];
    const it = setUp({ why: async (address) => {
        asked.push(address);
        return reasons.shift() ?? null;
    } });

    it.client.connect();
    return Object.assign(it, { asked });
}


const BUSY = { status: 503, code: 'unavailable', retryAfter: 20,
               message: 'The server is busy.' };


test('a refused handshake: the reason is asked for, and told', async () => {
    const it = setUpRefused({ status: 403, code: 'forbidden',
        message: 'Pages of this origin may not connect here.',
        retryAfter: null });

    it.socket.end(1006);
    assert.equal(it.client.state.name, 'waiting');
    await settle();
    assert.deepEqual(it.client.state, {
        name: 'offline', then: 'never', code: 1006, status: 403,
        reason: 'Pages of this origin may not connect here.', nextTry: null,
        trouble: null, transport: 'websocket' });
    assert.deepEqual(it.asked, ['ws://h/chat/ws']);
    await it.clock.pass(3_600_000);
    assert.equal(it.sockets.length, 1);
});


test('401 wants a login', async () => {
    const it = setUpRefused({ status: 401, code: 'unauthorized',
        message: 'Please log in.', retryAfter: null });

    it.socket.end(1006);
    await settle();
    assert.equal(it.client.state.then, 'login');
});


test('a refusal that names a time is waited out, and asked about again',
     async () => {
    const it = setUpRefused(BUSY, { ...BUSY, retryAfter: 3 });

    it.socket.end(1006);
    await settle();
    assert.equal(it.client.state.nextTry, it.clock.now() + 20_500);
    assert.equal(it.client.state.reason, 'The server is busy.');
    it.client.check();
    assert.equal(it.sockets.length, 1);

    await it.clock.pass(20_500);
    it.socket.end(1006);
    await settle();
    assert.equal(it.asked.length, 2);
    assert.equal(it.client.state.nextTry, it.clock.now() + 3500);
});


test('a refusal without a reason is asked about once', async () => {
    const it = setUpRefused();

    const refuse = async () => {
        it.socket.end(1006);
        await settle();
        await it.clock.pass(it.client.state.nextTry - it.clock.now());
    };

    for (let i = 0; i < 4; i++) {
        await refuse();
    }

    assert.equal(it.asked.length, 1);
    it.socket.onopen();
    it.socket.say(WELCOME);
    await refuse();
    assert.equal(it.asked.length, 1);
    await refuse();
    assert.equal(it.asked.length, 2);
});


test('a connection that was open was not refused', async () => {
    const it = setUpRefused(BUSY);

    it.socket.onopen();
    it.socket.end(1006);
    await settle();
    assert.deepEqual(it.asked, []);
});


test('an answer that comes too late decides nothing, and is asked for again',
     async () => {
    let tell;
    const it = setUp({ why: () => new Promise((done) => { tell = done; }) });

    it.client.connect();
    it.socket.end(1006);
    await settle();
    it.client.connect();
    tell(BUSY);
    await settle();
    assert.equal(it.client.state.name, 'connecting');

    it.socket.end(1006);
    await settle();
    assert.equal(it.client.state.status, null);
    tell(BUSY);
    await settle();
    assert.equal(it.client.state.status, 503);
});
