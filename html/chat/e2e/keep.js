
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Where keys outlive a reload: in the browser's IndexedDB, as keys that no
 * script can read, only use.  The secret itself is nowhere.
 */

const NAME = 'ngx_chat_keys';
const VERSION = 1;
const KEYS = 'keys';

export const KEEP_WAIT = 3000;          /* ms, then it is not there */

/** @typedef {import('./ring.js').RingKey} RingKey */


export class Keep {

    #factory;
    #scope;

    /**
     * @param {string} scope  which chat, its address
     * @param {any} [factory]  the browser's "indexedDB"
     */
    constructor(scope, factory = globalThis.indexedDB) {
        this.#scope = scope;
        this.#factory = factory;
    }

    /**
     * @param {string} room
     * @returns {Promise<RingKey[]>}
     */
    async load(room) {
        const found = await this.#run('readonly', (keys) =>
            keys.index('room').getAll([this.#scope, room]));

        return found.map((/** @type {RingKey} */ { epoch, secret, since }) =>
            ({ epoch, secret, since }));
    }

    /**
     * @param {string} room
     * @param {RingKey} key
     * @returns {Promise<boolean>} whether a reload of the page will find it
     */
    async put(room, key) {
        try {
            await this.#run('readwrite', (keys) => keys.put(
                { ...key, scope: this.#scope, room }));
            return true;
        } catch {
            return false;
        }
    }

    /** @param {string} room  whose keys are used no more */
    async forget(room) {
        for (const { epoch } of await this.load(room)) {
            await this.#run('readwrite', (keys) =>
                keys.delete([this.#scope, room, epoch]));
        }
    }

    /**
     * @param {'readonly'|'readwrite'} mode
     * @param {(keys: any) => any} work  gives a request of IndexedDB
     * @returns {Promise<any>} its result; rejected if it takes too long
     */
    #run(mode, work) {
        /** @type {any} */
        let timer;

        const late = new Promise((_, reject) => {
            timer = setTimeout(() => reject(new Error('late')), KEEP_WAIT);
        });

        return Promise.race([this.#transact(mode, work), late])
            .finally(() => clearTimeout(timer));
    }

    /**
     * @param {'readonly'|'readwrite'} mode
     * @param {(keys: any) => any} work
     * @returns {Promise<any>}
     */
    async #transact(mode, work) {
        const db = await this.#open();

        try {
            return await new Promise((resolve, reject) => {
                const transaction = db.transaction(KEYS, mode);
                const request = work(transaction.objectStore(KEYS));

                transaction.oncomplete = () => resolve(request.result);
                transaction.onabort = () => reject(transaction.error);
            });
        } finally {
            db.close();
        }
    }

    /** @returns {Promise<any>} */
    #open() {
        return new Promise((resolve, reject) => {
            const request = this.#factory.open(NAME, VERSION);

            request.onupgradeneeded = () => {
                request.result.createObjectStore(KEYS,
                    { keyPath: ['scope', 'room', 'epoch'] })
                    .createIndex('room', ['scope', 'room']);
            };

            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
            request.onblocked = () => reject(new Error('blocked'));
        });
    }
}
