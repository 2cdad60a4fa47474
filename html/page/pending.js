
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One's own messages that the room has not shown yet. */

import { make } from './dom.js';
import { makeRow, updateRow } from './row.js';

/** @typedef {import('./row.js').Entry} Entry */
/** @typedef {import('./row.js').Words} Words */

/**
 * @typedef {object} Upcalls
 * @property {(cid: string, text: string) => void} retry
 * @property {(cid: string) => void} discard
 * @property {(text: string) => void} edit  to where one writes
 */


export class Pending {

    box = make('div', { class: 'group mine pending', 'aria-live': 'off' });

    /** @type {Map<string, {entry: Entry, row: HTMLElement}>} */
    #items = new Map();

    /** @type {Words} */
    #words;

    /** @type {Upcalls} */
    #on;

    /**
     * @param {Words} words
     * @param {Upcalls} on
     */
    constructor(words, on) {
        this.#words = words;
        this.#on = on;
    }

    /** @returns {number} */
    get size() {
        return this.#items.size;
    }

    /** @returns {Entry[]} in the order of writing */
    get entries() {
        return [...this.#items.values()].map(({ entry }) => entry);
    }

    /**
     * On its way.
     *
     * @param {string} cid
     * @param {string} text
     * @param {string} reason  what it waits for
     * @returns {boolean} whether it is new
     */
    pend(cid, text, reason) {
        if (this.#update(cid, { fate: 'sending', reason })) {
            return false;
        }

        /** @type {Entry} */
        const entry = { kind: 'message', time: Date.now(), mine: true, text,
                        from: { id: '', name: '' }, seq: null, cid,
                        fate: 'sending', reason };
        const row = makeRow(entry, this.#words);

        this.#items.set(cid, { entry, row });
        this.box.append(row);
        return true;
    }

    /**
     * @param {string} cid
     * @param {{seq: number, time: number}} ok
     */
    sent(cid, { seq, time }) {
        this.#update(cid, { fate: 'sent', seq, time });
    }

    /**
     * @param {string} cid
     * @param {string} reason
     */
    failed(cid, reason) {
        this.#update(cid, { fate: 'failed', reason });
    }

    /**
     * @param {string} cid  which is shown elsewhere or nowhere
     * @returns {boolean} whether there was one
     */
    drop(cid) {
        this.#items.get(cid)?.row.remove();
        return this.#items.delete(cid);
    }

    /**
     * @param {string} cid
     * @param {Partial<Entry>} change
     * @returns {boolean} whether there is such a message
     */
    #update(cid, change) {
        const item = this.#items.get(cid);

        if (item === undefined) {
            return false;
        }

        Object.assign(item.entry, change);
        updateRow(item.row, item.entry, this.#words, {
            retry: () => {
                this.drop(cid);
                this.#on.retry(cid, item.entry.text);
            },
            discard: () => {
                this.drop(cid);
                this.#on.discard(cid);
            },
            edit: () => {
                this.drop(cid);
                this.#on.discard(cid);
                this.#on.edit(item.entry.text);
            },
        });

        return true;
    }
}
