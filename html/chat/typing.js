
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How often the others hear that one types. */

export const TYPING_EVERY = 3000;       /* ms */
export const TYPING_AGAIN = 1000;       /* ms after a message */


export class Typing {

    /** @type {number} ms UTC, when it was said last */
    #said = -Infinity;

    /**
     * @param {boolean} on
     * @param {number} now  ms UTC
     * @returns {boolean} whether it has to be said
     */
    change(on, now) {
        if (on ? now - this.#said < TYPING_EVERY : this.#said === -Infinity) {
            return false;
        }

        this.#said = on ? now : -Infinity;
        return true;
    }

    /**
     * A message ends it, for the others.
     *
     * @param {number} now  ms UTC
     */
    sent(now) {
        this.#said = now - TYPING_EVERY + TYPING_AGAIN;
    }

    stop() {
        this.#said = -Infinity;
    }
}
