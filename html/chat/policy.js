
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* When to come back: pure functions of what happened, time and chance. */

import { closeClass } from './protocol.js';

export const BACKOFF_BASE = 1000;       /* ms */
export const BACKOFF_LIMIT = 30_000;    /* ms */
export const SLOW_LEAST = 10_000;       /* ms */
export const SOON_SPREAD = 1000;        /* ms */
export const SOON_TRIES = 2;            /* then it is a loop: back off */
export const TIMER_LIMIT = 2 ** 31 - 1; /* ms, what a timer can hold */

/**
 * @typedef {object} Decision
 * @property {'wait'|'never'|'login'|'use'} then
 * @property {number} delay  ms, for "wait"
 */

/**
 * @typedef {object} Ending
 * @property {number} code      close code, 1006 where none came
 * @property {string} [reason]  the close frame's text
 * @property {number} attempt   connections lost since the last good one
 * @property {number} now       ms UTC
 * @property {boolean} [renews] the page can give another token
 */


/**
 * Full jitter: anything between nothing and the doubled limit, so that the
 * clients of a server that fell do not come back in step.
 *
 * @param {number} attempt  0 for the first
 * @param {() => number} random  0 <= random() < 1
 * @returns {number} ms
 */
export function backoff(attempt, random) {
    const ceiling = BACKOFF_BASE * 2 ** Math.min(Math.max(attempt, 0), 16);

    return random() * Math.min(ceiling, BACKOFF_LIMIT);
}


/**
 * @param {import('./error.js').ChatError} error  a command's
 * @param {number} attempt
 * @param {() => number} random  0 <= random() < 1
 * @returns {number | null} ms until it is repeated; null: that is no use
 */
export function again({ temporary, retryAfter }, attempt, random) {
    return temporary || retryAfter !== null
           ? Math.max((retryAfter ?? 0) * 1000, backoff(attempt, random))
           : null;
}


/**
 * @param {Ending} ending
 * @param {() => number} random  0 <= random() < 1
 * @returns {Decision}
 */
export function comeBack(ending, random) {
    const { code, attempt } = ending;
    const kind = closeClass(code);

    switch (kind) {

    case 'never':
    case 'use':
        return { then: kind, delay: 0 };

    case 'login':
        return ending.renews === true ? soon(attempt, random)
                                      : { then: kind, delay: 0 };

    case 'until':
        return comeBackAt(ending, random);

    case 'slow':
        return wait(SLOW_LEAST + backoff(attempt, random));

    case 'soon':
        return soon(attempt, random);

    default:
        return wait(backoff(attempt, random));
    }
}


/**
 * After a refused handshake, whose reason is known.
 *
 * @param {{status: number, code: string, retryAfter: number | null}} refusal
 * @param {number} attempt
 * @param {() => number} random  0 <= random() < 1
 * @returns {Decision}
 */
export function afterRefusal({ status, code, retryAfter }, attempt, random) {
    if (status === 401 && code !== 'token_expired') {
        return { then: 'login', delay: 0 };
    }

    if (status === 403 || code === 'invalid_name') {
        return { then: 'never', delay: 0 };
    }

    return wait(retryAfter === null ? backoff(attempt, random)
                : retryAfter * 1000 + random() * SOON_SPREAD);
}


/**
 * @param {number} attempt
 * @param {() => number} random
 * @returns {Decision}
 */
function soon(attempt, random) {
    return wait(attempt < SOON_TRIES ? random() * SOON_SPREAD
                                     : backoff(attempt, random));
}


/**
 * A ban ends at "until", milliseconds UTC, somewhere in the reason.
 *
 * @param {Ending} ending
 * @param {() => number} random
 * @returns {Decision}
 */
function comeBackAt(ending, random) {
    const found = /\b\d{12,15}\b/.exec(ending.reason ?? '');

    if (found === null) {
        return { then: 'never', delay: 0 };
    }

    return wait(Math.max(Number(found[0]) - ending.now, 0)
                + SOON_SPREAD + backoff(0, random));
}


/**
 * @param {number} delay
 * @returns {Decision}
 */
function wait(delay) {
    return { then: 'wait', delay: Math.min(delay, TIMER_LIMIT) };
}
