
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room without encryption: all is told at once, as it came. */

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
        fn(frame);
    }

    /**
     * @param {any[]} frames
     * @returns {Promise<any[]>}
     */
    async all(frames) {
        return frames;
    }

    /**
     * @param {Entry} entry
     * @param {User | null} user
     * @returns {boolean} whether it has to be sealed, in the user's name
     */
    bare({ sealed }, user) {
        return sealed !== undefined && sealed !== user?.id;
    }

    /**
     * @param {{text: string | null, entry: Entry}} item
     * @param {User} user
     * @returns {Promise<Shut>}
     */
    async close(item, user) {
        throw new Error(`nobody can seal ${item.entry.cid} for ${user.id}`);
    }
}
