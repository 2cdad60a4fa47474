
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Whether one may write now: slow mode, a mute, a lock. */

import { EVER } from '../chat/rights.js';

const MODERATORS = ['owner', 'moderator'];

/** @typedef {import('../chat/rights.js').Rights} Rights */

/**
 * out     not in the room, and not on the way into it
 * slow    until a moment, by this device's clock
 * muted   until a moment, or for ever
 * locked  only moderators write
 * not     for another reason
 * key     the room is encrypted, and there is no key here
 * here    there is no encryption on this page
 *
 * @typedef {object} Hold
 * @property {'out'|'slow'|'muted'|'locked'|'not'|'key'|'here'} why
 * @property {number | null} until  ms UTC, null: nobody knows
 */


/**
 * @param {Readonly<Rights>} rights
 * @param {number} slowUntil  ms UTC, when slow mode lets one write again
 * @param {number} ahead      ms that the server's clock is ahead of ours
 * @param {number} now        ms UTC
 * @returns {Hold | null} null: one may write
 */
export function holdOf(rights, slowUntil, ahead, now) {
    const { can, lock, muted, role, slow } = rights;
    const until = muted === null ? 0 : muted - ahead;

    if (muted !== null && muted >= EVER) {
        return { why: 'muted', until: null };
    }

    if (until > now) {
        return { why: 'muted', until };
    }

    if (MODERATORS.includes(role)) {
        return null;
    }

    if (lock === 'write') {
        return { why: 'locked', until: null };
    }

    /* a mute ends without a word, so what one could then tells nothing */
    if (muted === null && can.length > 0 && !can.includes('send')) {
        return { why: 'not', until: null };
    }

    /* it may have been switched off meanwhile */
    return slow > 0 && slowUntil > now ? { why: 'slow', until: slowUntil }
        : null;
}


/**
 * When slow mode lets one write again after a message of one's own.
 *
 * @param {Readonly<Rights>} rights
 * @param {number} sent  ms UTC
 * @returns {number} ms UTC
 */
export function slowAfter({ role, slow }, sent) {
    return MODERATORS.includes(role) ? 0 : sent + slow * 1000;
}
