
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who wants to hear what. */

/** @typedef {(value: any) => void} Listener */


export class Emitter {

    /** @type {Map<string, Set<{fn: Listener}>>} */
    #listeners = new Map();

    /**
     * @param {string} event
     * @param {Listener} fn
     * @returns {() => void} its undo
     */
    on(event, fn) {
        const entry = { fn };
        let set = this.#listeners.get(event);

        if (set === undefined) {
            set = new Set();
            this.#listeners.set(event, set);
        }

        set.add(entry);
        return () => void set.delete(entry);
    }

    /**
     * A listener may remove itself and others; whoever came in meanwhile
     * hears the next one.  One that throws does not keep the others from
     * hearing, its error goes where uncaught errors go.
     *
     * @protected
     * @param {string} event
     * @param {any} [value]
     */
    emit(event, value) {
        const set = this.#listeners.get(event);

        for (const entry of [...(set ?? [])]) {
            if (!set?.has(entry)) {
                continue;
            }

            try {
                entry.fn(value);
            } catch (error) {
                queueMicrotask(() => { throw error; });
            }
        }
    }
}
