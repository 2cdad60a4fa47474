
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What two looks at the counters say of the time between them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { points } from '../../html/status/draw.js';
import { hooks, pace, quantile, rate, total, troubles, verdict }
    from '../../html/status/reading.js';


function look(time, metrics = {}) {
    return { time, workers: [], zones: [], metrics: {
        stores: { connecting: 0, ready: 2, away: 0 },
        workers: { running: 2, draining: 0 },
        slow_total: 0, sent_total: 0, stores_degraded: 0,
        hooks_asked_total: {},
        refused_total: { muted: 0, internal: 0 },
        handshakes_refused_total: { 403: 0 },
        closed_total: { 1000: 0, 1006: 0 },
        ...metrics } };
}


function histogram(...counts) {
    return { count: counts.reduce((sum, n) => sum + n, 0), sum: 0,
             buckets: [0.001, 0.01, 0.1, null]
                 .map((bound, i) => [bound, counts[i] ?? 0]) };
}


test('rates', () => {
    const sent = ({ metrics }) => metrics.sent_total;
    const before = look(1000, { sent_total: 100 });

    assert.equal(rate(before, null, sent), null);
    assert.equal(rate(before, before, sent), null);
    assert.equal(rate(look(3000, { sent_total: 150 }), before, sent), 25);

    /* nginx was started anew */
    assert.equal(rate(look(3000, { sent_total: 10 }), before, sent), 5);
    assert.equal(total({ a: 1, b: 2 }), 3);
    assert.equal(total(7), 7);
    assert.equal(total(undefined), 0);
});


test('quantiles are those of the time between', () => {
    const before = histogram(0, 0, 100, 0);

    assert.equal(quantile(histogram(), undefined, 0.99), null);
    assert.equal(quantile(before, undefined, 0.5), 0.1);
    assert.equal(quantile(before, before, 0.5), null);
    assert.equal(quantile(histogram(99, 1, 100), before, 0.5), 0.001);
    assert.equal(quantile(histogram(99, 1, 100), before, 0.99), 0.001);
    assert.equal(quantile(histogram(99, 1, 100), before, 1), 0.01);
    assert.equal(quantile(histogram(1), before, 0.5), 0.001);

    assert.equal(quantile(histogram(0, 0, 0, 1), undefined, 0.5), Infinity);
});


test('one sentence for the whole', () => {
    const fine = look(1);
    const away = look(2, { stores: { connecting: 0, ready: 1, away: 1 },
                           slow_total: 4 });
    const slow = look(2, { slow_total: 3,
                           workers: { running: 2, draining: 1 } });
    const drains = look(2, { workers: { running: 2, draining: 1 } });

    assert.deepEqual(verdict(fine, null),
                     { mood: 'good', key: 'stat.fine', count: 2 });
    assert.deepEqual(verdict(away, fine),
                     { mood: 'bad', key: 'stat.away', count: 1 });
    assert.deepEqual(verdict(slow, fine),
                     { mood: 'busy', key: 'stat.slow', count: 3 });
    assert.deepEqual(verdict(slow, slow),
                     { mood: 'busy', key: 'stat.drains', count: 1 });
    assert.deepEqual(verdict(drains, fine),
                     { mood: 'busy', key: 'stat.drains', count: 1 });
});


test('what is worse comes first', () => {
    const asked = (failed) => ({ hooks_asked_total: { join: 9 },
        hooks_running: { join: 1 }, hooks_waiting: { join: 2 },
        join_hook_total: { allowed: 5, denied: 2, failed, unasked: 1 },
        join_hook_seconds: histogram(0, 8) });
    const lost = look(2, { stores_degraded: 1, ...asked(3) });
    const failing = look(2, { slow_total: 1, ...asked(3) });
    const late = look(2, { slow_total: 1 });

    late.workers = [{ store_lag_seconds: 0.1 }, { store_lag_seconds: 2.1 }];

    assert.deepEqual(verdict(lost, look(1, asked(1))),
                     { mood: 'bad', key: 'stat.degraded', count: 1 });
    assert.deepEqual(verdict(late, look(1, asked(1))),
                     { mood: 'bad', key: 'stat.late', count: 1 });
    assert.deepEqual(verdict(failing, look(1, asked(1))),
                     { mood: 'busy', key: 'stat.failing', count: 2 });
    assert.equal(verdict(failing, look(1, asked(3))).key, 'stat.slow');
    assert.equal(verdict(look(2, asked(3)), look(1)).key, 'stat.fine');

    assert.deepEqual(hooks(failing, look(1, asked(1))), [{ name: 'join',
        asked: 9, denied: 2, failed: 4, grown: 2, open: 3, most: 0.01 }]);
    assert.deepEqual(hooks(look(1), null), []);

    /* who is told and not asked */
    const told = { hooks_asked_total: { event: 9 },
                   hooks_running: { event: 0 }, hooks_waiting: { event: 0 },
                   event_requests_total: { taken: 7, failed: 2 } };

    assert.deepEqual(hooks(look(2, told), look(1, told)), [{ name: 'event',
        asked: 9, denied: 0, failed: 2, grown: 0, open: 0, most: null }]);

    /* nginx was started anew */
    assert.equal(hooks(look(2, asked(0)), look(1, asked(9)))[0].grown, 0);
});


test('a worker is compared with itself', () => {
    const worker = (pid, since, stored, sent, ...times) => ({ pid, since,
        published_total: { stored, refused: 5 }, sent_total: sent,
        fanout_seconds: histogram(...times) });
    const now = look(3000);
    const before = look(1000);

    now.workers = [worker(7, 1, 10, 100, 5, 1), worker(8, 2, 1, 2)];
    before.workers = [worker(7, 1, 4, 60, 5), worker(8, 1, 90, 90)];

    assert.deepEqual(pace(now.workers[0], now, before),
                     { stored: 3, sent: 20, fanning: 0.01 });

    /* the same number, another process */
    assert.deepEqual(pace(now.workers[1], now, before),
                     { stored: null, sent: null, fanning: null });
    assert.deepEqual(pace(now.workers[0], now, null),
                     { stored: null, sent: null, fanning: null });
});


test('troubles, the most first, and no usual end', () => {
    const now = look(2, { refused_total: { muted: 2, internal: 0 },
                          closed_total: { 1000: 50, 1006: 9 } });

    assert.deepEqual(troubles(now, null).map(({ code }) => code),
                     ['1006', 'muted']);
    assert.deepEqual(troubles(now, look(1))[1],
        { kind: 'refused_total', code: 'muted', count: 2, grown: 2 });
});


test('a line begins at the right, and ends there', () => {
    assert.equal(points([0]), '120.0,31.0');
    assert.equal(points([0, 5]), '118.0,31.0 120.0,1.0');
    assert.equal(points([]), '');
});
