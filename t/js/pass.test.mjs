
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Tokens of the page: offered, renewed in place, fetched anew. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import '../../html/chat/pass.js';       /* loaded late by the client */
import { askWhy } from '../../html/chat/refusal.js';
import { setUp, settle, WELCOME } from './fakes.mjs';


const HELLO = { ...WELCOME, time: 1_800_000_000_000, heartbeat: 3600,
                features: ['auth'],
                user: { id: 'ann', name: 'Ann', guest: false } };


/** A token that expires so many seconds after the server's HELLO. */
function token(seconds, more = {}) {
    const payload = { sub: 'ann', exp: HELLO.time / 1000 + seconds, ...more };
    const part = Buffer.from(JSON.stringify(payload)).toString('base64url');

    return `e30.${part}.s`;
}


/** The token of a subprotocol. */
function offered(socket) {
    const [chat, auth, ...more] = socket.protocols;

    assert.equal(chat, 'chat.v1');
    assert.deepEqual(more, []);
    return auth === undefined ? null
           : Buffer.from(auth.replace(/^chat\.auth\./, ''), 'base64url')
                   .toString();
}


/** A client whose page gives these tokens, the last one for ever. */
async function setUpPass(tokens, options = {}) {
    const it = setUp({ ...options, token: async () => {
        const next = tokens.length > 1 ? tokens.shift() : tokens[0];

        it.asked = (it.asked ?? 0) + 1;

        if (next instanceof Error) {
            throw next;
        }

        return next;
    } });

    it.client.connect();
    await settle();
    return it;
}


test('a token is offered as a subprotocol in base64url', async () => {
    const name = token(600, { name: '\u00fc?>~' });
    const it = await setUpPass([name]);

    assert.equal(offered(it.socket), name);
    assert.match(it.socket.protocols[1], /^chat\.auth\.[A-Za-z0-9_-]+$/);
    assert.doesNotMatch(it.socket.url, /e30/);
});


test('what is no JWT is offered, too; the server says what it thinks',
     async () => {
    const it = await setUpPass(['\u4f60 \u{1f600}']);

    assert.equal(offered(it.socket), '\u4f60 \u{1f600}');
});


test('white space around a token is none of it', async () => {
    const it = await setUpPass([` ${token(600)}\n`, `${token(900)}\r\n`]);

    assert.equal(offered(it.socket), token(600));
    it.socket.say(HELLO);
    await it.clock.pass(600_000 * 0.8);
    assert.equal(it.socket.last('auth').token, token(900));
});


test('no token: nobody is logged in', async () => {
    for (const none of [null, undefined, '', '\n']) {
        const it = await setUpPass([none]);

        assert.equal(offered(it.socket), null);
        it.socket.say(WELCOME);
        it.socket.end(4004);
        await it.clock.pass(3_600_000);
        assert.equal(it.client.state.then, 'login');
        assert.equal(it.sockets.length, 1);
    }
});


test('connect() twice asks for one token, close() for no connection',
     async () => {
    const it = setUp({ token: async () => token(600) });

    it.client.connect();
    it.client.connect();
    assert.equal(it.client.state.name, 'connecting');
    await settle();
    assert.equal(it.sockets.length, 1);

    const other = setUp({ token: async () => token(600) });

    other.client.connect();
    other.client.close();
    await settle();
    assert.equal(other.sockets.length, 0);
    other.client.connect();
    await settle();
    assert.equal(other.sockets.length, 1);
});


test('a page that cannot give a token is asked again', async () => {
    const it = await setUpPass([new Error('away'), token(600)]);

    assert.equal(it.sockets.length, 0);
    assert.equal(it.client.state.name, 'waiting');
    await it.clock.pass(500);
    assert.equal(offered(it.socket), token(600));
});


test('a page that never answers is left', async () => {
    let calls = 0;
    const it = setUp({ token: () => {
        calls++;
        return new Promise(() => {});
    } });

    it.client.connect();
    await it.clock.pass(15_000);
    assert.equal(it.client.state.name, 'waiting');
    await it.clock.pass(500);
    assert.equal(calls, 2);
});


