
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

    /** @type {Promise<any> | null} */
    #db = null;

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
                        continue;
                    }

                    if (next !== entry) {
                        box.put(next);
                    }

                    kept.push(next);
                }
            };
        });

        return kept;
    }

    /**
     * @param {(box: any) => void} work  within one transaction
     * @returns {Promise<void>}
     */
    async #run(work) {
        const db = await this.#open();

        return new Promise((resolve, reject) => {
            const transaction = db.transaction(BOX, 'readwrite');

            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error);
            work(transaction.objectStore(BOX));
        });
    }

    /** @returns {Promise<any>} */
    #open() {
        this.#db ??= new Promise((resolve, reject) => {
            const request = this.#factory.open(NAME, VERSION);

            request.onupgradeneeded = () => {
                request.result.createObjectStore(BOX, { keyPath: 'cid' })
                    .createIndex('room', ['scope', 'room']);
            };

            request.onsuccess = () => resolve(this.#watch(request.result));
            request.onerror = () => reject(request.error);
        }).catch((error) => {
            this.#db = null;
            throw error;
        });

        return this.#db;
    }

    /**
     * Whoever deletes or upgrades the database is not kept waiting.
     *
     * @param {any} db
     */
    #watch(db) {
        const forget = () => {
            this.#db = null;
        };

        db.onclose = forget;
        db.onversionchange = () => {
            db.close();
            forget();
        };

        return db;
    }
}


/** @returns {import('./store.js').Store | null} the browser's, if it has one */
export function storeHere() {
    try {
        return globalThis.indexedDB === undefined ? null
               : new IndexedStore(globalThis.indexedDB);
    } catch {
        return null;
    }
}
