
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which messages of one sender were seen: none twice, and which are missing. */

import { Broken } from './broken.js';

export const WINDOW = 1024;             /* messages that may overtake */
export const REMEMBERED = 8192;         /* messages of one sid */

/**
 * @typedef {object} Seen
 * @property {number} seq      where the server has put it
 * @property {number} counter  where its sender has
 * @property {number} unsent   counters before it that were given up
 */


/**
 * The messages of one sid, in the order of the room's log.  Older ones may
 * come after newer ones, when somebody scrolls up.
 */
export class Replay {

    /** @type {Seen[]} by seq */
    #seen = [];

    /** @type {Map<number, number>} seq by counter */
    #places = new Map();

    /** @type {Set<number>} counters that were called missing */
    #told = new Set();

    /** @type {Set<number>} counters of a log that is gone */
    #spent = new Set();

    #top = -1;                          /* the largest counter */
    #trimmed = false;
    #floor = -1;                        /* up to here all are spent */

    /**
     * The room's log began anew: what was seen has no place any more, and
     * must not come again.
     */
    reset() {
        this.#floor = Math.max(this.#floor, this.#top - WINDOW);
        this.#spent = new Set([...this.#spent, ...this.#places.keys()]
            .filter((counter) => counter > this.#floor));
        this.#seen = [];
        this.#trimmed = false;
        this.#places.clear();
    }

    /**
     * @param {number} seq
     * @param {number} counter
     * @param {number} [unsent]  counters before it that were given up
     * @param {number} [reach]   what is at most this "seq" was not seen, or
     *     not all of it; 0: all was, from the room's first message on
     * @returns {number} messages that are missing just before it; throws
     *     Broken
     */
    take(seq, counter, unsent = 0, reach = -1) {
        const place = this.#places.get(counter);

        if (place === seq) {
            return 0;
        }

        const at = this.#at(seq);
        const before = this.#seen[at - 1];
        const behind = this.#seen[at];

        if (place !== undefined || this.#isSpent(counter)
            || (before !== undefined && counter <= before.counter - WINDOW)
            || (behind !== undefined && counter >= behind.counter + WINDOW)
            || behind?.seq === seq)
        {
            throw new Broken('replayed');
        }

        this.#seen.splice(at, 0, { seq, counter, unsent });
        this.#places.set(counter, seq);
        this.#top = Math.max(this.#top, counter);
        this.#trim();

        return before !== undefined && before.seq > reach
               ? this.#missing(before.counter, counter, unsent)
               : reach === 0 ? this.#missing(-1, counter, unsent) : 0;
    }

    /**
     * An older page has come, of which this is the sender's last message.
     *
     * @param {number} seq
     * @returns {number} messages that are missing just behind it
     */
    behind(seq) {
        const at = this.#at(seq);
        const here = this.#seen[at];
        const next = this.#seen[at + 1];

        return here?.seq !== seq || next === undefined || this.#trimmed ? 0
               : this.#missing(here.counter, next.counter, next.unsent);
    }

    /** @returns {number} what is missing before the first, in the whole log */
    start() {
        const [first] = this.#seen;

        return first === undefined || this.#trimmed ? 0
               : this.#missing(-1, first.counter, first.unsent);
    }

    /**
     * @param {number} seq
     * @returns {number} where it belongs
     */
    #at(seq) {
        let at = 0;

        for (let end = this.#seen.length; at < end;) {
            const middle = (at + end) >> 1;

            if (/** @type {Seen} */ (this.#seen[middle]).seq < seq) {
                at = middle + 1;
            } else {
                end = middle;
            }
        }

        return at;
    }

    /**
     * @param {number} from  counter of the message before
     * @param {number} to
     * @param {number} unsent
     * @returns {number}
     */
    #missing(from, to, unsent) {
        let missing = 0;

        for (let i = Math.max(from + 1, to - WINDOW); i < to - unsent; i++) {
            if (!this.#places.has(i) && !this.#isSpent(i)
                && !this.#told.has(i))
            {
                this.#told.add(i);
                missing++;
            }
        }

        return missing;
    }

    /** @param {number} counter */
    #isSpent(counter) {
        return counter <= this.#floor || this.#spent.has(counter);
    }

    #trim() {
        if (this.#seen.length > REMEMBERED) {
            const oldest = /** @type {Seen} */ (this.#seen.shift());

            this.#places.delete(oldest.counter);
            this.#trimmed = true;
        }

        if (this.#told.size > REMEMBERED) {
            this.#told.clear();
        }
    }
}
