
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Where no WebSocket passes: when that is so, and by streams. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { ME, Api, around, failing, hello, inRoom, joined, json, next, problem,
         rest, restore, seqs, stayed } from './fake-api.mjs';
import { WELCOME, joinOk, message, setUp } from './fakes.mjs';

afterEach(restore);


test('two that fail, the API answers, a third that fails: then by a stream',
     async () => {
    const api = new Api();
    const it = setUp({ transport: 'auto' });
    const said = [];

    it.client.on('state', ({ name, transport }) =>
        said.push(`${name} ${transport}`));
    await failing(it, 1);
    assert.equal(api.asked.length, 0);

    it.socket.end(1006);
    await next(it);
    assert.equal(api.count('GET /me'), 1);
    assert.equal(it.sockets.length, 3);
    assert.equal(it.client.state.name, 'connecting');

    it.socket.end(1006);
    await rest();
    assert.equal(it.client.state.name, 'online');
    assert.equal(it.client.state.transport, 'sse');
    assert.equal(it.client.user.id, 'ann');
    assert.deepEqual(said.filter((each) => each.endsWith('sse')),
                     ['online sse']);
});


test('a WebSocket that gets through at last is the one', async () => {
    const api = new Api();
    const it = setUp({ transport: 'auto' });
    const room = it.client.join('lobby');

    await failing(it);
    assert.equal(it.sockets.length, 3);
    it.socket.say(WELCOME);
    await rest();
    assert.equal(it.client.state.name, 'online');
    assert.equal(it.client.state.transport, 'websocket');
    it.socket.ok('join', joinOk());
    await rest();
    assert.equal(room.state.name, 'joined');
    assert.equal(api.asked.length, 1);

    /* the next ones are tried at once */
    it.socket.end(1006);
    await next(it);
    assert.equal(it.sockets.length, 4);
    assert.equal(api.asked.length, 1);
});


for (const [why, answer] of [
    ['nobody is let in', () => problem(401, 'unauthorized')],
    ['one is banned', () => problem(403, 'banned')],
    ['it was too often', () => problem(429, 'rate_limited')],
    ['the server goes', () => problem(503, 'unavailable')],
    ['there is no API', () => new Response('<html>', { status: 404 })],
    ['the server is away', () => Response.error()]])
{
    test(`${why}: that is no reason to go around`, async () => {
        const api = new Api().on('GET /me', answer);
        const it = setUp({ transport: 'auto' });

        /* it is as if a third WebSocket had failed, and a fourth follows */
        await failing(it, 3);
        assert.equal(api.count('GET /me'), 1);
        assert.equal(it.sockets.length, 4);
        assert.equal(it.client.state.name, 'connecting');
        assert.equal(it.client.state.transport, 'websocket');
        it.socket.say(WELCOME);
        assert.equal(it.client.state.name, 'online');
    });
}


test('an API that is not there is asked once', async () => {
    const api = new Api().on('GET /me', () => problem(404, 'not_found'));
    const it = setUp({ transport: 'auto' });

    await failing(it, 9);
    assert.equal(api.count('GET /me'), 1);
    assert.equal(it.sockets.length, 10);

    it.socket.say(WELCOME);
    await failing(it, 3);
    assert.equal(api.count('GET /me'), 2);
});


test('a refusal that is told starts the count anew', async () => {
    const api = new Api();
    const it = setUp({ transport: 'auto', why: async () => ({ status: 503,
        code: '', message: 'The server is busy.', retryAfter: 1 }) });

    await failing(it, 5);
    assert.equal(api.asked.length, 0);
    assert.equal(it.sockets.length, 6);
});


test('a WebSocket of which nothing comes counts twice', async () => {
    const api = new Api();
    const it = setUp({ transport: 'auto' });

    it.client.connect();
    await it.clock.pass(15_000);
    await next(it);
    assert.equal(api.count('GET /me'), 1);
    assert.equal(it.sockets.length, 2);
    assert.equal(it.sockets[0].closed, 1000);

    /* and the one that is tried then is not waited for so long */
    await it.clock.pass(5000);
    await rest();
    assert.equal(it.client.state.transport, 'sse');
    assert.equal(it.socket.closed, undefined);
});


test('websocket: nothing else is tried; closes are no sign of a bad network',
     async () => {
    const api = new Api();
    const it = setUp({ transport: 'websocket' });

    await failing(it, 6);
    assert.equal(it.sockets.length, 7);

    const other = setUp({ transport: 'auto' });

    other.client.connect();

    for (let i = 0; i < 5; i++) {
        other.socket.end(4100);
        await next(other);
    }

    assert.equal(other.sockets.length, 6);
    assert.equal(api.asked.length, 0);
});


