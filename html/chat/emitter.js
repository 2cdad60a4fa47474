
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who wants to hear what. */

/** @typedef {(value: any) => void} Listener */


export class Emitter {

    /** @type {Set<{event: string, fn: Listener}>} */
    #listeners = new Set();

    /**
     * @param {string} event
     * @param {Listener} fn
     * @returns {() => void} its undo
     */
    on(event, fn) {
        const entry = { event, fn };

        this.#listeners.add(entry);
        return () => void this.#listeners.delete(entry);
    }

    /**
     * A listener may remove itself and others; whoever came in meanwhile
     * hears the next one.  One that throws does not keep the others from
     * hearing, its error goes where uncaught errors go.
     *
     * @param {string} event
     * @param {any} [value]
     */
    emit(event, value) {
        for (const entry of [...this.#listeners]) {
            try {
                if (entry.event === event && this.#listeners.has(entry)) {
                    entry.fn(value);
                }
            } catch (error) {
                queueMicrotask(() => { throw error; });
            }
        }
    }
}
