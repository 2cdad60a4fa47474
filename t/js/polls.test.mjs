
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Where no stream passes either: by polls; and back to a WebSocket. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { MemoryStore } from '../../html/chat/memory.js';
import { ME, Api, around, failing, hello, inRoom, joined, json, next, page,
         pages, problem, rest, restore, seqs, stayed } from './fake-api.mjs';
import { WELCOME, joinOk, message, setUp } from './fakes.mjs';

afterEach(restore);


test('a stream of which nothing comes is a poll', async () => {
    const api = new Api();
    const it = setUp({ transport: 'auto', store: new MemoryStore() });
    const room = it.client.join('lobby');
    const seen = [];
    const waits = [];

    room.on('message', ({ seq }) => seen.push(seq));
    await around(it);
    api.stream();
    pages(api, ({ url }) => url.searchParams.has('wait')
        ? new Promise((answer) => { waits.push({ url, answer }); })
        : page([message(1, 0), message(2, 1)]));
    await it.clock.pass(5000);
    await rest();
    await it.clock.pass(1);
    await rest();

    assert.equal(it.client.state.transport, 'poll');
    assert.equal(room.state.name, 'joined');
    assert.equal(room.rights.slow, 3);
    assert.deepEqual(room.users, [{ id: 'bob', name: 'Bob' }]);
    assert.deepEqual(seen, [1, 2]);
    assert.equal(waits[0].url.search, '?after=2&epoch=e&wait=25');

    waits[0].answer(page([message(3, 2), message(4, 3)]));
    await rest();
    await it.clock.pass(1);
    await rest();
    assert.equal(waits[1].url.search, '?after=4&epoch=e&wait=25');
    await it.clock.pass(25_000);
    waits[1].answer(new Response(null, { status: 204 }));
    await rest();
    await it.clock.pass(1);
    await rest();
    assert.equal(waits[2].url.search, '?after=4&epoch=e&wait=25');
    assert.deepEqual(seen, [1, 2, 3, 4]);

    waits[2].answer(problem(403, 'banned', { until: 9 }));
    await rest();
    assert.equal(room.state.error.code, 'banned');
    assert.equal(room.state.error.until, 9);
});


test('a poll begins anew where the room does', async () => {
    const api = new Api();
    const it = setUp({ transport: 'poll' });
    const room = it.client.join('lobby');
    const seen = [];
    let epoch = 'e';

    room.on('message', ({ seq, text }) => seen.push([seq, text]));
    room.on('reset', ({ reason }) => seen.push(reason));
    pages(api, ({ url }) => {
        const asked = url.searchParams.get('epoch');

        return asked !== null && asked !== epoch
               ? problem(409, 'epoch_changed')
               : url.searchParams.has('wait') ? undefined
               : page([message(1, 0, { text: epoch })], { epoch });
    });
    await failing(it, 0);
    assert.deepEqual(seen, [[1, 'e']]);

    epoch = 'f';
    await it.clock.pass(1);
    await rest();
    assert.deepEqual(seen, [[1, 'e'], 'epoch', [1, 'f']]);

    await it.clock.pass(1);
    await rest();
    assert.ok(api.asked.at(-1).url.searchParams.has('wait'));
    await it.clock.pass(35_000);        /* nothing came: that one is dead */
    await rest();
    assert.equal(it.client.state.name, 'waiting');
    await next(it);
    assert.equal(room.state.name, 'joined');
    assert.equal(it.sockets.length, 0);
});


test('a room that keeps nothing cannot be polled, and says so', async () => {
    new Api().on('GET /me', () => json({ ...ME, features: ['presence'] }))
        .on('GET /rooms/lobby', () => json({ config: {} }))
        .on('GET /rooms/lobby/members', () => json({ users: [], count: 0 }));

    const it = setUp({ transport: 'poll' });
    const room = it.client.join('lobby');

    await failing(it, 0);
    assert.equal(room.state.name, 'waiting');
    assert.equal(room.state.error.code, 'unsupported');
    assert.ok(room.state.nextTry > it.clock.now());
});


test('by HTTP/1.1 a third room is asked about now and then', async () => {
    const api = new Api();
    const it = setUp({ transport: 'sse' });

    for (const name of ['a', 'b', 'lobby']) {
        it.client.join(name);
    }

    pages(api, () => page([message(1, 0)]));
    await failing(it, 0);
    assert.equal(api.count('GET /rooms/a/events'), 1);
    assert.equal(api.count('GET /rooms/b/events'), 1);
    assert.equal(api.count('GET /rooms/lobby/events'), 0);
    assert.equal(it.client.rooms[2].seq, 1);

    const asked = api.count('GET /rooms/lobby/messages');

    await it.clock.pass(1);
    await rest();
    await it.clock.pass(5000);
    await rest();
    assert.equal(api.count('GET /rooms/lobby/messages'), asked + 2);
    assert.equal(api.last('GET /rooms/lobby/messages').url.search,
                 '?after=1&epoch=e');
});