test('what was said before is in the answer, what is said now comes',
     async () => {
    const it = await inRoom();

    assert.equal(it.room.state.name, 'joined');
    assert.deepEqual(seqs(it), [1, 2]);
    assert.equal(it.room.seq, 2);
    assert.deepEqual(it.room.users, [{ id: 'g1', name: 'Ann' }]);

    await it.stream.say(message(3, 2), ': ping', { ev: 'heartbeat' },
        { ev: 'presence', room: 'lobby', join: [{ id: 'bob', name: 'Bob' }],
          leave: [], count: 2 },
        { ev: 'typing', room: 'lobby', user: { id: 'bob' }, on: true });
    assert.deepEqual(seqs(it), [1, 2, 3]);
    assert.equal(it.room.count, 2);
    assert.equal(it.seen.at(-1)[0], 'typing');

    /* what one may not by HTTP, one may not */
    assert.deepEqual(it.room.rights.can, ['send', 'history']);
    await it.stream.say({ ev: 'room', room: 'lobby', role: 'moderator',
        can: ['send', 'typing', 'kick'], config: {} });
    assert.deepEqual(it.room.rights.can, ['send', 'kick']);
});


test('lines may be cut anywhere, and end in any way', async () => {
    const it = await inRoom();
    const text = JSON.stringify(message(3, 2, { text: 'zwölf 十二' }));

    await it.stream.say(`event: x\r\ndata: ${text}\r\n\r`);
    assert.equal(it.seen.at(-1)[1].text, 'zwölf 十二');
});


test('a send is a POST with its cid, and so is its repetition', async () => {
    const it = await inRoom();
    const sent = it.room.send('Hello', { re: 1 });

    await rest();

    const call = it.api.last('POST /rooms/lobby/messages');

    assert.deepEqual(call.body, { text: 'Hello', re: 1 });
    assert.equal(call.headers['Content-Type'], 'application/json');
    call.answer(problem(503, 'unavailable', { temporary: true }));
    await it.clock.pass(2000);
    await rest();

    const again = it.api.last('POST /rooms/lobby/messages');

    assert.notEqual(again, call);
    assert.equal(again.headers['Idempotency-Key'],
                 call.headers['Idempotency-Key']);
    again.answer(json({ seq: 3, time: 5, epoch: 'e' }));
    assert.deepEqual(await sent, { seq: 3, time: 5, epoch: 'e', dup: true,
        cid: call.headers['Idempotency-Key'] });
});


test('a refusal has the code that it has by a WebSocket', async () => {
    const it = await inRoom();
    const sent = it.room.send('Hello');

    await rest();
    it.api.last('POST /rooms/lobby/messages').answer(
        problem(403, 'muted', { until: 99 }));
    await assert.rejects(sent, { code: 'muted', until: 99, status: 403,
                                 message: 'Why.' });

    const big = it.room.send('Big');

    await rest();
    it.api.last('POST /rooms/lobby/messages').answer(
        new Response('<html>', { status: 413 }));
    await assert.rejects(big, { code: 'too_large' });
});


test('a POST that gets lost is a lost connection', async () => {
    const it = await inRoom();
    const sent = it.room.send('Hello');

    await rest();

    const call = it.api.last('POST /rooms/lobby/messages');

    call.fail(new TypeError('Failed to fetch'));
    await rest();
    assert.equal(it.client.state.name, 'waiting');
    assert.equal(it.client.state.transport, 'sse');
    assert.equal(it.stream.call.signal.aborted, true);

    /* it knows the way now */
    const tried = it.sockets.length;

    await next(it);
    assert.equal(it.sockets.length, tried + 1);
    it.socket.end(1006);
    await rest();

    const stream = it.api.stream();

    assert.equal(stream.call.headers['Last-Event-ID'], 'e.2');
    await stream.say(hello, joined({ top: 3, recovered: true }),
        message(3, 2, { cid: call.headers['Idempotency-Key'] }));
    assert.equal((await sent).seq, 3);
    assert.deepEqual(seqs(it), [1, 2, 3]);
    assert.equal(it.api.count('POST /rooms/lobby/messages'), 1);
});


