
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How far one has read in each room, also when one comes again. */

import { recall, remember } from './memory.js';

const ROOMS_MOST = 100;
const WRITE_AFTER = 500;                /* ms */

/** @typedef {{epoch: string, seq: number}} Mark */


class Reading {

    /** @type {Map<string, Mark>} those read last come last */
    #marks = new Map(pairs(recall('read')));

    /** @type {any} */
    #timer = null;

    constructor() {
        addEventListener('pagehide', () => this.#write());
    }

    /**
     * @param {string} room
     * @param {string | null} epoch
     * @returns {number | null} up to which entry
     */
    upTo(room, epoch) {
        const mark = this.#marks.get(room);

        return mark !== undefined && mark.epoch === epoch ? mark.seq : null;
    }

    /**
     * @param {string} room
     * @param {string | null} epoch
     * @param {number | null} seq
     */
    note(room, epoch, seq) {
        if (epoch === null || seq === null
            || (this.upTo(room, epoch) ?? -1) >= seq)
        {
            return;
        }

        this.#marks.delete(room);
        this.#marks.set(room, { epoch, seq });
        this.#timer ??= setTimeout(() => this.#write(), WRITE_AFTER);
    }

    #write() {
        if (this.#timer !== null) {
            clearTimeout(this.#timer);
            this.#timer = null;
            remember('read', [...this.#marks].slice(-ROOMS_MOST));
        }
    }
}


/**
 * @param {any} kept
 * @returns {[string, Mark][]}
 */
function pairs(kept) {
    return (Array.isArray(kept) ? kept : []).filter((pair) =>
        Array.isArray(pair) && typeof pair[0] === 'string'
        && Number.isSafeInteger(pair[1]?.seq));
}


export const reading = new Reading();
