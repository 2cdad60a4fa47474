
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What was written in each room and not sent, also after a reload. */

import { recall, remember } from './memory.js';

const ROOMS_MOST = 50;
const WRITE_AFTER = 400;                /* ms */


export class Drafts {

    /** @type {Map<string, string>} rooms whose draft is not written yet */
    #fresh = new Map();

    /** @type {Set<string>} rooms whose drafts stay in memory */
    #secret = new Set();

    /** @type {Map<string, string>} their drafts */
    #unwritten = new Map();

    /** @type {any} */
    #timer = null;

    constructor() {
        addEventListener('pagehide', () => this.#write());
    }

    /**
     * What is written here is not kept on the device.
     *
     * @param {string} room
     */
    hide(room) {
        this.#secret.add(room);
        this.set(room, '');
    }

    /**
     * @param {string} room
     * @returns {string}
     */
    get(room) {
        return this.#unwritten.get(room) ?? this.#fresh.get(room)
               ?? new Map(kept()).get(room) ?? '';
    }

    /**
     * @param {string} room
     * @param {string} text  empty for none
     */
    set(room, text) {
        if (this.#secret.has(room)) {
            this.#unwritten.set(room, text);
            text = '';
        }

        this.#fresh.set(room, text);
        this.#timer ??= setTimeout(() => this.#write(), WRITE_AFTER);
    }

    /** Another tab may have written others meanwhile. */
    #write() {
        const all = new Map(kept());

        clearTimeout(this.#timer);
        this.#timer = null;

        if (this.#fresh.size === 0) {
            return;
        }

        for (const [room, text] of this.#fresh) {
            all.delete(room);

            if (text.trim() !== '') {
                all.set(room, text);
            }
        }

        this.#fresh.clear();
        remember('drafts', [...all].slice(-ROOMS_MOST));
    }
}


/** @returns {[string, string][]} */
function kept() {
    const pairs = recall('drafts');

    return (Array.isArray(pairs) ? pairs : []).filter((pair) =>
        Array.isArray(pair) && typeof pair[0] === 'string'
        && typeof pair[1] === 'string');
}