test('a stream that ends goes on from where it was, and nobody notices',
     async () => {
    const it = await inRoom();

    await it.clock.pass(20_000);
    await it.stream.say({ ev: 'drain', after: 100 },
                        { ev: 'close', code: 4200, reason: 'restarts' });
    await it.stream.end();
    await it.clock.pass(1);
    await rest();

    const next = it.api.stream();

    assert.notEqual(next.call, it.stream.call);
    assert.equal(next.call.headers['Last-Event-ID'], 'e.2');
    await next.say(hello, joined({ top: 4, recovered: true }), message(3, 2),
                   message(4, 3), message(5, 4));
    assert.deepEqual(seqs(it), [1, 2, 3, 4, 5]);
    assert.equal(it.room.state.name, 'joined');
    assert.ok(stayed(it));
});


test('a room that counts anew is told so', async () => {
    const it = await inRoom();

    await it.stream.cut();
    await it.clock.pass(1000);
    await rest();
    await it.api.stream().say(hello, joined({ epoch: 'f', top: 1 }),
                              message(1, 0));
    assert.equal(it.seen.filter(([event]) => event === 'reset').length, 1);
    assert.equal(it.room.epoch, 'f');
});


test('what ends a user ends all, what ends a stay does not', async () => {
    const it = await inRoom();

    await it.stream.say({ ev: 'left', room: 'lobby', reason: 'kicked' },
                        { ev: 'close', code: 4005, reason: '' });
    assert.equal(it.room.state.name, 'left');
    assert.equal(it.room.state.error.code, 'kicked');
    assert.equal(it.client.state.name, 'online');

    const other = await inRoom();

    await other.stream.say({ ev: 'close', code: 4005, reason: '' });
    assert.equal(other.client.state.name, 'offline');
    assert.equal(other.client.state.then, 'never');
});


test('a join that is refused has its code', async () => {
    const api = new Api();
    const it = setUp({ transport: 'sse' });
    const room = it.client.join('lobby');
    const asked = it.client.join('asked');

    await failing(it, 0);
    api.last('GET /rooms/lobby/events').answer(problem(403, 'banned',
                                                       { until: 7 }));
    await api.stream('asked').say(hello, { ev: 'error',
        error: { code: 'forbidden', status: 403, message: 'No.' } },
        { ev: 'close', code: 4003, reason: '' });
    assert.equal(room.state.error.code, 'banned');
    assert.equal(room.state.error.until, 7);
    assert.equal(asked.state.error.code, 'forbidden');
    assert.equal(it.client.state.name, 'online');
});


test('history, who, and what moderators do, by the API', async () => {
    const it = await inRoom({ transport: 'sse' });
    const { api, room } = it;
    const acts = [
        ['kick', { user: 'b/b', reason: 'x' },
         'DELETE /rooms/lobby/members/b%2Fb', { reason: 'x' }],
        ['ban', { user: 'bob', for: 60 }, 'PUT /rooms/lobby/bans/u:bob',
         { for: 60 }],
        ['ban', { ip: '192.0.2.1' }, 'PUT /rooms/lobby/bans/i:192.0.2.1', {}],
        ['unban', { user: 'bob' }, 'DELETE /rooms/lobby/bans/u:bob', {}],
        ['mute', { user: 'bob' }, 'PUT /rooms/lobby/mutes/bob', {}],
        ['unmute', { user: 'bob' }, 'DELETE /rooms/lobby/mutes/bob', {}],
        ['role', { user: 'bob', value: 'member' },
         'PUT /rooms/lobby/roles/bob', { role: 'member' }],
        ['slow', { value: 5 }, 'PATCH /rooms/lobby', { slow: 5 }],
        ['lock', {}, 'PATCH /rooms/lobby', { lock: 'write' }],
        ['unlock', {}, 'PATCH /rooms/lobby', { lock: 'open' }],
        ['clear', {}, 'DELETE /rooms/lobby', {}],
        ['log', { limit: 5 }, 'GET /rooms/lobby/acts', undefined],
    ];

    for (const [what, fields, path, body] of acts) {
        api.on(path, () => json({ config: { slow: 5 } }));
        assert.deepEqual(await room.mod(what, fields), { config: { slow: 5 } });
        assert.deepEqual(api.asked.at(-1).body, body);
        assert.equal(api.asked.at(-1).path, path);
    }

    api.on('PATCH /rooms/lobby/messages/7', () => json({ seq: 9 }));
    await it.client.request('edit', { room: 'lobby', ref: 7, text: 'x',
                                      cid: 'c1' });
    assert.deepEqual(api.asked.at(-1).body, { text: 'x' });
    assert.equal(api.asked.at(-1).headers['Idempotency-Key'], 'c1');

    api.on('DELETE /rooms/lobby/bans/u:bob',
           () => new Response(null, { status: 204 }));
    assert.deepEqual(await room.mod('unban', { user: 'bob' }), {});

    api.on('GET /rooms/lobby/members', () => json({ count: 1, more: false,
        users: [{ id: 'bob', name: 'Bob' }] }));
    assert.equal((await room.who()).users[0].id, 'bob');
    api.on('GET /rooms/lobby/messages', () => json({ top: 2, floor: 1,
        epoch: 'e', more: false, messages: [message(1, 0)] }));
    assert.equal((await room.history({ before: 2 })).messages[0].seq, 1);
    assert.equal(api.asked.at(-1).url.search, '?before=2&epoch=e');
});


