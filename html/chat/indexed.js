
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Unacknowledged sends in the browser's IndexedDB: they survive a reload. */

const NAME = 'ngx_chat';
const VERSION = 1;
const BOX = 'outbox';

/** @typedef {import('./store.js').Entry} Entry */
/** @typedef {import('./store.js').Store} Store */


/** @implements {Store} */
export class IndexedStore {

    #factory;

    /** @param {any} factory  the browser's "indexedDB" */
    constructor(factory) {
        this.#factory = factory;
    }

    /** @param {Entry} entry */
    put(entry) {
        return this.#run((box) => void box.put(entry));
    }

    /** @param {string} cid */
    remove(cid) {
        return this.#run((box) => void box.delete(cid));
    }

    /**
     * @param {string} scope
     * @param {string} room
     * @param {import('./store.js').Edit} fn
     * @returns {Promise<Entry[]>}
     */
    async edit(scope, room, fn) {
        /** @type {Entry[]} */
        const kept = [];

        await this.#run((box) => {
            const found = box.index('room').getAll([scope, room]);

            found.onsuccess = () => {
                for (const entry of found.result) {
                    const next = fn(entry);

                    if (next === null) {
                        box.delete(entry.cid);

                    } else {
                        box.put(next);
                        kept.push(next);
                    }
                }
            };
        });

        return kept;
    }

    /**
     * Opened for each transaction, so that nobody who deletes or upgrades the
     * database is kept waiting.
     *
     * @param {(box: any) => void} work  within one transaction
     * @returns {Promise<void>}
     */
    #run(work) {
        return new Promise((resolve, reject) => {
            const request = this.#factory.open(NAME, VERSION);

            request.onupgradeneeded = () => {
                request.result.createObjectStore(BOX, { keyPath: 'cid' })
                    .createIndex('room', ['scope', 'room']);
            };

            request.onerror = () => reject(request.error);
            request.onsuccess = () => {
                const db = request.result;

                try {
                    const transaction = db.transaction(BOX, 'readwrite');

                    transaction.oncomplete = () => resolve();
                    transaction.onabort = () => reject(transaction.error);
                    work(transaction.objectStore(BOX));
                } catch (error) {
                    reject(error);
                }

                db.close();
            };
        });
    }
}


/** @returns {import('./store.js').Store | null} the browser's, if it has one */
export function storeHere() {
    try {
        return new IndexedStore(indexedDB);
    } catch {
        return null;            /* there is none, or it is denied */
    }
}
