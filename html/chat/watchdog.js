
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Barks when nothing was heard for too long. */

import { Timer } from './timer.js';


export class Watchdog {

    /** @type {import('./clock.js').Clock} */
    #clock;

    /** @type {() => void} */
    #bark;

    #timer;
    #limit = 0;
    #heard = 0;

    /**
     * @param {import('./clock.js').Clock} clock
     * @param {() => void} bark
     */
    constructor(clock, bark) {
        this.#clock = clock;
        this.#timer = new Timer(clock);
        this.#bark = bark;
    }

    /** @param {number} limit  ms of silence from now on */
    arm(limit) {
        this.#limit = limit;
        this.#heard = this.#clock.now();
        this.#sleep(limit);
    }

    /** Something came; the timer is left alone, it looks when it fires. */
    feed() {
        this.#heard = this.#clock.now();
    }

    stop() {
        this.#timer.stop();
    }

    /** @param {number} ms */
    #sleep(ms) {
        this.#timer.set(ms, () => this.#look());
    }

    #look() {
        const silence = this.#clock.now() - this.#heard;

        if (silence >= 0 && silence < this.#limit) {
            this.#sleep(this.#limit - silence);
            return;
        }

        this.#bark();
    }
}
