
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * States and errors in words: those of the page, if no others are given.  A
 * page may hold rooms of several languages.
 */

import { t, words as here } from './language.js';

export { t, here as words };

/** @typedef {import('./language.js').Words} Table */
/** @typedef {import('../client.js').State} State */
/** @typedef {import('../room.js').RoomState} RoomState */

/**
 * @typedef {object} Words
 * @property {'good'|'busy'|'bad'} mood
 * @property {string} short     beside the room's name
 * @property {string} long      in the notice, empty for none
 * @property {string} announce  for screen readers; does not count seconds
 * @property {string | null} action  a button's label
 */

/**
 * @typedef {Pick<import('../error.js').ChatError,
 *     'code'|'message'|'until'|'retryAfter'>} Details  of an error
 */

/* what the server and the library say when nobody gave a reason */
const USUAL = new Set(['You are banned.', 'You are banned from this room.',
    'You were removed from this room.', 'You left this room.',
    'This room is for its members only.', 'You may not be in this room.',
    'The site does not take this message.']);

/** Why one is not in a room any more; moderators give reasons. */
const PUT_OUT = new Set(['kicked', 'banned', 'closed']);

/* the last moment that a Date can be; a ban without an end is later */
const LAST = 8.64e15;                   /* ms UTC */


/**
 * @param {State} state
 * @param {RoomState | null} room  of the room in view
 * @param {number} now  ms UTC
 * @param {boolean} network  whether the browser thinks there is one
 * @param {Table} [words]
 * @returns {Words}
 */
export function connectionWords(state, room, now, network, words = here) {
    const t = words.t.bind(words);

    switch (state.name) {

    case 'online':
        return onlineWords(state, room, words);

    case 'connecting':
        return { mood: 'busy', short: t('state.connecting'), long: '',
                 announce: '', action: null };

    case 'waiting':
        return waitingWords(state, now, network, words);

    default:
        return { mood: 'bad', short: t('state.offline'),
                 long: endWords(state, words) || t('say.offline'),
                 announce: endWords(state, words) || t('say.offline'),
                 action: state.then === 'use' ? t('do.use')
                                              : t('do.connect') };
    }
}


/**
 * What is no fault, but worth a word.
 *
 * @param {State} state
 * @param {Table} [words]
 * @returns {string} empty where messages travel as they should
 */
export function wayWords({ name, transport }, words = here) {
    return name === 'online' && transport !== 'websocket'
           ? words.t(`say.way.${transport}`) : '';
}


/**
 * Until the room is joined, what is typed would not be sent.
 *
 * @param {State} state
 * @param {RoomState | null} room
 * @param {Table} words
 * @returns {Words}
 */
function onlineWords(state, room, words) {
    const t = words.t.bind(words);

    if (state.trouble !== null) {
        return { mood: 'bad', short: t('state.store'), long: t('say.store'),
                 announce: t('say.store'), action: null };
    }

    if (room?.name === 'waiting' || room?.name === 'joining') {
        return { mood: 'busy', short: t('state.joining'), long: '',
                 announce: '', action: null };
    }

    return { mood: 'good', short: t('state.online'), long: '',
             announce: t('say.online'), action: null };
}


/**
 * @param {State} state
 * @param {number} now
 * @param {boolean} network
 * @param {Table} words
 * @returns {Words}
 */
function waitingWords(state, now, network, words) {
    const t = words.t.bind(words);
    const wait = Math.ceil(((state.nextTry ?? now) - now) / 1000);
    const left = Math.max(wait, 1);
    const why = network ? endWords(state, words) : t('say.network');

    return { mood: 'busy',
             short: t('state.waiting', { span: words.span(left, 'short') }),
             long: words.join(why,
                 t('say.waiting', { span: words.span(left) })),
             announce: words.join(why, t('say.reconnecting')),
             action: t('do.now') };
}


/**
 * Why the connection ended, or did not begin.
 *
 * @param {{code: number | null, status: number | null,
 *     reason: string | null}} state
 * @param {Table} [words]
 * @returns {string}
 */
export function endWords({ code, status, reason }, words = here) {
    const t = words.t.bind(words);
    const refused = `refused.${status}`;
    const close = `close.${code}`;

    if (status !== null) {
        return words.has(refused) ? t(refused) : reason ?? '';
    }

    if (code === null) {
        return reason ?? '';
    }

    return words.has(close) ? t(close)
                            : t('close.other', { code: String(code) });
}


/**
 * @param {Details} error
 * @param {Table} [words]
 * @returns {string} what is wrong, and what to do about it
 */
export function errorWords({ code, message, until, retryAfter },
                           words = here) {
    const t = words.t.bind(words);
    const key = `error.${code}`;

    /* the site knows best what is wrong with a message */
    const told = code === 'rejected' && !USUAL.has(message);

    return words.join(!told && words.has(key) ? t(key) : message,
        until !== null && until < LAST
            ? t('error.until', { time: words.moment(until) }) : '',
        retryAfter !== null && retryAfter > 0
            ? t('error.wait', { span: words.span(Math.ceil(retryAfter)) })
            : '');
}


/**
 * @param {RoomState} state
 * @param {string} room
 * @param {Table} [words]
 * @returns {string} empty where there is nothing to say
 */
export function roomWords(state, room, words = here) {
    const t = words.t.bind(words);
    const { error } = state;

    if (error === null) {
        return '';
    }

    if (error.code === 'unavailable') {
        return t('say.store');
    }

    return words.join(errorWords(error, words), state.name === 'waiting'
        ? t('say.again') : t('say.outside', { room }),
        reasonWords(error, words));
}


/**
 * @param {Details} error
 * @param {Table} words
 */
function reasonWords({ code, message }, words) {
    return PUT_OUT.has(code) && !USUAL.has(message)
           ? words.t('acts.reason', { reason: message }) : '';
}


/**
 * @param {boolean} online
 * @param {Details | null} error  that keeps it waiting
 * @param {Table} [words]
 * @returns {string} under a message on its way
 */
export function sendingWords(online, error, words = here) {
    const t = words.t.bind(words);

    if (!online) {
        return t('sending.offline');
    }

    if (error === null || error.code === 'unknown') {
        return t('sending');
    }

    return error.code === 'unavailable' ? t('sending.store')
           : t('sending.error', { error: errorWords(error, words) });
}


/**
 * @param {Details} error
 * @param {Table} [words]
 * @returns {string} under a message that was not sent
 */
export function fateWords(error, words = here) {
    const t = words.t.bind(words);

    return error.code === 'expired' ? errorWords(error, words)
           : t('sending.failed', { error: errorWords(error, words) });
}


/**
 * @param {readonly string[]} names
 * @param {Table} [words]
 * @returns {string}
 */
export function typingWords(names, words = here) {
    const t = words.t.bind(words);

    switch (names.length) {

    case 0:
        return '';

    case 1:
        return t('typing.one', { name: names[0] });

    case 2:
        return t('typing.two', { names: words.list(names) });

    default:
        return t('typing.many');
    }
}
