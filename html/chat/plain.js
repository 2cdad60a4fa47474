
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

    /** @param {string} [room]  nothing goes out of an encrypted one */
    constructor(room = '') {
        this.locked = room.startsWith(SECRET_PREFIX);
    }

    /** @param {() => void} fn  called after all that was to be said before */
    say(fn) {
        fn();
    }

    /**
     * @param {any} frame
     * @param {(frame: any) => void} fn  called in its turn
     */
    open(frame, fn) {
        fn(this.locked ? { ...frame, text: undefined, broken: 'key' }
                       : frame);
    }

    /**
     * @param {any[]} frames
     * @returns {Promise<any[]>}
     */
    async all(frames) {
        return frames.map((frame) => {
            this.open(frame, (it) => { frame = it; });
            return frame;
        });
    }

    /**
     * @param {Entry} entry
     * @param {User | null} user
     * @returns {boolean} whether it has to be sealed, in the user's name
     */
    bare({ sealed }, user) {
        return this.locked || (sealed !== undefined && sealed !== user?.id);
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
