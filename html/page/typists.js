
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who types in a room now. */

const ENDS = 6000;                      /* ms */


export class Typists {

    /** @type {Map<string, {name: string, timer: any}>} */
    #people = new Map();

    /** @type {() => void} */
    #changed;

    /** @param {() => void} changed */
    constructor(changed) {
        this.#changed = changed;
    }

    /** @returns {string[]} */
    get names() {
        return [...this.#people.values()].map(({ name }) => name);
    }

    /**
     * @param {{id: string, name: string}} person
     * @param {boolean} on
     */
    note({ id, name }, on) {
        clearTimeout(this.#people.get(id)?.timer);
        this.#people.delete(id);

        if (on) {
            this.#people.set(id, { name,
                timer: setTimeout(() => this.stop(id), ENDS) });
        }

        this.#changed();
    }

    /** @param {string} id */
    stop(id) {
        if (this.#people.has(id)) {
            this.note({ id, name: '' }, false);
        }
    }

    clear() {
        this.#people.forEach(({ timer }) => clearTimeout(timer));
        this.#people.clear();
    }
}
