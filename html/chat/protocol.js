
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The words of the protocol "chat.v1" that a client needs. */

export const SUBPROTOCOL = 'chat.v1';

/** Events that are entries of a room's log: they carry seq and prev. */
export const ENTRIES = Object.freeze(['message', 'edit', 'delete', 'react']);

/** Names of welcome.features that change what this library does. */
export const FEATURES = Object.freeze({ history: 'history', auth: 'auth' });

/**
 * What a close code asks of the client.
 *
 * never    do not come back by itself
 * login    come back after a new login
 * use      come back when the tab is used again
 * until    come back at the time that the reason holds
 * backoff  1 s doubling to 30 s, full jitter
 * slow     the same, 10 s at least
 * soon     within one second
 *
 * @typedef {'never'|'login'|'use'|'until'|'backoff'|'slow'|'soon'} CloseClass
 */

/** @type {Readonly<Record<number, [CloseClass, string?]>>} */
export const CLOSE = {
    1000: ['never'],
    1002: ['never'],
    1003: ['never'],
    1006: ['backoff', 'The connection was lost.'],
    1007: ['never'],
    1008: ['slow', 'Too much was sent in a short time.'],
    1009: ['backoff', 'A message was too large for the server.'],
    1012: ['soon', 'The server restarts.'],
    4000: ['never', 'The server speaks another version; reload the page.'],
    4001: ['login', 'Please log in again.'],
    4003: ['never', 'You may not chat here.'],
    4004: ['login', 'The login took too long.'],
    4005: ['never', 'The site ended this session.'],
    4006: ['until', 'You are banned from this site.'],
    4007: ['use', 'The chat goes on in a newer tab or window.'],
    4100: ['backoff', 'The server is full.'],
    4101: ['backoff', 'This connection was too slow.'],
    4102: ['slow', 'Too much was sent in a short time.'],
    4103: ['backoff', 'The chat store is away.'],
    4200: ['soon', 'The server restarts.'],
    4203: ['login', 'The login has expired.'],
};


/** @type {Readonly<Record<number, CloseClass>>} */
const HUNDREDS = { 40: 'never', 42: 'soon' };


/**
 * The class of a close code; unknown ones fall into the class of their
 * hundred, as in Pusher's protocol.
 *
 * @param {number} code
 * @returns {CloseClass}
 */
export function closeClass(code) {
    return CLOSE[code]?.[0] ?? HUNDREDS[Math.floor(code / 100)] ?? 'backoff';
}


/**
 * @param {number} code
 * @returns {string} a sentence for people
 */
export function closeSentence(code) {
    return CLOSE[code]?.[1] ?? `The connection was closed (${code}).`;
}
