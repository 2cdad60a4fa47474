
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * All that is known of a room's log.  What is far from view keeps its height
 * only, so that ten thousand messages cost the page no more than some
 * hundred.
 */

import { make } from '../chat/ui/dom.js';
import { nameDay, Sheet } from './sheet.js';

export const DRAWN_MOST = 8;            /* sheets, if no more are near */
export const ENTRIES_MOST = 20_000;

/** @typedef {import('../chat/ui/row.js').Entry} Entry */
/** @typedef {import('../chat/ui/row.js').Words} Words */


export class Feed {

    box = make('div', { class: 'settled' });

    /** @type {Sheet[]} in the order of the log */
    #sheets = [];

    /** @type {Map<number, Sheet>} where an entry is, by its number */
    #places = new Map();

    /** @type {Words} */
    #words;

    /** @type {number | null} the first entry that is new to the reader */
    #fresh = null;

    /** @param {Words} words */
    constructor(words) {
        this.#words = words;
    }

    /** @returns {number} entries */
    get size() {
        return this.#sheets.reduce((sum, { entries }) =>
            sum + entries.length, 0);
    }

    /** @returns {Entry | null} the newest */
    get last() {
        return this.#sheets.at(-1)?.last ?? null;
    }

    /** @returns {number | null} the number of the first message */
    get first() {
        for (const { entries } of this.#sheets) {
            const entry = entries.find(({ seq }) => seq !== null);

            if (entry !== undefined) {
                return entry.seq;
            }
        }

        return null;
    }

    /** @returns {number | null} the first that is new to the reader */
    get fresh() {
        return this.#fresh;
    }

    /**
     * @param {number} seq
     * @returns {boolean}
     */
    has(seq) {
        return this.#places.has(seq);
    }

    /**
     * @param {number} seq
     * @returns {HTMLElement | null} drawn, if it is known at all
     */
    row(seq) {
        const sheet = this.#places.get(seq);

        if (sheet !== undefined && !sheet.drawn) {
            this.draw(sheet);
        }

        return sheet?.row(seq) ?? null;
    }

    /**
     * @param {number} seq
     * @returns {Entry | null}
     */
    entry(seq) {
        return this.#places.get(seq)?.entries.find((each) =>
            each.seq === seq) ?? null;
    }

    /** @param {Entry} entry  in the place of the one with its number */
    replace(entry) {
        this.#places.get(entry.seq ?? -1)?.replace(entry);
    }

    /** @param {Entry} entry  the newest */
    add(entry) {
        let sheet = this.#sheets.at(-1);
        const before = sheet?.last ?? null;

        if (sheet === undefined || sheet.full) {
            // what is read again on the way back is no news
            sheet?.element.setAttribute('aria-live', 'off');
            sheet = this.#newSheet(this.#sheets.length);
        }

        sheet.add(entry, before, this.#fresh);
        this.#note(entry, sheet);
    }

    /** @param {Entry[]} entries  from before the first one, ascending */
    prepend(entries) {
        const next = this.#sheets[0];
        let before = null;
        let at = 0;

        for (const entry of entries) {
            let sheet = this.#sheets[at - 1];

            if (sheet === undefined || sheet.full) {
                sheet = this.#newSheet(at++);
                sheet.element.setAttribute('aria-live', 'off');
            }

            sheet.add(entry, before, this.#fresh);
            this.#note(entry, sheet);
            before = entry;
        }

        next?.redraw(before);
    }

    /**
     * @param {number | null} seq  the first entry that is new to the reader
     */
    setFresh(seq) {
        const old = this.#fresh;

        this.#fresh = seq;

        if (old !== null) {
            this.box.querySelector('.fresh')?.remove();
        }

        const sheet = seq === null ? undefined : this.#places.get(seq);

        if (sheet?.drawn) {
            this.draw(sheet);
        }
    }

    /**
     * What is in view, or will be soon.
     *
     * @param {number} top     px of what the log scrolls
     * @param {number} bottom  px
     * @returns {Sheet[]} those of it that are not drawn
     */
    look(top, bottom) {
        for (const sheet of this.#sheets) {
            const { offsetTop, offsetHeight } = sheet.element;

            sheet.near = offsetTop < bottom
                         && offsetTop + offsetHeight > top;
        }

        return this.#sheets.filter(({ drawn, near }) => near && !drawn);
    }

    /** @param {Sheet} sheet */
    draw(sheet) {
        const at = this.#sheets.indexOf(sheet);

        sheet.draw(this.#sheets[at - 1]?.last ?? null, this.#fresh);
    }

    /** Folds what is farthest from view, until few enough are drawn. */
    fold() {
        const sheets = this.#sheets;
        const drawn = sheets.filter((sheet) => sheet.drawn);

        if (drawn.length <= DRAWN_MOST) {
            return;
        }

        const near = sheets.findIndex((sheet) => sheet.near);
        const middle = near === -1 ? sheets.length : near;
        const away = (/** @type {Sheet} */ sheet) =>
            Math.abs(sheets.indexOf(sheet) - middle);

        /* all are measured before one is changed: one layout */
        drawn.filter((sheet) => !sheet.near && !sheet.used
                                && sheet !== sheets.at(-1))
            .sort((a, b) => away(b) - away(a))
            .slice(0, drawn.length - DRAWN_MOST)
            .map((sheet) => /** @type {const} */ ([sheet, sheet.height]))
            .forEach(([sheet, height]) => sheet.fold(height));
    }

    /** Whoever reads the end does not miss the oldest. */
    trim() {
        while (this.size - (this.#sheets[0]?.entries.length ?? 0)
               >= ENTRIES_MOST)
        {
            const sheet = /** @type {Sheet} */ (this.#sheets.shift());

            sheet.entries.forEach(({ seq }) =>
                this.#places.delete(seq ?? -1));
            sheet.element.remove();
        }
    }

    clear() {
        this.#sheets = [];
        this.#places.clear();
        this.#fresh = null;
        this.box.replaceChildren();
    }

    /** A new day began. */
    nameDays() {
        for (const sign of this.box.querySelectorAll('.day')) {
            nameDay(/** @type {HTMLElement} */ (sign), this.#words);
        }
    }

    /**
     * @param {number} at
     * @returns {Sheet}
     */
    #newSheet(at) {
        const sheet = new Sheet(this.#words);

        this.box.insertBefore(sheet.element,
                              this.#sheets[at]?.element ?? null);
        this.#sheets.splice(at, 0, sheet);
        return sheet;
    }

    /**
     * @param {Entry} entry
     * @param {Sheet} sheet
     */
    #note({ seq }, sheet) {
        if (seq !== null) {
            this.#places.set(seq, sheet);
        }
    }
}