test('a token is renewed in place before it expires', async () => {
    const second = token(1200);
    const it = await setUpPass([token(600), second, token(2400)]);

    it.socket.say(HELLO);
    await it.clock.pass(600_000 * 0.8 - 1);
    assert.equal(it.asked, 1);
    await it.clock.pass(1);
    assert.equal(it.socket.last('auth').token, second);
    it.socket.ok('auth', { user: HELLO.user });
    await settle();

    /* by the server's clock 480 s have passed: 720 s are left */

    await it.clock.pass(720_000 * 0.8 - 1000);
    assert.equal(it.asked, 2);
    await it.clock.pass(1000);
    assert.equal(it.asked, 3);
    assert.equal(it.socket.last('auth').token, token(2400));
    assert.equal(it.sockets.length, 1);
});


test('a failed renewal is tried again after 5 s', async () => {
    const it = await setUpPass([token(100), new Error('away'), token(600),
                                token(700)]);

    it.socket.say(HELLO);
    await it.clock.pass(80_000);
    assert.equal(it.socket.last('auth'), undefined);
    await it.clock.pass(5000);
    assert.equal(it.socket.last('auth').token, token(600));
    it.socket.error('auth', { code: 'internal', status: 500 });
    await it.clock.pass(5000);
    assert.equal(it.socket.last('auth').token, token(700));
});


test('nothing is renewed where there is nothing to renew', async () => {
    for (const [pass, hello] of [[token(600), WELCOME], ['opaque', HELLO],
                                 [null, HELLO], ['a.%%.c', HELLO]])
    {
        const it = await setUpPass([pass]);

        it.socket.say(hello);
        await it.clock.pass(39_000);
        it.socket.say({ ev: 'heartbeat' });
        await it.clock.pass(39_000);
        assert.equal(it.asked, 1);
        assert.equal(it.clock.timers.size, 1);
    }
});


test('a renewal that comes late belongs to no other connection', async () => {
    let give;
    let calls = 0;
    const it = setUp({ token: () => {
        calls++;
        return calls === 2 ? new Promise((resolve) => { give = resolve; })
                           : Promise.resolve(token(10));
    } });

    it.client.connect();
    await settle();
    it.socket.say(HELLO);
    await it.clock.pass(8000);
    assert.equal(calls, 2);
    it.socket.end(4200);
    await it.clock.pass(1000);
    assert.equal(calls, 3);
    it.socket.say(HELLO);
    give(token(99));
    await settle();
    assert.equal(it.socket.last('auth'), undefined);
});


test('4001 and 4203: it comes back with a new token, and not in a storm',
     async () => {
    for (const code of [4001, 4203]) {
        const it = await setUpPass([token(10), token(20), token(30)]);

        it.socket.say(HELLO);
        it.socket.end(code);
        assert.equal(it.client.state.name, 'waiting');
        await it.clock.pass(500);
        assert.equal(it.sockets.length, 2);
        assert.equal(offered(it.socket), token(20));

        for (let i = 0; i < 8; i++) {
            it.socket.end(code);
            await it.clock.pass(15_000);
        }

        assert.ok(it.client.state.nextTry - it.clock.now() <= 15_000);
        it.socket.end(code);
        await it.clock.pass(14_999);
        assert.equal(it.client.state.name, 'waiting');
    }
});


test('a refused handshake is asked about with the same token', async () => {
    const seen = [];
    const it = await setUpPass([token(10)], {
        why: async (address, fetch, sent) => {
            seen.push(sent);
            return { status: 401, code: 'token_expired', message: 'Expired.',
                     retryAfter: null };
        } });

    it.socket.end(1006);
    await settle();
    assert.deepEqual(seen, [token(10)]);
    assert.equal(it.client.state.name, 'waiting');
    assert.equal(it.client.state.reason, 'Expired.');

    const headers = [];

    await askWhy('wss://h/', async (address, options) => {
        headers.push(options.headers);
        return { status: 426 };
    }, 'a.b.c');
    assert.deepEqual(headers, [{ Accept: 'application/problem+json',
                                 Authorization: 'Bearer a.b.c' }]);
});
