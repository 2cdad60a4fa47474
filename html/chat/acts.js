
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What moderators do in a room, by name. */

import { Emitter } from './emitter.js';

/** @typedef {import('./rights.js').Act} Act */
/** @typedef {string | {user: string} | {ip: string}} Whom  a user's id, or */


/** Each act is a promise of the server's answer, or of a ChatError. */
export class Acts extends Emitter {

    /**
     * @param {string} what  kick, ban, unban, mute, unmute, role, slow, lock,
     *     unlock, log
     * @param {Act} [fields]
     * @returns {Promise<any>}
     */
    mod(what, fields) {
        throw new Error(`nobody does ${what} ${fields}`);
    }

    /**
     * @param {string} user  leaves, and may come again
     * @param {Act} [more]
     */
    kick(user, more) {
        return this.mod('kick', about(user, more));
    }

    /**
     * @param {Whom} whom  leaves, and stays out: "for" seconds or for ever
     * @param {Act} [more]
     */
    ban(whom, more) {
        return this.mod('ban', about(whom, more));
    }

    /** @param {Whom} whom */
    unban(whom) {
        return this.mod('unban', about(whom));
    }

    /**
     * @param {Whom} whom  may read only: "for" seconds or for ever
     * @param {Act} [more]
     */
    mute(whom, more) {
        return this.mod('mute', about(whom, more));
    }

    /** @param {Whom} whom */
    unmute(whom) {
        return this.mod('unmute', about(whom));
    }

    /**
     * @param {string} user
     * @param {'owner'|'moderator'|'member'|'none'} value
     */
    role(user, value) {
        return this.mod('role', { user, value });
    }

    /** @param {number} value  seconds between two messages, 0 ends it */
    slow(value) {
        return this.mod('slow', { value });
    }

    /** @param {'write'|'members'} [value]  nobody writes, or comes in */
    lock(value) {
        return this.mod('lock', { value });
    }

    unlock() {
        return this.mod('unlock');
    }

    /**
     * @param {number} [limit]
     * @returns {Promise<any[]>}  the latest acts, oldest first
     */
    async log(limit) {
        return (await this.mod('log', { limit })).acts ?? [];
    }
}


/**
 * @param {Whom} whom
 * @param {Act} [more]
 * @returns {Act}
 */
function about(whom, more) {
    return { ...more, ...(typeof whom === 'string' ? { user: whom } : whom) };
}
