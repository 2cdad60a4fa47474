
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Some dozens of a log's entries: drawn, or folded to their height. */

import { make } from '../chat/ui/dom.js';
import { avatar, hue } from '../chat/ui/people.js';
import { makeRow } from '../chat/ui/row.js';

export const SHEET_MOST = 50;           /* entries */

const PAUSE = 5 * 60_000;               /* ms that begin a new group */
const GUESS = 44;                       /* px of a row that was never drawn */
const DAY = 86_400_000;                 /* ms */

/** @typedef {import('../chat/ui/row.js').Entry} Entry */
/** @typedef {import('../chat/ui/row.js').Words} Words */


export class Sheet {

    /** @type {Entry[]} */
    entries = [];

    drawn = true;

    /** Whether it is in view, or will be soon. */
    near = true;

    element = make('div', { class: 'sheet' });

    /** @type {Words} */
    #words;

    /** @type {HTMLElement | null} where the newest entry's group goes on */
    #group = null;

    /** @type {number | null} the first entry that is new to the reader */
    #fresh = null;

    /** @param {Words} words */
    constructor(words) {
        this.#words = words;
    }

    /** @returns {boolean} */
    get full() {
        return this.entries.length >= SHEET_MOST;
    }

    /** @returns {Entry | null} */
    get last() {
        return this.entries.at(-1) ?? null;
    }

    /**
     * @param {Entry} entry
     * @param {Entry | null} before
     * @param {number | null} fresh
     */
    add(entry, before, fresh) {
        this.entries.push(entry);
        this.#fresh = fresh;

        if (this.drawn) {
            this.#put(entry, before);
        }
    }

    /**
     * @param {Entry | null} before  the entry before the first
     * @param {number | null} fresh
     */
    draw(before, fresh) {
        this.#fresh = fresh;
        this.#group = null;
        this.drawn = true;
        this.element.replaceChildren();
        this.element.style.removeProperty('block-size');

        for (const entry of this.entries) {
            this.#put(entry, before);
            before = entry;
        }
    }

    /**
     * The first entry's predecessor is another one now.  Whoever is busy here
     * is not disturbed.
     *
     * @param {Entry | null} before
     */
    redraw(before) {
        const day = this.element.querySelector('.day');

        if (this.drawn && !this.used) {
            this.draw(before, this.#fresh);

        } else if (day instanceof HTMLElement && before !== null
                   && sameDay(before.time, Number(day.dataset.time)))
        {
            day.remove();
        }
    }

    /** @returns {number} px */
    get height() {
        return this.element.offsetHeight || this.entries.length * GUESS;
    }

    /**
     * Nothing but its height is left in the page.
     *
     * @param {number} height  px
     */
    fold(height) {
        this.drawn = false;
        this.#group = null;
        this.element.replaceChildren();
        this.element.style.blockSize = `${height}px`;
    }

    /** @returns {boolean} whether somebody is busy in it */
    get used() {
        const selection = getSelection();

        return this.element.contains(document.activeElement)
               || (selection !== null && selection.rangeCount > 0
                   && !selection.getRangeAt(0).collapsed
                   && selection.getRangeAt(0).intersectsNode(this.element));
    }

    /**
     * @param {number} seq
     * @returns {HTMLElement | null}
     */
    row(seq) {
        return this.element.querySelector(`[data-seq="${Number(seq)}"]`);
    }

    /** @param {Entry} entry  in the place of the one with its number */
    replace(entry) {
        const row = this.row(entry.seq ?? -1);
        const busy = row !== null && row === document.activeElement;
        const other = makeRow(entry, this.#words);

        this.entries = this.entries.map((each) =>
            each.seq === entry.seq ? entry : each);
        row?.replaceWith(other);

        if (busy) {
            other.focus();
        }
    }

    /**
     * @param {Entry} entry
     * @param {Entry | null} before
     */
    #put(entry, before) {
        const day = before === null || !sameDay(before.time, entry.time);
        const fresh = entry.seq !== null && entry.seq === this.#fresh;

        if (day) {
            this.element.append(daySign(entry.time, this.#words));
        }

        if (fresh) {
            const text = this.#words.t('log.fresh');

            this.element.append(make('div', { class: 'fresh',
                role: 'separator', 'aria-label': text },
                make('span', {}, text)));
        }

        if (entry.kind === 'note') {
            this.#group = null;
            this.element.append(makeRow(entry, this.#words));
            return;
        }

        if (this.#group === null || day || fresh || before === null
            || !goesOn(before, entry))
        {
            this.#group = this.#newGroup(entry);
        }

        this.#group.append(makeRow(entry, this.#words));
    }

    /**
     * @param {Entry} entry  its first
     * @returns {HTMLElement} where the group's rows go
     */
    #newGroup({ from, mine }) {
        const rows = make('div', { class: 'messages' });
        const group = make('div', { class: mine ? 'group mine' : 'group' });

        if (mine) {
            group.setAttribute('aria-live', 'off');     /* one knows it */

        } else {
            rows.append(make('div', { class: `author ${hue(from.id)}`,
                                      'aria-hidden': 'true' },
                             make('bdi', {}, from.name)));
            group.append(avatar(from));
        }

        group.dataset.user = from.id;
        group.append(rows);
        this.element.append(group);
        return rows;
    }
}


/**
 * Today and yesterday change their names at midnight.
 *
 * @param {HTMLElement} sign  of a day
 * @param {Words} words
 */
export function nameDay(sign, words) {
    const time = Number(sign.dataset.time);
    const now = Date.now();
    const year = new Date(time).getFullYear() !== new Date().getFullYear();
    const date = sign.querySelector('time');

    const text = sameDay(time, now) ? words.t('log.today')
        : sameDay(time, now - DAY) ? words.t('log.yesterday')
        : words.date(time, { weekday: 'long', day: 'numeric', month: 'long',
                             ...(year && { year: 'numeric' }) });

    sign.setAttribute('aria-label', text);

    if (date !== null) {
        date.textContent = text;
    }
}


/**
 * @param {number} time  ms UTC
 * @param {Words} words
 * @returns {HTMLElement}
 */
function daySign(time, words) {
    const date = make('time', { datetime: isoDay(time) });
    const sign = make('div', { class: 'day', role: 'separator',
                               'data-time': String(time) }, date);

    nameDay(sign, words);
    return sign;
}


/**
 * @param {number} one  ms UTC
 * @param {number} other
 * @returns {boolean} the same day where the reader is
 */
function sameDay(one, other) {
    return new Date(one).toDateString() === new Date(other).toDateString();
}


/**
 * @param {number} time  ms UTC
 * @returns {string}
 */
function isoDay(time) {
    const date = new Date(time);

    return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
        .map((each) => String(each).padStart(2, '0')).join('-');
}


/**
 * @param {Entry} before
 * @param {Entry} entry
 * @returns {boolean} whether it belongs to the same group
 */
function goesOn(before, entry) {
    return before.kind !== 'note' && before.mine === entry.mine
           && (entry.mine || before.from.id === entry.from.id)
           && before.from.name === entry.from.name
           && entry.time - before.time < PAUSE;
}
