
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One room's part of the store, and which tab may send what is in it. */

export const KEEP = 24 * 3_600_000;     /* ms, older ones are forgotten */
export const LEASE = 15_000;            /* ms, a tab's right to send */
export const STORE_WAIT = 1000;         /* ms, then the store is not there */

/** @typedef {import('./store.js').Entry} Entry */
/** @typedef {{id: string, guest: boolean}} User */

/**
 * @typedef {object} Port
 * @property {import('./store.js').Store | null} store
 * @property {string} scope
 * @property {string} owner  this tab
 * @property {import('./clock.js').Clock} clock
 */


/**
 * Of several tabs the one that has an entry's lease sends it.  When that tab
 * is gone, and with it the renewals, another takes the entry over.  A mistake
 * about that does no harm: the server knows the cid.
 */
export class Shelf {

    #room;

    /** @type {Port} */
    #port;

    #n = 0;

    /**
     * @param {string} room
     * @param {Port} port
     */
    constructor(room, port) {
        this.#room = room;
        this.#port = port;
    }

    /**
     * @param {string} cid
     * @param {Entry['fields']} fields
     * @param {User | null} user
     * @returns {Entry} not put yet
     */
    entry(cid, fields, user) {
        const { scope, owner, clock } = this.#port;
        const time = clock.now();

        return { cid, scope, room: this.#room, fields, user, time,
                 n: this.#n++, owner, lease: time + LEASE };
    }

    /**
     * @param {Entry} entry
     * @returns {Promise<boolean>} whether it is kept; does not take long
     */
    async put(entry) {
        const { store, clock } = this.#port;

        try {
            await this.#soon(store?.put({ ...entry,
                                          lease: clock.now() + LEASE }));
            return store !== null;
        } catch {
            return false;
        }
    }

    /** @param {string} cid */
    erase(cid) {
        this.#port.store?.remove(cid).catch(() => {});
    }

    /**
     * Renews this tab's leases, and takes over what has none.
     *
     * @param {User | null} user
     * @param {Set<string>} settled  cids that need no sending any more
     * @returns {Promise<{mine: Entry[], foreign: boolean} | null>}
     *     foreign: another tab has some; null: the store is not there
     */
    async claim(user, settled) {
        const { store, scope, owner, clock } = this.#port;
        const now = clock.now();
        let foreign = false;

        if (store === null) {
            return null;
        }

        /** @type {import('./store.js').Edit} */
        const edit = (entry) => {
            if (now - entry.time > KEEP || settled.has(entry.cid)) {
                return null;
            }

            if (!this.owns(entry, user)) {
                return entry;
            }

            if (entry.owner !== owner && entry.lease > now) {
                foreign = true;
                return entry;
            }

            return { ...entry, owner, lease: now + LEASE,
                     user: entry.user ?? user };
        };

        try {
            const kept = await this.#soon(store.edit(scope, this.#room, edit));

            return { foreign, mine: kept.filter((entry) =>
                entry.owner === owner && this.owns(entry, user)) };
        } catch {
            return null;
        }
    }

    /**
     * Guests of one browser are one person.  What was written before anybody
     * was greeted is its tab's, and then of who is greeted next.
     *
     * @param {Entry} entry
     * @param {User | null} user
     * @returns {boolean}
     */
    owns(entry, user) {
        if (entry.user === null || user === null) {
            return user !== null || entry.owner === this.#port.owner;
        }

        return entry.user.guest ? user.guest : entry.user.id === user.id;
    }

    /**
     * @template T
     * @param {Promise<T> | undefined} promise
     * @returns {Promise<T>} rejected if it takes too long
     */
    async #soon(promise) {
        const { clock } = this.#port;
        /** @type {any} */
        let timer;

        const late = new Promise((_, reject) => {
            timer = clock.setTimeout(() => reject(new Error('late')),
                                     STORE_WAIT);
        });

        try {
            return /** @type {T} */ (await Promise.race([promise, late]));
        } finally {
            clock.clearTimeout(timer);
        }
    }
}
