
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Why a handshake was refused: what an answer tells, and what it does not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { afterRefusal, askWhy } from '../../html/chat/refusal.js';


/** Answers of nginx, or of the module with its problem+json. */
function answering(status, headers = {}, body = '<html>') {
    return async (url) => {
        answering.url = url;
        return new Response(body, { status, headers });
    };
}


test('the same address is asked, over HTTP', async () => {
    await askWhy('wss://h/chat/ws?name=Ann', answering(426));
    assert.equal(answering.url, 'https://h/chat/ws?name=Ann');
});


test('a problem speaks for itself', async () => {
    assert.deepEqual(await askWhy('ws://h/', answering(503,
        { 'Content-Type': 'application/problem+json', 'Retry-After': '5' },
        '{"code":"unavailable","detail":"This worker shuts down."}')),
        { status: 503, code: 'unavailable', retryAfter: 5,
          message: 'This worker shuts down.' });
});


test('a page of nginx\'s own gets a sentence', async () => {
    for (const status of [401, 403, 404, 429, 502, 503, 504]) {
        const { message, ...rest } = await askWhy('ws://h/',
                                                  answering(status));

        assert.deepEqual(rest, { status, code: '', retryAfter: null });
        assert.match(message, /^[A-Z].*\.$/);
    }
});


test('what is no news is none', async () => {
    for (const status of [200, 400, 426, 500]) {
        assert.equal(await askWhy('ws://h/', answering(status)), null);
    }

    assert.equal(await askWhy('ws://h/', async () => {
        throw new TypeError('Failed to fetch');
    }), null);
});


test('a name that is refused is news', async () => {
    assert.deepEqual(await askWhy('ws://h/', answering(400,
        { 'Content-Type': 'application/problem+json' },
        '{"code":"invalid_name","detail":"It is kept for others."}')),
        { status: 400, code: 'invalid_name', retryAfter: null,
          message: 'It is kept for others.' });
});


test('rubbish in a problem is not believed', async () => {
    assert.deepEqual(await askWhy('ws://h/', answering(429,
        { 'Content-Type': 'application/json', 'Retry-After': 'soon' },
        '{"code":7,"detail":null,"retry_after":-1}')),
        { status: 429, code: '', retryAfter: null,
          message: 'Too many connections were opened.' });
});


test('what follows from it', () => {
    const after = (status, retryAfter = null, code = '') =>
        afterRefusal({ status, code, message: '', retryAfter },
                     { backoff: 2000, spread: 500 });

    assert.deepEqual(after(401), { then: 'login', delay: 0 });
    assert.deepEqual(after(403), { then: 'never', delay: 0 });
    assert.deepEqual(after(401, null, 'token_expired'),
                     { then: 'wait', delay: 2000 });
    assert.deepEqual(after(400), { then: 'wait', delay: 2000 });
    assert.deepEqual(after(400, null, 'invalid_name'),
                     { then: 'never', delay: 0 });
    assert.deepEqual(after(404), { then: 'wait', delay: 2000 });
    assert.deepEqual(after(503), { then: 'wait', delay: 2000 });
    assert.deepEqual(after(429, 7), { then: 'wait', delay: 7500 });
    assert.deepEqual(after(429, 1e12), { then: 'wait', delay: 86_400_500 });
});
