
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Unacknowledged sends in the process: they survive a client, not a reload. */

/** @typedef {import('./store.js').Entry} Entry */
/** @typedef {import('./store.js').Edit} Edit */
/** @typedef {import('./store.js').Store} Store */


/** @implements {Store} */
export class MemoryStore {

    /** @type {Map<string, Entry>} */
    #entries = new Map();

    /** @param {Entry} entry */
    async put(entry) {
        this.#entries.set(entry.cid, entry);
    }

    /** @param {string} cid */
    async remove(cid) {
        this.#entries.delete(cid);
    }

    /**
     * @param {string} scope
     * @param {string} room
     * @param {Edit} fn
     */
    async edit(scope, room, fn) {
        const kept = [];

        for (const entry of [...this.#entries.values()]) {
            if (entry.scope !== scope || entry.room !== room) {
                continue;
            }

            const next = fn(entry);

            if (next === null) {
                this.#entries.delete(entry.cid);

            } else {
                this.#entries.set(next.cid, next);
                kept.push(next);
            }
        }

        return kept;
    }
}
