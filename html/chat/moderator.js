
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What moderators do in a room, by name. */

/** @typedef {import('./rights.js').Act} Act */
/** @typedef {string | {user: string} | {ip: string}} Whom  a user's id, or */


/** Each act is a promise of the server's answer, or of a ChatError. */
export class Moderator {

    #room;

    /** @param {Pick<import('./room.js').Room, 'mod'>} room */
    constructor(room) {
        this.#room = room;
    }

    /**
     * @param {string} user  leaves, and may come again
     * @param {Act} [more]
     */
    kick(user, more) {
        return this.#room.mod('kick', about(user, more));
    }

    /**
     * @param {Whom} whom  leaves, and stays out: "for" seconds or for ever
     * @param {Act} [more]
     */
    ban(whom, more) {
        return this.#room.mod('ban', about(whom, more));
    }

    /** @param {Whom} whom */
    unban(whom) {
        return this.#room.mod('unban', about(whom));
    }

    /**
     * @param {Whom} whom  may read only: "for" seconds or for ever
     * @param {Act} [more]
     */
    mute(whom, more) {
        return this.#room.mod('mute', about(whom, more));
    }

    /** @param {Whom} whom */
    unmute(whom) {
        return this.#room.mod('unmute', about(whom));
    }

    /**
     * @param {string} user
     * @param {'owner'|'moderator'|'member'|'none'} value
     */
    role(user, value) {
        return this.#room.mod('role', { user, value });
    }

    /** @param {number} value  seconds between two messages, 0 ends it */
    slow(value) {
        return this.#room.mod('slow', { value });
    }

    /** @param {'write'|'members'} [value]  nobody writes, or comes in */
    lock(value) {
        return this.#room.mod('lock', { value });
    }

    unlock() {
        return this.#room.mod('unlock');
    }

    /**
     * @param {number} [limit]
     * @returns {Promise<any[]>}  the latest acts, oldest first
     */
    async log(limit) {
        return (await this.#room.mod('log', { limit })).acts ?? [];
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
