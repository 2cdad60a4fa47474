
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What one embedded room shows: what was said, and one's own on its way. */

import { button, make } from '../ui/dom.js';
import { makeRow, updateRow } from '../ui/row.js';
import { Feed } from './feed.js';

const MOST = 300;                       /* groups kept in the page */
const NEAR = 60;                        /* px from an end: there */

/** @typedef {import('../ui/row.js').Entry} Entry */
/** @typedef {import('../ui/language.js').Words} Words */

/**
 * One's own message that the room has not shown yet.
 *
 * @typedef {object} Pending
 * @property {Entry} entry
 * @property {HTMLElement} row
 */

/**
 * @typedef {object} Upcalls
 * @property {(cid: string, text: string) => void} retry
 * @property {(cid: string) => void} discard
 * @property {() => void} older  somebody wants to read further up
 */


export class Log {

    /** @type {HTMLElement} */
    element;

    /** @type {HTMLButtonElement} */
    #down;

    /** @type {HTMLElement} */
    #scroll;

    #words;
    #feed;
    #pendingBox = make('div', { class: 'group mine pending' });
    #empty = make('p', { class: 'empty' });
    #older;

    /** @type {Map<string, Pending>} */
    #pending = new Map();

    #wasAtEnd = true;
    #watcher = new ResizeObserver(() => this.#resized());

    /** @type {Upcalls} */
    #on;

    /**
     * @param {string} room
     * @param {Words} words
     * @param {Upcalls} on
     */
    constructor(room, words, on) {
        const t = words.t.bind(words);

        this.#on = on;
        this.#words = words;
        this.#feed = new Feed(make('div', { class: 'settled' }), words);
        this.#older = button('', 'older', () => on.older());
        this.#older.hidden = true;
        this.#scroll = make('div', { class: 'log', part: 'log', role: 'log',
            tabindex: '0', 'aria-live': 'polite',
            'aria-label': t('log', { room }) },
            this.#older, this.#empty, this.#feed.box, this.#pendingBox);
        this.#down = button(t('log.fresh'), 'down', () => this.toEnd());
        this.#down.setAttribute('part', 'down');
        this.#down.hidden = true;
        this.element = make('div', { class: 'logs' }, this.#scroll,
                            this.#down);

        this.#scroll.addEventListener('scroll', () => this.#scrolled());
        this.#watcher.observe(this.#scroll);
        this.quiet(t('log.entering'));
    }

    get atEnd() {
        const { scrollHeight, scrollTop, clientHeight } = this.#scroll;

        return scrollHeight - scrollTop - clientHeight < NEAR;
    }

    /** @returns {number | null} the oldest message shown */
    get first() {
        return this.#feed.first;
    }

    /**
     * @param {number} seq
     * @returns {boolean}
     */
    has(seq) {
        return this.#feed.has(seq);
    }

    toEnd() {
        this.#scroll.scrollTop = this.#scroll.scrollHeight;
        this.#wasAtEnd = true;
        this.#down.hidden = true;
    }

    focus() {
        this.#scroll.focus();
    }

    /** Nothing more comes. */
    stop() {
        this.#watcher.disconnect();
    }

    /** @param {string} text  to be shown as long as there is nothing */
    quiet(text) {
        this.#empty.textContent = text;
        this.#look();
    }

    /**
     * What stands above the first message.
     *
     * @param {string} text   empty for nothing
     * @param {boolean} more  whether it can be asked for
     */
    above(text, more) {
        this.#older.textContent = text;
        this.#older.disabled = !more;
        this.#older.hidden = text === '';
    }

    /** @param {Entry} entry */
    add(entry) {
        const own = entry.cid !== undefined && this.drop(entry.cid);

        this.#keepEnd(() => this.#feed.add(mineIf(entry, own)));

        if (this.#wasAtEnd) {
            this.#feed.trim(MOST);
        }
    }

    /** @param {Entry} entry  in the place of the one with its number */
    replace(entry) {
        this.#keepEnd(() => this.#feed.replace(entry));
    }