test('streams that break and break are given up', async () => {
    const it = await inRoom();
    let { stream } = it;

    pages(it.api, ({ url }) => url.searchParams.has('wait') ? undefined
        : page([], { top: 2 }));

    for (let i = 0; i < 2; i++) {
        await stream.cut();
        await it.clock.pass(1000);
        await rest();
        stream = it.api.stream();
        await stream.say(hello, joined({ top: 2, recovered: true }));
    }

    assert.equal(it.client.state.transport, 'sse');
    await stream.cut();
    assert.equal(it.client.state.transport, 'poll');
    await it.clock.pass(1000);
    await rest();
    await it.clock.pass(1);
    assert.equal(it.api.last('GET /rooms/lobby/messages').url.search,
                 '?after=2&epoch=e&wait=25');
    assert.ok(stayed(it));
});


test('streams that fall silent are given up', async () => {
    const it = await inRoom();

    pages(it.api, ({ url }) => url.searchParams.has('wait') ? undefined
        : page([message(3, 2)]));
    await it.clock.pass(41_000);
    await rest();
    await it.api.stream().say(hello, joined({ top: 2, recovered: true }));
    assert.equal(it.client.state.transport, 'sse');
    await it.clock.pass(41_000);
    await rest();
    assert.equal(it.client.state.transport, 'poll');
    assert.deepEqual(seqs(it), [1, 2, 3]);
    assert.ok(stayed(it));
});


test('a WebSocket that comes through later takes over, nothing twice',
     async () => {
    const it = await inRoom();
    const sent = it.room.send('by POST');
    const before = it.sockets.length;

    await rest();

    const post = it.api.last('POST /rooms/lobby/messages');

    post.answer(json({ seq: 3, time: 1, epoch: 'e' }, 201));

    for (let i = 0; i < 10; i++) {
        await it.clock.pass(30_000);
        await it.stream.say(': alive');
    }

    assert.equal(it.sockets.length, before + 1);
    it.socket.say({ ...WELCOME, user: ME.user, features: ['history'] });
    await rest();
    assert.equal(it.client.state.transport, 'websocket');
    assert.equal(it.room.state.name, 'joined');
    assert.deepEqual(it.socket.last('join').after, 2);
    it.socket.ok('join', joinOk({ recovered: true, top: 4, messages:
        [message(3, 2, { cid: (await sent).cid }), message(4, 3)] }));
    await rest();
    assert.deepEqual(seqs(it), [1, 2, 3, 4]);
    assert.equal(it.stream.call.signal.aborted, true);
    assert.ok(stayed(it));

    it.room.send('by WebSocket');
    await rest();
    assert.equal(it.socket.last('send').text, 'by WebSocket');

    /* it is the client's, with all that ends it */
    it.socket.end(4005);
    await rest();
    assert.equal(it.client.state.then, 'never');
});


test('a page that wakes up tries one, and not again at once', async () => {
    const it = await inRoom();
    const before = it.sockets.length;

    await it.clock.pass(21_000);
    it.client.check();
    await rest();
    assert.equal(it.sockets.length, before + 1);
    it.socket.end(1006);
    await rest();
    await it.clock.pass(1000);
    it.client.check();
    await rest();
    assert.equal(it.sockets.length, before + 1);
    assert.equal(it.client.state.transport, 'sse');
    assert.equal(it.client.state.name, 'online');
});


test('close() ends all of it', async () => {
    const it = await inRoom();

    it.client.close();
    await rest();
    assert.equal(it.stream.call.signal.aborted, true);
    assert.equal(it.client.state.name, 'offline');

    const asked = it.api.asked.length;

    await it.clock.pass(3_600_000);
    assert.equal(it.api.asked.length, asked);
    assert.equal(it.client.state.name, 'offline');
});


test('close() gives up a WebSocket that is tried', async () => {
    const it = await inRoom();

    await it.clock.pass(21_000);
    it.client.check();
    await rest();

    const { socket } = it;

    assert.equal(socket.closed, null);
    it.client.close();
    await rest();
    assert.notEqual(socket.closed, null);
    assert.equal(it.clock.timers.size, 0);
});


