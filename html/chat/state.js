
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How the connection is. */

/** @typedef {import('./error.js').ChatError} ChatError */

/**
 * offline     not connected, and not coming back by itself: "then" says what
 *             it takes (never, login, use), null before the first connect()
 * connecting  waiting for the server's welcome
 * online      commands can be sent
 * waiting     lost; the next try is at "nextTry"
 *
 * @typedef {object} State
 * @property {'offline'|'connecting'|'online'|'waiting'} name
 * @property {'wait'|'never'|'login'|'use'|null} then
 * @property {number | null} code     close code of the lost connection
 * @property {number | null} status   of a refused handshake, as in HTTP
 * @property {string | null} reason   a sentence for people
 * @property {number | null} nextTry  ms UTC
 * @property {ChatError | null} trouble  online, but the store is away
 * @property {import('./way.js').Transport} transport  how messages travel; not
 *     online: how they did
 */

/** @type {Omit<State, 'transport'>} */
export const CALM = { name: 'offline', then: null, code: null, status: null,
                      reason: null, nextTry: null, trouble: null };
