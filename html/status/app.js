
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The status of the server, drawn again and again while somebody looks. */

import { find, make } from '../chat/ui/dom.js';
import { t, translatePage, words } from '../chat/ui/language.js';
import { Card, row } from './draw.js';
import { quantile, rate, total, troubles, verdict } from './reading.js';

/** @typedef {import('./reading.js').Look} Look */

const EVERY = 2000;                     /* ms */
const PATIENCE = 10000;                 /* ms */

/* the last bound of the server's histograms */
const LONGEST = 10;                     /* s */

const notice = find('notice', HTMLElement);

/** @type {Look | null} */
let before = null;

/** what a card shows: its name, its number, that in words, and more */
const CARDS = /** @type {const} */ ([
    ['stat.connections', connections],
    ['stat.published', published],
    ['stat.delivered', delivered],
    ['stat.storing', latency('publish_seconds')],
    ['stat.delivering', latency('delivery_seconds')],
    ['stat.fanning', latency('fanout_seconds')],
    ['stat.refused', refused],
    ['stat.queue', queue],
]);

const cards = CARDS.map(([key, read]) => ({ card: new Card(t(key)), read }));


/** @typedef {[number | null, string, string?]} Shown */

/**
 * @param {Look} look
 * @returns {Shown}
 */
function connections({ metrics }) {
    const count = total(metrics.connections);

    return [count, words.number(count),
            t('stat.members.of', { members: metrics.members,
                                   tls: metrics.connections_tls })];
}


/**
 * @param {Look} look
 * @returns {Shown}
 */
function published(look) {
    const count = rate(look, before, ({ metrics }) =>
        metrics.published_total.stored);

    return [count, perSecond(count), t('stat.in.all',
        { count: look.metrics.published_total.stored })];
}


/**
 * @param {Look} look
 * @returns {Shown}
 */
function delivered(look) {
    const count = rate(look, before, ({ metrics }) => metrics.sent_total);
    const bytes = rate(look, before, ({ metrics }) =>
        metrics.sent_bytes_total);

    return [count, perSecond(count),
            bytes === null ? '' : t('stat.per.second', { size: size(bytes) })];
}


/**
 * @param {string} name
 * @returns {(look: Look) => Shown}
 */
function latency(name) {
    return ({ metrics }) => {
        const now = metrics[name];
        const was = before?.metrics[name];
        const most = quantile(now, was, 0.99);
        const half = quantile(now, was, 0.5);

        return most === null || half === null ? [null, t('stat.none')]
               : [Math.min(most, LONGEST), within(most),
                  t('stat.half', { span: within(half) })];
    };
}


/**
 * @param {Look} look
 * @returns {Shown}
 */
function refused(look) {
    const count = rate(look, before, ({ metrics }) =>
        total(metrics.refused_total)
        + total(metrics.handshakes_refused_total));

    return [count, perSecond(count), t('stat.in.all',
        { count: total(look.metrics.refused_total)
                 + total(look.metrics.handshakes_refused_total) })];
}


/**
 * @param {Look} look
 * @returns {Shown}
 */
function queue({ metrics }) {
    return [metrics.queue_bytes, size(metrics.queue_bytes),
            t('stat.slow.all', { count: metrics.slow_total })];
}


/** @param {number | null} count */
function perSecond(count) {
    return count === null ? t('stat.none')
        : t('stat.per.second', { size: words.number(count < 10
            ? Math.round(count * 10) / 10 : Math.round(count)) });
}


/** @param {number} bytes */
function size(bytes) {
    const units = ['B', 'KB', 'MB', 'GB', 'TB'];
    let unit = 0;
    let rest = bytes;

    while (rest >= 1000 && unit < units.length - 1) {
        rest /= 1024;
        unit++;
    }

    return `${words.number(rest < 10 && unit > 0
        ? Math.round(rest * 10) / 10 : Math.round(rest))} ${units[unit]}`;
}


/** @param {number} seconds */
function within(seconds) {
    return seconds > LONGEST ? `> ${span(LONGEST)}` : `\u2264 ${span(seconds)}`;
}


/** @param {number} seconds */
function span(seconds) {
    return seconds < 1 ? `${words.number(seconds * 1000)} ms`
                       : `${words.number(seconds)} s`;
}


/** @param {Look} look */
function show(look) {
    const { mood, key, count } = verdict(look, before);

    for (const { card, read } of cards) {
        card.show(...read(look));
    }

    find('workers', HTMLElement).replaceChildren(...look.workers.map((each) =>
        row([String(each.pid), t(each.state === 'draining' ? 'stat.draining'
                                                            : 'stat.running'),
             words.span(Math.max(look.time / 1000 - each.since, 0), 'short'),
             ...[each.connections, each.rooms, each.members]
                 .map((number) => words.number(number)),
             size(each.queue_bytes)], [3, 4, 5, 6])));

    showTroubles(look);
    showZones(look);
    say(mood, t(key, { count }));
    before = look;
}


/** @param {Look} look */
function showTroubles(look) {
    const names = /** @type {const} */ ({
        refused_total: 'stat.of.command',
        handshakes_refused_total: 'stat.of.handshake',
        closed_total: 'stat.of.close',
    });
    const all = troubles(look, before);

    find('calm', HTMLElement).hidden = all.length > 0;
    find('trouble', HTMLElement).replaceChildren(...all.map((each) =>
        row([t(names[/** @type {keyof typeof names} */ (each.kind)],
               { code: each.code }),
             words.number(each.count),
             each.grown > 0 ? `+${words.number(each.grown)}` : ''],
            [1, 2])));
}


/** @param {Look} look */
function showZones({ zones }) {
    find('memory', HTMLElement).hidden = zones.length === 0;
    find('zones', HTMLElement).replaceChildren(...zones.map((zone) =>
        make('div', { class: 'zone' },
            make('h3', {}, zone.name),
            make('meter', { min: '0', max: String(zone.zone_cells_bytes),
                            high: String(zone.zone_cells_bytes * 0.9),
                            value: String(zone.zone_used_bytes),
                            'aria-label': zone.name }),
            make('p', {}, t('stat.used', {
                used: size(zone.zone_used_bytes),
                all: size(zone.zone_cells_bytes) })),
            make('p', { class: 'soft' }, t('stat.holds', {
                rooms: zone.zone_rooms, users: zone.zone_users,
                evicted: zone.zone_evicted_total })))));
}


/**
 * @param {'good' | 'busy' | 'bad'} mood
 * @param {string} text
 */
function say(mood, text) {
    notice.className = `notice ${mood}`;

    if (notice.textContent !== text) {
        notice.textContent = text;
    }
}


async function look() {
    const address = document.querySelector('meta[name="status-url"]')
        ?.getAttribute('content') ?? 'chat/status';
    const url = new URL(address, document.baseURI);

    url.searchParams.set('format', 'json');

    try {
        const answer = await fetch(url, { cache: 'no-store',
            signal: AbortSignal.timeout(PATIENCE) });

        if (answer.ok) {
            show(await answer.json());
        } else {
            say('bad', t('stat.refuses', { status: String(answer.status) }));
        }
    } catch {
        say('bad', t('stat.silent'));
    }
}


async function loop() {
    if (!document.hidden) {
        await look();
    }

    setTimeout(loop, EVERY);
}


translatePage();
document.title = t('stat');
say('busy', t('stat.asking'));
find('cards', HTMLElement).append(...cards.map(({ card }) => card.element));
void loop();
