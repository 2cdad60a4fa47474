
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Asks for what is missing in a view, page by page. */

import { again } from './policy.js';
import { Timer } from './timer.js';

/** @typedef {import('./error.js').ChatError} ChatError */

/** @typedef {import('./entries.js').Entries} Entries */

/**
 * @typedef {object} Port
 * @property {import('./clock.js').Clock} clock
 * @property {() => number} random
 */


/** Live entries are held until the pages are through, and come then. */
export class Filler {

    #view;

    /** @type {Port} */
    #port;

    #timer;

    /** @type {WeakSet<any>} held entries that are not in the view's log */
    #strange = new WeakSet();

    #busy = false;
    #turn = 0;
    #attempt = 0;

    #entries;

    /**
     * @param {import('./view.js').View} view
     * @param {Port} port
     * @param {Pick<Entries, 'ask' | 'show' | 'hole' | 'emit'>} entries
     */
    constructor(view, port, entries) {
        this.#view = view;
        this.#entries = entries;
        this.#port = port;
        this.#timer = new Timer(port.clock);
    }

    get busy() {
        return this.#busy;
    }

    start() {
        if (!this.#busy) {
            this.#busy = true;
            this.#fill(++this.#turn);
        }
    }

    /** What is under way does not count any more. */
    stop() {
        this.#turn++;
        this.#busy = false;
        this.#attempt = 0;
        this.#timer.stop();
    }

    /** @param {number} turn */
    async #fill(turn) {
        try {
            while (await this.#pages(turn)) {
                if (this.#merge(true)) {
                    break;
                }
            }

            if (turn === this.#turn) {
                this.#finish();
            }

        } catch (error) {
            if (turn === this.#turn) {
                this.#refused(/** @type {ChatError} */ (error));
            }
        }
    }

    /**
     * A page that is the last one brings whatever was heard before it was
     * asked for.  An entry that is not in it is of another epoch: events do
     * not tell theirs, and a slow reader hears old ones late.
     *
     * @param {number} turn
     * @returns {Promise<boolean>} whether it is of use to ask again
     */
    async #pages(turn) {
        let came = false;

        for (;;) {
            const waiting = this.#view.waiting;
            const ok = await this.#entries.ask({
                after: this.#view.seq ?? 0 });
            const before = this.#view.seq;

            if (turn !== this.#turn) {
                return false;
            }

            for (const frame of ok.messages) {
                if (this.#view.judge(frame) !== 'drop') {
                    this.#entries.show(frame);
                }
            }

            if (ok.more !== true) {
                waiting.forEach((frame) => this.#strange.add(frame));
                return true;
            }

            if (this.#view.seq === before) {
                return came;
            }

            came = true;
        }
    }

    /**
     * @param {boolean} ask  leave a hole, since there may be more to get
     * @returns {boolean} whether nothing is held any more
     */
    #merge(ask) {
        const held = this.#view.release();

        for (const [i, frame] of held.entries()) {
            const verdict = this.#view.judge(frame);

            if (verdict === 'hole' && this.#strange.has(frame)) {
                continue;
            }

            if (verdict === 'hole' && ask) {
                held.slice(i).forEach((each) => this.#view.keep(each));
                return false;
            }

            if (verdict === 'hole') {
                this.#entries.hole(this.#view.seq ?? 0, frame.seq);
            }

            if (verdict !== 'drop') {
                this.#entries.show(frame);
            }
        }

        return true;
    }

    #finish() {
        this.stop();
        this.#merge(false);
        this.#entries.emit('current');
    }

    /** @param {ChatError} error */
    #refused(error) {
        if (error.code === 'gone' || error.code === 'epoch_changed') {
            this.stop();
            this.#entries.emit('lost');
            return;
        }

        const delay = again(error, this.#attempt++, this.#port.random);
        const turn = this.#turn;

        if (delay === null) {
            this.#finish();

        } else {
            this.#timer.set(delay, () => this.#fill(turn));
        }
    }
}
