
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What one may do in a room, as the server tells it. */

/** A ban or a mute without an end, in ms UTC. */
export const EVER = 2 ** 53;

/**
 * @typedef {object} Rights
 * @property {string} role      owner, moderator, member, none
 * @property {readonly string[]} can  send, typing, history, who, kick, ...
 * @property {number} slow      seconds between two messages, 0: none
 * @property {string} lock      open, write, members
 * @property {number | null} muted  until, ms UTC
 */

/**
 * @typedef {object} Act  what "mod" may have besides what is done
 * @property {string} [user]    whom it is about
 * @property {string} [ip]      or which address
 * @property {number} [for]     seconds, without it there is no end
 * @property {string | number} [value]  a role, seconds of slow, a lock
 * @property {string} [reason]
 * @property {number} [limit]   of "log"
 */


/**
 * @param {any} frame  an answer to join, an event "room", or nothing
 * @returns {Readonly<Rights>}
 */
export function rights(frame) {
    return Object.freeze({
        role: frame?.role ?? 'none',
        can: [...(frame?.can ?? [])],
        slow: frame?.config?.slow ?? 0,
        lock: frame?.config?.lock ?? 'open',
        muted: frame?.muted ?? null,
    });
}
