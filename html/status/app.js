
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The status of the server, drawn again and again while somebody looks. */

import { find, make } from '../chat/ui/dom.js';
import { t, translatePage, words } from '../chat/ui/language.js';
import { bar, Card, row } from './draw.js';
import { hooks, pace, quantile, rate, total, troubles, verdict }
    from './reading.js';

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
    ['stat.store', store],
    ['stat.published', published],
    ['stat.delivered', delivered],
    ['stat.storing', latency('publish_seconds')],
    ['stat.delivering', latency('delivery_seconds')],
    ['stat.fanning', latency('fanout_seconds')],
    ['stat.joined', joined],
    ['stat.refused', refused],
    ['stat.queue', queue],
    ['stat.api', api],
    ['stat.rooms', rooms],
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
function store({ metrics }) {
    const { connecting, ready, away } = metrics.stores;
    const late = metrics.store_lag_seconds;

    return [late, t(away > 0 ? 'stat.store.away'
                    : metrics.stores_degraded > 0 ? 'stat.store.degraded'
                    : connecting > 0 ? 'stat.store.connecting'
                    : 'stat.store.ready'),
            t('stat.store.of', { ready, all: connecting + ready + away,
                                 span: brief(late) })];
}


/**
 * @param {Look} look
 * @returns {Shown}
 */
function joined(look) {
    const count = rate(look, before, ({ metrics }) => metrics.joined_total);
    const { resumed_total: resumed, healed_total: healed } = look.metrics;

    return [count, perSecond(count),
            t('stat.resumed', { whole: resumed.whole, hole: resumed.hole,
                                healed: healed.whole })];
}


/**
 * @param {Look} look
 * @returns {Shown}
 */
function api(look) {
    const count = rate(look, before, ({ metrics }) =>
        total(metrics.api_responses_total));
    const classes = look.metrics.api_responses_total;

    return [count, perSecond(count),
            t('stat.api.of', { count: total(classes), wrong: classes['4xx'],
                               failed: classes['5xx'] })];
}


/**
 * @param {Look} look
 * @returns {Shown}
 */
function rooms({ metrics }) {
    return [metrics.rooms, words.number(metrics.rooms),
            t('stat.users', { count: metrics.users })];
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


/** @param {number} seconds  measured, not a bound */
function brief(seconds) {
    return seconds < 1 ? `${words.number(Math.round(seconds * 1000))} ms`
        : `${words.number(Math.round(seconds * 10) / 10)} s`;
}


/** @param {Look} look */
function show(look) {
    const { mood, key, count } = verdict(look, before);

    find('all', HTMLElement).hidden = false;

    for (const { card, read } of cards) {
        card.show(...read(look));
    }

    showWorkers(look);
    showTransports(look);
    showHooks(look);
    showTroubles(look);
    showZones(look);
    say(mood, t(key, { count }));
    before = look;
}


/** @param {Look} look */
function showWorkers(look) {
    find('workers', HTMLElement).replaceChildren(...look.workers.map((each) => {
        const { stored, sent, fanning } = pace(each, look, before);

        return row([String(each.pid),
            t(each.state === 'draining' ? 'stat.draining' : 'stat.running'),
            words.span(Math.max(look.time / 1000 - each.since, 0), 'short'),
            ...[each.connections, each.rooms, each.members]
                .map((number) => words.number(number)),
            perSecond(stored), perSecond(sent),
            fanning === null ? t('stat.none') : within(fanning),
            brief(each.store_lag_seconds), size(each.queue_bytes)],
            [3, 4, 5, 6, 7, 8, 9, 10]);
    }));
}


/** @param {Look} look */
function showTransports({ metrics }) {
    const all = total(metrics.connections);
    const names = /** @type {const} */ ({
        websocket: 'stat.by.websocket',
        sse: 'stat.by.sse',
        longpoll: 'stat.by.longpoll',
    });
    const counts = /** @type {[string, number][]} */ ([
        ...Object.entries(metrics.connections).map(([name, count]) =>
            [t(names[/** @type {keyof typeof names} */ (name)]), count]),
        [t('stat.by.raw'), metrics.connections_raw],
        [t('stat.by.tls'), metrics.connections_tls],
        [t('stat.by.kept'), metrics.connections_kept],
    ]);

    find('transports', HTMLElement).replaceChildren(...counts.map(
        ([name, count]) => row([name, bar(all > 0 ? count / all : 0),
                                words.number(count)], [2])));
}


/** @param {Look} look */
function showHooks(look) {
    const names = /** @type {Record<string, string>} */ ({
        join: t('stat.hook.join'),
        publish: t('stat.hook.publish'),
        event: t('stat.hook.event'),
    });
    const all = hooks(look, before);

    find('unasked', HTMLElement).hidden = all.length > 0;
    find('asked', HTMLElement).hidden = all.length === 0;
    find('hooks', HTMLElement).replaceChildren(...all.map((each) => {
        const line = row([names[each.name] ?? each.name,
            words.number(each.asked), words.number(each.denied),
            words.number(each.failed), words.number(each.open),
            each.most === null ? t('stat.none') : within(each.most)],
            [1, 2, 3, 4, 5]);

        line.classList.toggle('failing', each.grown > 0);
        return line;
    }));
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

        if (!answer.ok) {
            refuses(answer.status, url.pathname);
            return;
        }

        const text = await answer.text();
        const told = parsed(text);

        if (told === null) {
            say('bad', t('stat.strange', { address: url.pathname }));
        } else {
            show(told);
        }
    } catch {
        say('bad', t('stat.silent'));
    }
}


/**
 * @param {string} text
 * @returns {Look | null}  null: that is something else
 */
function parsed(text) {
    try {
        const told = JSON.parse(text);

        return told.metrics?.connections === undefined ? null : told;
    } catch {
        return null;
    }
}


/**
 * @param {number} status
 * @param {string} address
 */
function refuses(status, address) {
    say('bad', status === 401 || status === 403
        ? t('stat.refuses', { status: String(status) })
        : status === 404 ? t('stat.missing', { address })
        : t('stat.fails', { status: String(status) }));
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
