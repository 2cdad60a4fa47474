
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The words of the protocol "chat.v1" that a client needs. */

export const SUBPROTOCOL = 'chat.v1';

/** Commands that this library sends. */
export const OPS = Object.freeze(['join', 'leave', 'send', 'history', 'who',
    'typing', 'mod', 'ping']);

/** Events that a server sends; others are ignored. */
export const EVENTS = Object.freeze(['welcome', 'message', 'edit', 'delete',
    'react', 'joined', 'left', 'presence', 'typing', 'read', 'room', 'resync',
    'heartbeat', 'drain', 'error']);

/** Events that are entries of a room's log: they carry seq and prev. */
export const ENTRIES = Object.freeze(['message', 'edit', 'delete', 'react']);

/** Names of welcome.features that change what this library does. */
export const FEATURES = Object.freeze({ history: 'history' });

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

/** @type {ReadonlyMap<number, Readonly<{is: CloseClass, say: string}>>} */
export const CLOSE = new Map(/** @type {const} */ ([
    [1000, { is: 'never', say: 'The connection was closed.' }],
    [1001, { is: 'backoff', say: 'The server went away.' }],
    [1002, { is: 'never', say: 'The server found a protocol error.' }],
    [1003, { is: 'never', say: 'The server does not take such data.' }],
    [1006, { is: 'backoff', say: 'The connection was lost.' }],
    [1007, { is: 'never', say: 'The server could not read the data.' }],
    [1008, { is: 'slow', say: 'The server closed for going over its limits.' }],
    [1009, { is: 'backoff', say: 'A message was too large for the server.' }],
    [1011, { is: 'backoff', say: 'The server had an error.' }],
    [1012, { is: 'soon', say: 'The server restarts.' }],
    [1013, { is: 'backoff', say: 'The server is busy.' }],
    [4000, { is: 'never', say: 'The server speaks another version; '
                               + 'reload the page.' }],
    [4001, { is: 'login', say: 'Please log in again.' }],
    [4003, { is: 'never', say: 'You may not chat here.' }],
    [4004, { is: 'login', say: 'The login took too long.' }],
    [4005, { is: 'never', say: 'The site ended this session.' }],
    [4006, { is: 'until', say: 'You are banned from this site.' }],
    [4007, { is: 'use', say: 'The chat goes on in a newer tab or window.' }],
    [4100, { is: 'backoff', say: 'The server is full.' }],
    [4101, { is: 'backoff', say: 'This connection was too slow.' }],
    [4102, { is: 'slow', say: 'Too much was sent in a short time.' }],
    [4103, { is: 'backoff', say: 'The chat store is away.' }],
    [4200, { is: 'soon', say: 'The server restarts.' }],
    [4201, { is: 'soon', say: 'The server heard nothing from here.' }],
    [4202, { is: 'soon', say: 'The server asked to start afresh.' }],
    [4203, { is: 'login', say: 'The login has expired.' }],
]));


/**
 * The class of a close code; unknown ones fall into the class of their
 * hundred, as in Pusher's protocol.
 *
 * @param {number} code
 * @returns {CloseClass}
 */
export function closeClass(code) {
    const known = CLOSE.get(code);

    if (known !== undefined) {
        return known.is;
    }

    if (code >= 4000 && code < 4100) {
        return 'never';
    }

    return code >= 4200 && code < 4300 ? 'soon' : 'backoff';
}


/**
 * @param {number} code
 * @returns {string} a sentence for people
 */
export function closeSentence(code) {
    return CLOSE.get(code)?.say ?? `The connection was closed (${code}).`;
}