    /**
     * A page from before the first message; what is read stays in its place.
     *
     * @param {Entry[]} page  ascending
     */
    prepend(page) {
        const feed = new Feed(make('div', {}), this.#words);
        const scroll = this.#scroll;
        const below = scroll.scrollHeight - scroll.scrollTop;

        for (const entry of page) {
            const own = entry.cid !== undefined && this.drop(entry.cid);

            feed.add(mineIf(entry, own));
        }

        this.#feed.prepend(feed);
        this.#look();
        scroll.scrollTop = this.#wasAtEnd ? scroll.scrollHeight
                                          : scroll.scrollHeight - below;
    }

    /**
     * One's own message, not acknowledged yet.
     *
     * @param {Entry} entry  with a cid and a fate
     */
    pend(entry) {
        const cid = entry.cid ?? '';
        const pending = this.#pending.get(cid);
        const on = {
            retry: () => {
                this.drop(cid);
                this.#on.retry(cid, entry.text);
            },
            discard: () => {
                this.drop(cid);
                this.#on.discard(cid);
            },
        };

        if (pending !== undefined) {
            pending.entry = { ...entry, text: pending.entry.text };
            this.#keepEnd(() => updateRow(pending.row, pending.entry,
                                          this.#words, on));
            return;
        }

        if (entry.fate === 'sent') {
            return;
        }

        const row = makeRow(entry, this.#words, on);

        this.#pending.set(cid, { entry, row });
        this.#pendingBox.append(row);
        this.#look();
        this.toEnd();
    }

    /**
     * What has its ok and lies behind is not going to be shown by the room:
     * it is further up, or the server keeps nothing.
     *
     * @param {number} seq  the newest that the room has shown
     */
    settle(seq) {
        for (const [cid, { entry }] of [...this.#pending]) {
            if (entry.fate !== 'sent' || (entry.seq ?? Infinity) > seq) {
                continue;
            }

            if (this.#feed.has(entry.seq ?? 0)
                || (entry.seq ?? 0) < (this.first ?? 0))
            {
                this.drop(cid);
            } else {
                this.add(entry);
            }
        }
    }

    /**
     * @param {string} cid  one's own, which is shown elsewhere or nowhere
     * @returns {boolean} whether there was one
     */
    drop(cid) {
        this.#pending.get(cid)?.row.remove();
        return this.#pending.delete(cid);
    }

    /** @param {string} text */
    note(text) {
        this.#keepEnd(() => this.#feed.note(text));
    }

    /** The room begins anew; what is on its way stays. */
    clear() {
        this.#feed.clear();

        for (const [cid, { entry }] of [...this.#pending]) {
            if (entry.fate === 'sent') {
                this.drop(cid);
            }
        }

        this.#look();
    }

    /**
     * Who reads the end stays there; who reads further up is not moved.
     *
     * @param {() => void} change
     */
    #keepEnd(change) {
        const end = this.#wasAtEnd;

        change();
        this.#look();

        if (end) {
            this.toEnd();
        } else {
            this.#down.hidden = false;
        }
    }

    #look() {
        this.#empty.hidden = this.#empty.textContent === ''
            || this.#feed.box.childElementCount > 0 || this.#pending.size > 0;
    }

    #scrolled() {
        this.#wasAtEnd = this.atEnd;

        if (this.#wasAtEnd) {
            this.#down.hidden = true;

        } else if (this.#scroll.scrollTop < NEAR && !this.#older.disabled
                   && !this.#older.hidden)
        {
            this.#on.older();
        }
    }

    /** A notice came, the element got a size: the end stays in view. */
    #resized() {
        if (this.#wasAtEnd) {
            this.toEnd();
        }
    }
}


/**
 * @param {Entry} entry
 * @param {boolean} own  it was on its way from here
 * @returns {Entry}
 */
function mineIf(entry, own) {
    return own ? { ...entry, mine: true, fate: 'sent' } : entry;
}