test('a poll that is answered at once, with nothing, does not ask at once',
     async () => {
    const api = new Api();
    const it = setUp({ transport: 'poll' });
    let waits = 0;

    it.client.join('lobby');
    pages(api, ({ url }) => {
        waits += url.searchParams.has('wait') ? 1 : 0;
        return waits < 9 ? page([], { top: 2 }) : undefined;
    });
    await failing(it, 0);

    for (let i = 0; i < 30; i++) {
        await it.clock.pass(100);
        await rest();
    }

    assert.equal(waits, 1);
    await it.clock.pass(5000);
    await rest();
    assert.equal(waits, 2);
});


for (const [status, code] of [[503, 'unavailable'], [429, 'rate_limited']]) {
    test(`where too many wait (${status}) it is asked without`, async () => {
        const api = new Api();
        const it = setUp({ transport: 'poll' });
        const room = it.client.join('lobby');

        pages(api, ({ url }) => url.searchParams.has('wait')
            ? problem(status, code)
            : page([message(Number(url.searchParams.get('after') ?? 0) + 1,
                            Number(url.searchParams.get('after') ?? 0))]));
        await failing(it, 0);
        await it.clock.pass(1);
        await rest();
        assert.ok(api.asked.at(-1).url.searchParams.has('wait'));
        await it.clock.pass(2500);
        await rest();
        assert.ok(!api.asked.at(-1).url.searchParams.has('wait'));
        assert.equal(room.seq, 2);
    });
}


test('a room that is not let in keeps no connection from others',
     async () => {
    const api = new Api();
    const it = setUp({ transport: 'poll' });
    const no = () => problem(403, 'forbidden');

    for (const name of ['a', 'b']) {
        it.client.join(name);
        api.on(`GET /rooms/${name}`, no)
            .on(`GET /rooms/${name}/members`, no)
            .on(`GET /rooms/${name}/messages`, no);
    }

    pages(api, ({ url }) => url.searchParams.has('wait') ? undefined
        : page([message(1, 0)]));
    await failing(it, 0);
    it.client.join('lobby');
    await rest();
    await it.clock.pass(1);
    await rest();
    assert.ok(api.last('GET /rooms/lobby/messages').url.searchParams
        .has('wait'));
});


test('two rooms whose streams bring nothing may both wait', async () => {
    const api = new Api();
    const it = setUp({ transport: 'auto', store: new MemoryStore() });
    const about = { a: 0, b: 0 };

    for (const name of Object.keys(about)) {
        it.client.join(name);
        api.on(`GET /rooms/${name}`, () => json({ config: {}, top: 1 }))
            .on(`GET /rooms/${name}/members`, () => json({ count: 0,
                users: [] }))
            .on(`GET /rooms/${name}/messages`, ({ url }) =>
                url.searchParams.has('wait') ? void about[name]++
                : page([message(1, 0, { room: name })]));
    }

    await around(it);
    api.stream('a');
    api.stream('b');
    await it.clock.pass(5000);
    await rest();
    await it.clock.pass(1);
    await rest();
    assert.deepEqual(about, { a: 1, b: 1 });
});


test('streams that are wanted, and all break, come back less and less often',
     async () => {
    const it = await inRoom({ transport: 'sse' });
    let { stream } = it;
    const counts = [];

    for (let i = 0; i < 8; i++) {
        const before = it.api.count('GET /rooms/lobby/events');
        let waited = 0;

        await stream.cut();

        while (it.api.count('GET /rooms/lobby/events') === before) {
            assert.ok(waited < 20_000);
            await it.clock.pass(100);
            await rest();
            waited += 100;
        }

        counts.push(waited);
        stream = it.api.stream();
        await stream.say(hello, joined({ top: 2, recovered: true }));
    }

    assert.deepEqual(counts, [500, 500, 1000, 2000, 4000, 8000, 16_000,
                              16_000]);
    assert.equal(it.client.state.transport, 'sse');
});


test('a room of which the site says 401 is one room', async () => {
    const it = await inRoom();
    const other = it.client.join('other');

    await rest();
    it.api.last('GET /rooms/other/events')
        .answer(problem(401, 'unauthorized'));
    await rest();
    assert.equal(it.client.state.name, 'online');
    assert.equal(other.state.error.code, 'unauthorized');
    assert.equal(it.room.state.name, 'joined');

    it.api.on('GET /me', () => problem(401, 'unauthorized'));
    it.room.history().catch(() => {});
    await rest();
    it.api.last('GET /rooms/lobby/messages')
        .answer(problem(401, 'unauthorized'));
    await rest();
    assert.notEqual(it.client.state.name, 'online');
});
