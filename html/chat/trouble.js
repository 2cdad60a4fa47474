
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The store's absence, while the server is there. */

import { backoff } from './policy.js';
import { Timer } from './timer.js';

/** @typedef {import('./error.js').ChatError} ChatError */

/**
 * @typedef {object} Port
 * @property {import('./clock.js').Clock} clock
 * @property {() => number} random
 * @property {() => boolean} ask  sends what tells whether the store is back
 * @property {(error: ChatError | null) => void} changed
 */


/**
 * Rooms that wait for their join ask by themselves; when all are joined, one
 * of them has to be asked for.
 */
export class Trouble {

    #port;

    /** @type {ChatError | null} */
    #error = null;

    #timer;
    #asked = 0;

    /** @param {Port} port */
    constructor(port) {
        this.#port = port;
        this.#timer = new Timer(port.clock);
    }

    /** @param {ChatError} error */
    begin(error) {
        if (!this.#timer.on) {
            this.#timer.set(backoff(this.#asked++, this.#port.random),
                            () => this.#ask());
        }

        this.#set(error);
    }

    end() {
        this.#stop();
        this.#set(null);
    }

    /** The connection is gone, and with it the question. */
    forget() {
        this.#stop();
        this.#error = null;
    }

    #stop() {
        this.#timer.stop();
        this.#asked = 0;
    }

    #ask() {
        if (!this.#port.ask() && this.#error !== null) {
            this.begin(this.#error);
        }
    }

    /** @param {ChatError | null} error */
    #set(error) {
        if (this.#error !== error) {
            this.#error = error;
            this.#port.changed(error);
        }
    }
}
