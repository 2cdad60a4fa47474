
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room without a codec: all is told at once, as it came, or nothing is. */

/** Rooms of such names are encrypted, whoever opens them. */
export const SECRET_PREFIX = 'e~';

/** @typedef {import('./store.js').Entry} Entry */
/** @typedef {{id: string}} User */

/** @typedef {Pick<Entry, 'fields' | 'sealed'>} Shut */


/** What seal.js does for rooms that have a codec. */
export class Plain {

    /** @param {() => void} fn  called after all that was to be said before */
    say(fn) {
        fn();
    }

    /**
     * @param {any} frame
     * @param {(frame: any) => void} fn  called in its turn
     */
    open(frame, fn) {
        fn(this === LOCKED ? { ...frame, text: undefined, broken: 'key' }
                           : frame);
    }

    /**
     * @param {any[]} frames
     * @returns {Promise<any[]>}
     */
    async all(frames) {
        /** @type {any[]} */
        const told = [];

        frames.forEach((frame) => this.open(frame, (it) => told.push(it)));
        return told;
    }

    /**
     * @param {Entry} entry
     * @param {User | null} user
     * @returns {boolean} whether it has to be sealed, in the user's name
     */
    bare({ sealed }, user) {
        return this === LOCKED
               || (sealed !== undefined && sealed !== user?.id);
    }

    /**
     * @param {{text: string | null, entry: Entry}} _item
     * @param {User} _user
     * @returns {Promise<Shut>}
     */
    async close(_item, _user) {
        throw new Error('no codec');
    }

    /**
     * @param {Entry[]} _entries
     * @returns {Promise<Map<string, string>>} texts of those that are sealed
     */
    async texts(_entries) {
        return new Map();
    }
}


const PLAIN = new Plain();

/** Nothing goes out of an encrypted room without a codec, or is shown. */
const LOCKED = new Plain();


/**
 * @param {string} room
 * @returns {Plain} what it has before it gets a codec
 */
export function unsealed(room) {
    return room.startsWith(SECRET_PREFIX) ? LOCKED : PLAIN;
}