test('what cannot travel so is refused, not lost', async () => {
    const it = await inRoom();

    it.room.typing();
    await rest();
    await assert.rejects(it.client.request('typing', { room: 'lobby' }),
                         { code: 'unsupported', temporary: false });
    await assert.rejects(it.room.mod('mute', { ip: '192.0.2.1' }),
                         { code: 'unsupported' });
    await assert.rejects(it.room.mod('dance'), { code: 'unsupported' });
});


test('a guest is one, though each request is another', async () => {
    const api = new Api().on('GET /me', () => json({ ...ME,
        user: { id: 'g0', name: 'Ann', guest: true } }));
    const it = setUp({ transport: 'sse', name: 'Ann' });
    const room = it.client.join('lobby');
    const seen = [];

    room.on('message', (frame) => seen.push(frame));
    await failing(it, 0);
    assert.equal(api.last('GET /me').url.search, '?name=Ann');

    const stream = api.stream();

    await stream.say({ ...hello, user: { id: 'g9', guest: true } },
        joined({ top: 0, users: [{ id: 'g9', name: 'Ann' }] , floor: 1 }));
    assert.deepEqual(room.users, [{ id: 'g0', name: 'Ann' }]);

    room.send('Hi', { cid: 'c-1' });
    await rest();
    await stream.say(message(1, 0, { cid: 'c-1', text: 'g9',
                                     from: { id: 'g7', name: 'Ann' } }));
    assert.equal(seen[0].from.id, 'g0');
    assert.equal(seen[0].text, 'g9');

    /* nobody could open what it seals */
    await assert.rejects(it.client.request('send', { room: 'lobby',
        data: 'AA', enc: 'x', cid: 'c2' }), { code: 'unsupported' });
});


test('what a user sealed goes as it is', async () => {
    const it = await inRoom();

    it.api.on('POST /rooms/lobby/messages', () => json({ seq: 3 }, 201));
    assert.deepEqual(await it.client.request('send', { room: 'lobby',
        data: 'AA', enc: 'x', cid: 'c2' }), { seq: 3 });
    assert.deepEqual(it.api.asked.at(-1).body, { data: 'AA', enc: 'x' });
});


test('a token goes in a header, a new one begins new streams', async () => {
    const tokens = ['one', 'two'];
    const api = new Api();
    const it = setUp({ transport: 'sse', token: async () => tokens[0] });
    const room = it.client.join('lobby');

    await failing(it, 0);

    for (const { headers, url } of api.asked) {
        assert.equal(headers.Authorization, 'Bearer one');
        assert.ok(!url.href.includes('one'));
    }

    assert.ok(it.client.welcome.features.includes('auth'));
    await api.stream().say(hello, joined({ top: 0, floor: 1 }));
    await it.client.request('auth', { token: 'two' });
    assert.equal(api.last('GET /me').headers.Authorization, 'Bearer two');
    await it.clock.pass(1);
    await rest();
    assert.equal(api.count('GET /rooms/lobby/events'), 2);
    assert.equal(room.state.name, 'joined');

    api.last('GET /rooms/lobby/events').answer(problem(401, 'token_expired'));
    await rest();
    assert.equal(it.client.state.name, 'waiting');
    assert.equal(it.client.state.code, 4203);
});


test('a silent stream is replaced', async () => {
    const it = await inRoom();

    await it.clock.pass(39_000);
    assert.equal(it.api.count('GET /rooms/lobby/events'), 1);
    await it.stream.say(': alive');
    await it.clock.pass(39_000);
    assert.equal(it.api.count('GET /rooms/lobby/events'), 1);
    await it.clock.pass(3000);
    await rest();
    assert.equal(it.api.count('GET /rooms/lobby/events'), 2);
});
