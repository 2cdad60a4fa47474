
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What one room shows: what was said, and one's own on its way. */

import { button, make } from '../chat/ui/dom.js';
import { Feed } from './feed.js';
import { walk } from './keys.js';
import { Pending } from './pending.js';
import { Scroller } from './scroller.js';

const PREFETCH = 400;                   /* px from the top */
const SOON = 1;                         /* screens above and below the view */

/** @typedef {import('../chat/ui/row.js').Entry} Entry */
/** @typedef {import('../chat/ui/row.js').Words} Words */
/** @typedef {{id: string, name: string}} Person */

/**
 * @typedef {object} Own
 * @property {() => void} older  somebody wants to read further up
 * @property {() => void} moved  another part is in view
 * @property {() => void} leave  the keyboard is needed elsewhere
 */

/** @typedef {Own & import('./pending.js').Upcalls} Upcalls */


export class Log {

    /** @type {HTMLElement} */
    element;

    #feed;
    #pending;
    #scroller;
    #empty = make('p', { class: 'empty' });
    #start = make('p', { class: 'start', hidden: '' });
    #older;

    /** @type {Upcalls} */
    #on;

    /**
     * @param {string} room
     * @param {Words} words
     * @param {Upcalls} on
     */
    constructor(room, words, on) {
        this.#on = on;
        this.#feed = new Feed(words);
        this.#pending = new Pending(words, on);
        this.#older = button('', 'older', () => on.older());
        this.#older.hidden = true;
        this.#start.textContent = words.t('log.start', { room });

        this.element = make('div', { class: 'log', role: 'log', tabindex: '0',
            'aria-live': 'off', 'aria-label': words.t('log', { room }) },
            this.#older, this.#start, this.#empty, this.#feed.box,
            this.#pending.box);
        this.element.hidden = true;

        this.#scroller = new Scroller(this.element, this.#feed.box, {
            row: (seq) => this.#feed.row(seq),
            moved: () => this.#moved(),
        });
        this.element.addEventListener('scroll', () => this.#scrolled());
        new ResizeObserver(() => this.#resized()).observe(this.element);
        walk(this.element, { leave: on.leave, toEnd: () => this.toEnd() });
        this.quiet(words.t('log.entering'));
    }

    /** Whether somebody sees the newest message now. */
    get read() {
        return !this.element.hidden && !document.hidden
               && this.#scroller.atEnd;
    }

    /** @returns {boolean} whether the end is far below */
    get far() {
        return this.#scroller.below > this.element.clientHeight / 2;
    }

    /** @returns {number | null} the oldest message shown */
    get first() {
        return this.#feed.first;
    }

    /** @returns {number | null} the first that is new to the reader */
    get fresh() {
        return this.#feed.fresh;
    }

    show() {
        this.element.hidden = false;
        this.#scroller.restore();
        this.#moved();
        this.#fill();
    }

    hide() {
        this.element.hidden = true;
    }

    /** What comes from now on is news, and is read out. */
    live() {
        requestAnimationFrame(() =>
            this.element.setAttribute('aria-live', 'polite'));
    }

    toEnd() {
        this.#scroller.toEnd();
    }

    /** @param {1 | -1} way  down or up */
    page(way) {
        this.element.scrollTop += way * this.element.clientHeight * .9;
    }

    /** The first message that is new, if there is one. */
    toFresh() {
        const { fresh } = this.#feed;
        const row = fresh === null ? null : this.#feed.row(fresh);

        if (row !== null) {
            this.#scroller.show(row);
        }
    }

    /** @param {number | null} seq  the first that is new to the reader */
    setFresh(seq) {
        if (seq !== this.#feed.fresh) {
            this.#hold(() => this.#feed.setFresh(seq));
        }
    }

    /** The keyboard walks from the newest message up. */
    focusLast() {
        const rows = this.element.querySelectorAll('.message');
        const last = rows[rows.length - 1];

        if (last instanceof HTMLElement) {
            this.toEnd();
            last.focus();
        }
    }

    /** @param {string} text  to be shown as long as there is nothing */
    quiet(text) {
        this.#empty.textContent = text;
    }

    /**
     * What stands above the first message.
     *
     * @param {string} text   empty for nothing
     * @param {boolean} more  whether it can be asked for
     * @param {boolean} [start]  the room began here
     */
    above(text, more, start = false) {
        this.#hold(() => {
            this.#older.textContent = text;
            this.#older.disabled = !more;
            this.#older.hidden = text === '';
            this.#start.hidden = !start || this.#feed.size === 0;
        });
        this.#fill();
    }

    /** @param {Entry} entry  the newest */
    add(entry) {
        this.#hold(() => {
            this.#feed.add(this.#claim(entry));
            this.#feed.fold();

            if (this.element.hidden || this.#scroller.atEnd) {
                this.#feed.trim();
            }
        });
    }

    /**
     * @param {number} seq
     * @returns {Entry | null}
     */
    entry(seq) {
        return this.#feed.entry(seq);
    }

    /** @param {Entry} entry  in the place of the one with its number */
    replace(entry) {
        this.#hold(() => this.#feed.replace(entry));
    }

    /**
     * A page from before the first message; what is read stays in its place.
     *
     * @param {Entry[]} page  ascending
     */
    prepend(page) {
        this.#hold(() => {
            this.#feed.prepend(page.map((entry) => this.#claim(entry)));
            this.#feed.fold();
        });
    }

    /**
     * One's own message, not acknowledged yet.
     *
     * @param {string} cid
     * @param {string} text
     * @param {string} reason  what it waits for
     */
    pend(cid, text, reason) {
        if (this.#pending.pend(cid, text, reason)) {
            this.#tidy();
            this.toEnd();
        }
    }

    /**
     * @param {string} cid
     * @param {{seq: number, time: number}} ok
     */
    sent(cid, ok) {
        this.#pending.sent(cid, ok);
    }

    /**
     * @param {string} cid
     * @param {string} reason
     */
    failed(cid, reason) {
        this.#hold(() => this.#pending.failed(cid, reason));
    }

    /** @param {string} cid  one's own, which is shown elsewhere or nowhere */
    drop(cid) {
        this.#hold(() => this.#pending.drop(cid));
    }

    /**
     * What has its ok and lies behind is not going to be shown by the room:
     * it is further up, or the server keeps nothing.
     *
     * @param {number} top  the newest that the room has shown
     * @param {Person} me
     */
    settle(top, me) {
        for (const entry of this.#pending.entries) {
            const { cid, seq } = entry;

            if (cid === undefined || seq === null || seq > top) {
                continue;
            }

            if (this.#feed.has(seq) || seq < (this.first ?? 0)) {
                this.drop(cid);
            } else {
                this.add({ ...entry, from: me });
            }
        }
    }

    /** @param {string} text  what the room itself has to say */
    note(text) {
        this.add({ kind: 'note', text, time: Date.now(), mine: false,
                   from: { id: '', name: '' }, seq: null });
    }

    /** The room begins anew; what is on its way stays. */
    clear() {
        this.#hold(() => this.#feed.clear());

        for (const { cid, seq } of this.#pending.entries) {
            if (cid !== undefined && seq !== null) {
                this.drop(cid);
            }
        }
    }

    /** A new day began. */
    nameDays() {
        this.#feed.nameDays();
    }

    /**
     * @param {Entry} entry
     * @returns {Entry} one's own, if it was on its way from here
     */
    #claim(entry) {
        const own = entry.cid !== undefined && this.#pending.drop(entry.cid);

        return own ? { ...entry, mine: true, fate: 'sent' } : entry;
    }

    /**
     * Who reads the end stays there; who reads further up is not moved.
     *
     * @param {() => void} change
     */
    #hold(change) {
        const whole = () => {
            change();
            this.#tidy();
        };

        if (this.element.hidden) {
            whole();
        } else {
            this.#scroller.hold(whole);
        }
    }

    /** How the parts stand to each other. */
    #tidy() {
        const last = this.#feed.last;

        this.#empty.hidden = last !== null || this.#pending.size > 0;
        this.#pending.box.classList.toggle('goes-on', last?.mine === true
                                                      && last.seq !== null);
    }

    /** Another part is in view: it is drawn before anybody sees it. */
    #moved() {
        const { scrollTop, clientHeight } = this.element;
        const found = this.#feed.look(scrollTop - SOON * clientHeight,
                                      scrollTop + (1 + SOON) * clientHeight);

        if (found.length > 0 && !this.element.hidden) {
            this.#scroller.hold(() => {
                found.forEach((sheet) => this.#feed.draw(sheet));
                this.#feed.fold();
            });
        }

        this.#on.moved();
    }

    #scrolled() {
        if (this.element.hidden) {
            return;
        }

        this.#scroller.note();
        this.#moved();

        if (this.element.scrollTop < PREFETCH) {
            this.#ask();
        }
    }

    /** What does not fill the screen cannot be scrolled. */
    #fill() {
        const { hidden, scrollHeight, clientHeight } = this.element;

        if (!hidden && scrollHeight <= clientHeight) {
            queueMicrotask(() => this.#ask());
        }
    }

    #ask() {
        if (!this.#older.disabled && !this.#older.hidden) {
            this.#on.older();
        }
    }

    /** A notice came, a keyboard opened: what is read stays in view. */
    #resized() {
        if (!this.element.hidden) {
            this.#scroller.restore();
            this.#moved();
            this.#fill();
        }
    }
}
