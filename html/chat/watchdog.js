
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Barks when nothing was heard for too long. */


export class Watchdog {

    /** @type {import('./clock.js').Clock} */
    #clock;

    /** @type {() => void} */
    #bark;

    /** @type {any} */
    #timer = null;

    #limit = 0;
    #heard = 0;

    /**
     * @param {import('./clock.js').Clock} clock
     * @param {() => void} bark
     */
    constructor(clock, bark) {
        this.#clock = clock;
        this.#bark = bark;
    }

    /** @param {number} limit  ms of silence from now on */
    arm(limit) {
        this.stop();
        this.#limit = limit;
        this.#heard = this.#clock.now();
        this.#sleep(limit);
    }

    /** Something came; the timer is left alone, it looks when it fires. */
    feed() {
        this.#heard = this.#clock.now();
    }

    stop() {
        if (this.#timer !== null) {
            this.#clock.clearTimeout(this.#timer);
            this.#timer = null;
        }
    }

    /** @param {number} ms */
    #sleep(ms) {
        this.#timer = this.#clock.setTimeout(() => this.#look(), ms);
    }

    #look() {
        const silence = this.#clock.now() - this.#heard;

        this.#timer = null;

        if (silence >= 0 && silence < this.#limit) {
            this.#sleep(this.#limit - silence);
            return;
        }

        this.#bark();
    }
}
