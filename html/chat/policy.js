
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* When to come back: pure functions of what happened, time and chance. */

import { BACKOFF_BASE, BACKOFF_LIMIT, SLOW_LEAST, SOON_SPREAD, SOON_TRIES,
         TIMER_LIMIT } from './limits.js';
import { closeClass } from './protocol.js';

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


/** @type {Readonly<Record<string, (ending: Ending, random: () => number) =>
 *     number>>} ms, for those classes that come back */
const DELAY = {
    backoff: ({ attempt }, random) => backoff(attempt, random),
    slow: ({ attempt }, random) => SLOW_LEAST + backoff(attempt, random),
    soon: ({ attempt }, random) => attempt < SOON_TRIES
        ? random() * SOON_SPREAD : backoff(attempt, random),
    until: ({ reason, now }, random) => Math.max(end(reason) - now, 0)
        + SOON_SPREAD + backoff(0, random),
};


/**
 * @param {Ending} ending
 * @param {() => number} random  0 <= random() < 1
 * @returns {Decision}
 */
export function comeBack(ending, random) {
    let kind = closeClass(ending.code);

    if (kind === 'login' && ending.renews === true) {
        kind = 'soon';

    } else if (kind === 'until' && !(end(ending.reason) > 0)) {
        kind = 'never';
    }

    return DELAY[kind] === undefined
           ? { then: /** @type {any} */ (kind), delay: 0 }
           : { then: 'wait',
               delay: Math.min(DELAY[kind](ending, random), TIMER_LIMIT) };
}


/**
 * A ban ends at "until", milliseconds UTC, somewhere in the reason.
 *
 * @param {string} [reason]
 * @returns {number} NaN: it does not
 */
function end(reason) {
    return parseInt(/\b\d{12,15}\b/.exec(reason ?? '')?.[0] ?? '');
}
