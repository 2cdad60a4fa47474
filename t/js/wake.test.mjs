
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page wakes up, or there is none; who may not connect at all. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Client } from '../../html/chat/index.js';
import { Moderator } from '../../html/chat/moderator.js';
import '../../html/chat/pass.js';       /* loaded late by the client */
import { FakeServer } from './fake-server.mjs';
import { fakeSockets, FakeClock, setUp, setUpOnline, setUpRoom, WELCOME }
    from './fakes.mjs';


/** A page, as far as the library listens to it. */
function page(context) {
    const window = new EventTarget();
    const document = new EventTarget();
    const heard = new Map();

    const count = (target, n) => (type, fn) => {
        heard.set(type, (heard.get(type) ?? 0) + n);
        EventTarget.prototype[n > 0 ? 'addEventListener'
                                    : 'removeEventListener']
            .call(target, type, fn);
    };

    document.hidden = false;
    document.addEventListener = count(document, 1);
    document.removeEventListener = count(document, -1);
    Object.assign(globalThis, { document,
        addEventListener: count(window, 1),
        removeEventListener: count(window, -1) });
    context.after(() => {
        for (const name of ['document', 'addEventListener',
                            'removeEventListener'])
        {
            delete globalThis[name];
        }
    });

    return { document, heard, tell: (type) => {
        (type === 'online' ? window : document).dispatchEvent(
            new Event(type));
    } };
}


function pings(it) {
    return it.socket.sent.filter(({ op }) => op === 'ping').length;
}


test('the page is back online: a wait ends at once', (context) => {
    const { tell } = page(context);
    const it = setUpOnline();

    it.socket.end(1006);
    assert.equal(it.client.state.name, 'waiting');
    tell('online');
    assert.equal(it.client.state.name, 'connecting');
    assert.equal(it.sockets.length, 2);
});


test('the page is looked at: one ping, and 3 s for its answer',
     async (context) => {
    const { document, tell } = page(context);
    const it = setUpOnline();

    document.hidden = true;
    tell('visibilitychange');
    assert.equal(pings(it), 0);
    document.hidden = false;
    tell('visibilitychange');
    await it.clock.pass(2000);
    tell('online');
    assert.equal(pings(it), 1);
    await it.clock.pass(1000);
    assert.equal(it.client.state.code, 1006);
});


test('4007: the tab is used again', (context) => {
    const { tell } = page(context);
    const it = setUpOnline();

    it.socket.end(4007);
    assert.equal(it.client.state.then, 'use');
    tell('visibilitychange');
    assert.equal(it.client.state.name, 'connecting');
});


test('close() listens no more, connect() once again', (context) => {
    const { heard, tell } = page(context);
    const it = setUpOnline();
    const all = () => [heard.get('online'), heard.get('visibilitychange')];

    it.socket.end(1006);
    it.client.connect();
    assert.deepEqual(all(), [1, 1]);
    it.client.close();
    it.client.close();
    assert.deepEqual(all(), [0, 0]);
    tell('online');
    assert.equal(it.client.state.name, 'offline');
    it.client.connect();
    assert.deepEqual(all(), [1, 1]);
    it.client.close();
});


test('wake: false leaves it to the page', (context) => {
    const { heard, tell } = page(context);
    const it = setUp({ wake: false });

    it.client.connect();
    it.socket.say(WELCOME);
    tell('online');
    assert.equal(pings(it), 0);
    assert.deepEqual([...heard.keys()], []);
    it.client.check();
    assert.equal(pings(it), 1);
});


test('no WebSocket, here or in the options: a TypeError says so',
     (context) => {
    const { WebSocket } = globalThis;

    context.after(() => { globalThis.WebSocket = WebSocket; });
    delete globalThis.WebSocket;
    assert.throws(() => new Client('ws://h/'), /option "WebSocket"/);
    globalThis.WebSocket = fakeSockets();
    new Client('ws://h/', { clock: new FakeClock() }).connect();
    assert.equal(globalThis.WebSocket.all.length, 1);
});


