
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The keys of one room, of each epoch one. */

/** @typedef {import('./keys.js').Key} Key */

/**
 * @typedef {object} RingKey
 * @property {number} epoch  1 for the first
 * @property {Key} secret
 * @property {number} since  ms UTC, when it came here
 */


export class Ring {

    /** @type {Map<number, RingKey>} */
    #keys = new Map();

    /** @type {Promise<void>} */
    #ready = Promise.resolve();

    /** @param {Iterable<RingKey>} [keys] */
    constructor(keys = []) {
        for (const key of keys) {
            this.add(key);
        }
    }

    /** @returns {Promise<void>} nothing is judged before */
    get ready() {
        return this.#ready;
    }

    /** @returns {RingKey | null} what is sealed with */
    get now() {
        return this.#keys.get(Math.max(0, ...this.#keys.keys())) ?? null;
    }

    /** @returns {RingKey[]} */
    get keys() {
        return [...this.#keys.values()];
    }

    /** @param {RingKey} key  in place of another one of its epoch */
    add(key) {
        this.#keys.set(key.epoch, Object.freeze({ ...key }));
    }

    /**
     * Keys are being looked for: messages wait for them.
     *
     * @param {Promise<RingKey[]>} keys  rejected: there are none
     */
    wait(keys) {
        const before = this.#ready;

        this.#ready = keys.then((found) => found.forEach((key) =>
            this.add(key)), () => {}).then(() => before);
    }

    /** No key is used any more. */
    clear() {
        this.#keys.clear();
    }

    /**
     * @param {number} epoch
     * @returns {RingKey | undefined}
     */
    get(epoch) {
        return this.#keys.get(epoch);
    }
}
