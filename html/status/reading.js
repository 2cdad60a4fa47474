
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What two looks at the counters say of the time between them. */

/**
 * @typedef {object} Histogram
 * @property {number} count
 * @property {number} sum  s
 * @property {[number | null, number][]} buckets  up to how many seconds
 */

/** @typedef {Record<string, number>} Labels */

/**
 * @typedef {object} Worker
 * @property {number} pid
 * @property {string} state
 * @property {number} since  s, UTC
 * @property {number} connections
 * @property {number} rooms
 * @property {number} members
 * @property {number} queue_bytes
 * @property {number} store_lag_seconds
 * @property {number} sent_total
 * @property {Labels} published_total
 * @property {Histogram} fanout_seconds
 */

/**
 * @typedef {object} Look
 * @property {number} time  ms, UTC
 * @property {Record<string, any>} metrics
 * @property {Worker[]} workers
 * @property {Record<string, any>[]} zones
 */


/**
 * @param {number | Labels | undefined} value
 * @returns {number} of all labels
 */
export function total(value) {
    return typeof value === 'object'
           ? Object.values(value).reduce((sum, each) => sum + each, 0)
           : value ?? 0;
}


/**
 * A counter that has fallen was begun anew.
 *
 * @param {Look} now
 * @param {Look | null} before
 * @param {(look: Look) => number} count
 * @returns {number | null} a second; null: not known yet
 */
export function rate(now, before, count) {
    const seconds = before === null ? 0 : (now.time - before.time) / 1000;

    if (before === null || seconds <= 0) {
        return null;
    }

    const grown = count(now) - count(before);

    return (grown < 0 ? count(now) : grown) / seconds;
}


/**
 * @param {Histogram} now
 * @param {Histogram | undefined} before
 * @param {number} part  0.99: all but the slowest hundredth
 * @returns {number | null} s, at most; Infinity: beyond the last bound; null:
 *     nothing happened
 */
export function quantile(now, before, part) {
    const begun = before !== undefined && before.count <= now.count;
    const grown = now.buckets.map(([bound, n], i) =>
        ({ bound, n: n - (begun ? before.buckets[i][1] : 0) }));
    const all = grown.reduce((sum, { n }) => sum + n, 0);
    let seen = 0;

    for (const { bound, n } of grown) {
        seen += n;

        if (all > 0 && seen >= part * all) {
            return bound ?? Infinity;
        }
    }

    return null;
}


/**
 * What a worker did between the two looks; null: not known, or nothing.
 *
 * @param {Worker} worker
 * @param {Look} look
 * @param {Look | null} before
 * @returns {{ stored: number | null, sent: number | null,
 *             fanning: number | null }}
 */
export function pace(worker, look, before) {
    const was = before?.workers.find(({ pid, since }) =>
        pid === worker.pid && since === worker.since);

    if (was === undefined) {
        return { stored: null, sent: null, fanning: null };
    }

    return {
        stored: rate(look, before, ({ workers }) =>
            own(workers, worker).published_total.stored),
        sent: rate(look, before, ({ workers }) =>
            own(workers, worker).sent_total),
        fanning: quantile(worker.fanout_seconds, was.fanout_seconds, 0.99),
    };
}


/**
 * @param {Worker[]} workers
 * @param {Worker} worker
 */
function own(workers, worker) {
    return workers.find(({ pid }) => pid === worker.pid) ?? worker;
}


/**
 * What the site is asked, and what it says.
 *
 * @param {Look} look
 * @param {Look | null} before
 * @returns {Hook[]} those that were ever asked, or would have been
 *
 * @typedef {object} Hook
 * @property {string} name
 * @property {number} asked
 * @property {number} denied
 * @property {number} failed  those included that could not be asked
 * @property {number} grown  how many of these since the look before
 * @property {number} open  that have no answer yet
 * @property {number | null} most  s, of 99 in 100; null: none was answered
 */
export function hooks({ metrics }, before) {
    return Object.keys(metrics.hooks_asked_total).map((name) => {
        const results = answers(metrics, name) ?? {};
        const failed = lost(results);
        const then = answers(before?.metrics, name);
        const times = metrics[`${name}_hook_seconds`];

        return {
            name, failed,
            asked: metrics.hooks_asked_total[name],
            denied: results.denied ?? 0,
            grown: then === undefined ? 0 : Math.max(failed - lost(then), 0),
            open: metrics.hooks_running[name] + metrics.hooks_waiting[name],
            most: times === undefined ? null : quantile(times,
                before?.metrics[`${name}_hook_seconds`], 0.99)
                ?? quantile(times, undefined, 0.99),
        };
    }).filter(({ asked, failed }) => asked + failed > 0);
}


/**
 * Who is only told gives no other answer than that it heard.
 *
 * @param {Record<string, any> | undefined} metrics
 * @param {string} name
 * @returns {Labels | undefined}
 */
function answers(metrics, name) {
    return metrics?.[`${name}_hook_total`]
        ?? metrics?.[`${name}_requests_total`];
}


/** @param {Labels} results */
function lost(results) {
    return (results.failed ?? 0) + (results.unasked ?? 0);
}


/* what is late so long that somebody should know */
const LATE = 2;                         /* s */


/**
 * @param {Look} look
 * @param {Look | null} before
 * @returns {{ mood: 'good' | 'busy' | 'bad', key: Key, count: number }}
 *
 * @typedef {'stat.away' | 'stat.degraded' | 'stat.late' | 'stat.failing'
 *     | 'stat.slow' | 'stat.drains' | 'stat.fine'} Key
 */
export function verdict(look, before) {
    const { stores, workers, slow_total: slow } = look.metrics;
    const degraded = look.metrics.stores_degraded;
    const late = look.workers.filter((each) => each.store_lag_seconds > LATE);
    const failing = hooks(look, before)
        .reduce((sum, each) => sum + each.grown, 0);
    const grown = before === null ? 0
        : total(slow) - total(before.metrics.slow_total);

    if (stores.away > 0) {
        return { mood: 'bad', key: 'stat.away', count: stores.away };
    }

    if (degraded > 0) {
        return { mood: 'bad', key: 'stat.degraded', count: degraded };
    }

    if (failing > 0) {
        return { mood: 'busy', key: 'stat.failing', count: failing };
    }

    if (late.length > 0) {
        return { mood: 'bad', key: 'stat.late', count: late.length };
    }

    if (grown > 0) {
        return { mood: 'busy', key: 'stat.slow', count: grown };
    }

    return workers.draining > 0
           ? { mood: 'busy', key: 'stat.drains', count: workers.draining }
           : { mood: 'good', key: 'stat.fine', count: workers.running };
}


/**
 * @param {Look} look
 * @param {Look | null} before
 * @returns {{ kind: string, code: string, count: number, grown: number }[]}
 *     the most first
 */
export function troubles(look, before) {
    const kinds = ['refused_total', 'handshakes_refused_total',
                   'closed_total'];
    const usual = new Set(['1000', '1001', '1005', '4200']);

    return kinds.flatMap((kind) => Object.entries(look.metrics[kind])
        .map(([code, count]) => ({ kind, code, count,
            grown: count - (before?.metrics[kind][code] ?? count) })))
        .filter(({ kind, code, count }) => count > 0
            && !(kind === 'closed_total' && usual.has(code)))
        .sort((a, b) => b.count - a.count);
}
