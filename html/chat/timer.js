
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Something that is to happen later, at most one at a time. */


export class Timer {

    #clock;

    /** @type {any} */
    #id = null;

    /** @param {import('./clock.js').Clock} clock */
    constructor(clock) {
        this.#clock = clock;
    }

    /** Whether something is to happen. */
    get on() {
        return this.#id !== null;
    }

    /**
     * @param {number} ms
     * @param {() => void} fn  instead of what was to happen
     */
    set(ms, fn) {
        this.stop();
        this.#id = this.#clock.setTimeout(() => {
            this.#id = null;
            fn();
        }, ms);
    }

    stop() {
        this.#clock.clearTimeout(this.#id);
        this.#id = null;
    }
}