test('an address that the page may not open is told, and not tried again',
     async () => {
    class Denied {
        constructor() {
            throw new Error('An insecure WebSocket may not be opened.');
        }
    }

    for (const token of [undefined, async () => 'e30.e30.s']) {
        const it = setUp({ WebSocket: Denied, token });
        let tries = 0;

        it.client.on('state', ({ name }) => {
            tries += name === 'connecting' ? 1 : 0;
        });
        it.client.connect();
        await it.clock.pass(3_600_000);
        assert.deepEqual([it.client.state.name, it.client.state.then,
                          it.client.state.reason, tries],
            ['offline', 'never', 'An insecure WebSocket may not be opened.',
             1]);
    }
});


test('a moderator\'s acts are the server\'s, by name', async () => {
    const it = await setUpRoom();
    const moderator = new Moderator(it.room);
    const acts = [
        [() => moderator.kick('bob', { reason: 'spam' }),
         { do: 'kick', user: 'bob', reason: 'spam' }],
        [() => moderator.ban('bob', { for: 60 }),
         { do: 'ban', user: 'bob', for: 60 }],
        [() => moderator.ban({ ip: '192.0.2.1' }),
         { do: 'ban', ip: '192.0.2.1' }],
        [() => moderator.unban({ user: 'bob' }), { do: 'unban', user: 'bob' }],
        [() => moderator.mute('bob'), { do: 'mute', user: 'bob' }],
        [() => moderator.unmute('bob'), { do: 'unmute', user: 'bob' }],
        [() => moderator.role('bob', 'member'),
         { do: 'role', user: 'bob', value: 'member' }],
        [() => moderator.slow(30), { do: 'slow', value: 30 }],
        [() => moderator.lock('members'), { do: 'lock', value: 'members' }],
        [() => moderator.lock(), { do: 'lock' }],
        [() => moderator.unlock(), { do: 'unlock' }],
    ];

    for (const [act, fields] of acts) {
        const answer = act();
        const { id: _, ...sent } = it.socket.last('mod');

        assert.deepEqual(sent, { op: 'mod', room: 'lobby', ...fields });
        it.socket.ok('mod', { until: 7 });
        assert.deepEqual(await answer, { until: 7 });
    }

    const log = moderator.log(3);

    assert.equal(it.socket.last('mod').limit, 3);
    it.socket.ok('mod', { acts: [{ do: 'kick' }] });
    assert.deepEqual(await log, [{ do: 'kick' }]);

    const denied = moderator.kick('bob');

    it.socket.error('mod', { code: 'forbidden', status: 403,
                             message: 'You are no moderator.' });
    await assert.rejects(denied, { code: 'forbidden' });
});


/* Node has a WebSocket of its own from 22 on, before that behind a flag. */

const FLAG = '--experimental-websocket';
const native = typeof globalThis.WebSocket === 'function';
const skip = !native && !process.allowedNodeEnvironmentFlags.has(FLAG)
    ? 'this Node has no WebSocket' : false;

test('in Node, with its own WebSocket: connect, send, history, close',
     { skip }, async () => {
    const server = new FakeServer();
    const url = `ws://127.0.0.1:${await server.listen()}/chat/ws`;
    const index = fileURLToPath(new URL('../../html/chat/index.js',
                                        import.meta.url));
    const program = `
        import { connect } from ${JSON.stringify(index)};

        const chat = connect(${JSON.stringify(url)}, { name: 'Node' });
        const room = chat.join('lobby');
        const { seq } = await room.send('Hello from Node');
        const { messages } = await room.history({ before: seq + 1 });

        console.log(JSON.stringify(messages.map(({ text, from }) =>
            [text, from.name])));
        chat.close();
    `;

    try {
        const { stdout } = await promisify(execFile)(process.execPath,
            [...(native ? [] : [FLAG]), '--no-warnings',
             '--input-type=module', '--eval', program], { timeout: 60_000 });

        assert.deepEqual(JSON.parse(stdout), [['Hello from Node', 'Node']]);
    } finally {
        server.stop();
    }
});
