
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which entries of a room's log one has: from where, up to where. */


/**
 * Numbers grow and may jump, each entry names the one before it ("prev"):
 * what is above "seq" is new, and nothing is missing before it if its "prev"
 * is not above "seq".
 */
export class View {

    /** @type {string | null} */
    epoch = null;

    /** @type {number | null} the newest entry, null without a view */
    seq = null;

    /** @type {number | null} the oldest entry */
    first = null;

    /** @type {number | null} the oldest number that the server keeps */
    floor = null;

    /** How often it began anew. */
    turns = 0;

    /** Whether the server has entries before "first". */
    older = false;

    /** @type {any[] | null} entries that wait for what comes before them */
    #held = null;

    #limit;
    #firstPrev = 0;

    /** @param {number} limit  entries held at most; more become a hole */
    constructor(limit) {
        this.#limit = limit;
    }

    /** @returns {boolean} */
    get holding() {
        return this.#held !== null;
    }

    /** @returns {Set<any>} what is held now */
    get waiting() {
        return new Set(this.#held);
    }

    /** Entries before "first" are there no more. */
    get gone() {
        return !this.older && this.#firstPrev > 0;
    }

    /** From here on entries are held; those held so far are forgotten. */
    hold() {
        this.#held = [];
    }

    /** @param {any} frame */
    keep(frame) {
        this.#held ??= [];

        if (this.#held.length < this.#limit) {
            this.#held.push(frame);
        }
    }

    /** @returns {any[]} what was held, in order; nothing is held any more */
    release() {
        const held = this.#held ?? [];

        this.#held = null;
        return held.sort((a, b) => a.seq - b.seq);
    }

    /**
     * @param {any} frame  an entry
     * @returns {'drop'|'take'|'hole'}  hole: something is missing before it
     */
    judge(frame) {
        const mine = this.seq ?? 0;

        if (!Number.isSafeInteger(frame.seq) || frame.seq <= mine) {
            return 'drop';
        }

        return frame.prev > mine ? 'hole' : 'take';
    }

    /** @param {any} frame  is in the view now, as its newest entry */
    append(frame) {
        this.seq = frame.seq;

        if (this.first === null) {
            this.#begin(frame);
        }
    }

    /**
     * A page before the view's first entry.
     *
     * @param {any[]} frames  ascending
     * @param {boolean} more
     */
    prepend(frames, more) {
        if (frames.length > 0) {
            this.#begin(frames[0]);
        }

        this.older = more;
    }

    /**
     * The view begins anew, with nothing in it.
     *
     * @param {string | null} epoch
     * @param {boolean} older  whether there is something before it
     */
    reset(epoch, older) {
        this.turns++;
        this.epoch = epoch;
        this.seq = null;
        this.first = null;
        this.older = older;
        this.#firstPrev = 0;
    }

    /**
     * Nothing up to here is missing.
     *
     * @param {number} top
     */
    reach(top) {
        if (this.first === null) {
            this.#firstPrev = top;
        }

        this.seq = Math.max(this.seq ?? 0, top);
    }

    /** @param {any} frame */
    #begin(frame) {
        this.first = frame.seq;
        this.#firstPrev = frame.prev ?? 0;
    }
}
