
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The policy of coming back: every close code, and its jitter's bounds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TIMER_LIMIT } from '../../html/chat/limits.js';
import { backoff, comeBack } from '../../html/chat/policy.js';
import { CLOSE, closeSentence } from '../../html/chat/protocol.js';

const ALMOST_ONE = 1 - Number.EPSILON;


function bounds(code, attempt, reason = '') {
    const ending = { code, attempt, reason, now: 1_700_000_000_000 };
    const low = comeBack(ending, () => 0);
    const high = comeBack(ending, () => ALMOST_ONE);

    assert.equal(low.then, high.then);
    return [low.then, Math.round(low.delay), Math.round(high.delay)];
}


test('a backoff doubles from 1 s to 30 s, with full jitter', () => {
    const high = [0, 1, 2, 3, 4, 5, 6, 1000, Infinity].map(
        (n) => Math.round(backoff(n, () => ALMOST_ONE)));

    assert.deepEqual(high, [1000, 2000, 4000, 8000, 16000, 30000, 30000,
                            30000, 30000]);
    assert.equal(backoff(9, () => 0), 0);
    assert.equal(backoff(-3, () => 0.5), 500);
});


test('jitter is spread evenly, per attempt', () => {
    let sum = 0;

    for (let i = 0; i < 2000; i++) {
        sum += backoff(5, Math.random);
    }

    assert.ok(Math.abs(sum / 2000 - 15000) < 1500, `mean ${sum / 2000}`);
});


for (const code of [1000, 1002, 1003, 1007, 4000, 4003, 4005, 4042]) {
    test(`${code}: never`, () => {
        assert.deepEqual(bounds(code, 0), ['never', 0, 0]);
    });
}

for (const code of [4001, 4004, 4203]) {
    test(`${code}: after a login`, () => {
        assert.deepEqual(bounds(code, 0), ['login', 0, 0]);
    });
}

for (const code of [1001, 1005, 1006, 1009, 1011, 4100, 4101, 4103, 4150,
                    3000])
{
    test(`${code}: backoff`, () => {
        assert.deepEqual(bounds(code, 0), ['wait', 0, 1000]);
        assert.deepEqual(bounds(code, 3), ['wait', 0, 8000]);
        assert.deepEqual(bounds(code, 30), ['wait', 0, 30000]);
    });
}

for (const code of [1008, 4102]) {
    test(`${code}: 10 s at least`, () => {
        assert.deepEqual(bounds(code, 0), ['wait', 10000, 11000]);
        assert.deepEqual(bounds(code, 9), ['wait', 10000, 40000]);
    });
}

for (const code of [1012, 4200, 4201, 4202, 4299]) {
    test(`${code}: at once, but not in a loop`, () => {
        assert.deepEqual(bounds(code, 0), ['wait', 0, 1000]);
        assert.deepEqual(bounds(code, 1), ['wait', 0, 1000]);
        assert.deepEqual(bounds(code, 4), ['wait', 0, 16000]);
    });
}


test('4007: when the tab is used', () => {
    assert.deepEqual(bounds(4007, 0), ['use', 0, 0]);
});


test('4006: when the ban ends', () => {
    assert.deepEqual(bounds(4006, 0, 'until 1700000060000'),
                     ['wait', 61000, 62000]);
    assert.deepEqual(bounds(4006, 0, '{"until":1699999990000}'),
                     ['wait', 1000, 2000]);
    assert.deepEqual(bounds(4006, 0, ''), ['never', 0, 0]);
    assert.deepEqual(bounds(4006, 0, 'until 99999999999999'),
                     ['wait', TIMER_LIMIT, TIMER_LIMIT]);
});


test('each code has a sentence, unknown ones too', () => {
    for (const code of [...Object.keys(CLOSE).map(Number), 4999]) {
        assert.match(closeSentence(code), /^[A-Z].*\.$/);
    }
});
