
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What one room shows: what was said, and one's own on its way. */

import { button, find, make } from '../chat/ui/dom.js';
import { body, Feed, stamp } from './feed.js';

const MOST = 500;                       /* groups kept in the page */
const NEAR = 80;                        /* px from an end: there */

/** @typedef {import('./feed.js').Message} Message */
/** @typedef {{id: string, name: string}} Person */

/**
 * One's own message that the room has not shown yet.
 *
 * @typedef {object} Pending
 * @property {string} text
 * @property {HTMLElement} element
 * @property {{seq: number, time: number} | null} ok
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

    #feed = new Feed(make('div', { class: 'settled' }));
    #pendingBox = make('div', { class: 'group mine pending' });
    #empty = make('p', { class: 'empty' });
    #older;
    #down = find('down', HTMLButtonElement);

    /** @type {Map<string, Pending>} */
    #pending = new Map();

    #wasAtEnd = true;

    /** @type {Upcalls} */
    #on;

    /**
     * @param {string} room
     * @param {Upcalls} on
     */
    constructor(room, on) {
        this.#on = on;
        this.#older = button('', 'older', () => on.older());
        this.#older.hidden = true;
        this.element = make('div', { class: 'log', role: 'log', tabindex: '0',
            'aria-live': 'polite', 'aria-label': `Messages in ${room}` },
            this.#older, this.#empty, this.#feed.box, this.#pendingBox);
        this.element.hidden = true;
        this.element.addEventListener('scroll', () => this.#scrolled());
        new ResizeObserver(() => this.#resized()).observe(this.element);
        this.quiet('Entering\u2026');
    }

    get atEnd() {
        const { scrollHeight, scrollTop, clientHeight } = this.element;

        return scrollHeight - scrollTop - clientHeight < NEAR;
    }

    /** @returns {number | null} the oldest message shown */
    get first() {
        return this.#feed.first;
    }

    toEnd() {
        this.element.scrollTop = this.element.scrollHeight;
        this.#down.hidden = true;
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
     */
    above(text, more) {
        this.#older.textContent = text;
        this.#older.disabled = !more;
        this.#older.hidden = text === '';
    }

    /**
     * @param {Message} message
     * @param {boolean} mine
     */
    add(message, mine) {
        const own = message.cid !== undefined && this.drop(message.cid);

        this.#keepEnd(() => this.#feed.add(message, mine || own));

        if (this.atEnd) {
            this.#feed.trim(MOST);
        }
    }

    /**
     * A page from before the first message; what is read stays in its place.
     *
     * @param {{message: Message, mine: boolean}[]} page  ascending
     */
    prepend(page) {
        const feed = new Feed(make('div', {}));
        const { element } = this;
        const below = element.scrollHeight - element.scrollTop;

        for (const { message, mine } of page) {
            const own = message.cid !== undefined && this.drop(message.cid);

            feed.add(message, mine || own);
        }

        this.#feed.box.prepend(...feed.box.childNodes);
        element.scrollTop = element.scrollHeight - below;
    }

    /**
     * One's own message, not acknowledged yet.
     *
     * @param {string} cid
     * @param {string} text
     * @param {string} words  what becomes of it
     */
    pend(cid, text, words) {
        const fate = make('span', { class: 'fate' }, words);
        const pending = this.#pending.get(cid);

        if (pending !== undefined) {
            pending.element.dataset.state = 'sending';
            pending.element.lastElementChild?.replaceWith(fate);
            return;
        }

        const element = make('div', { class: 'message', 'data-cid': cid,
                                      'data-state': 'sending' },
                             body(text), fate);

        this.#pending.set(cid, { text, element, ok: null });
        this.#pendingBox.append(element);
        this.toEnd();
    }

    /**
     * @param {string} cid
     * @param {{seq: number, time: number}} ok
     */
    sent(cid, ok) {
        const pending = this.#pending.get(cid);

        if (pending !== undefined) {
            pending.ok = ok;
            pending.element.dataset.state = 'sent';
            pending.element.lastElementChild?.replaceWith(
                stamp(ok.time, true));
        }
    }

    /**
     * @param {string} cid
     * @param {string} words  why
     */
    failed(cid, words) {
        const pending = this.#pending.get(cid);

        if (pending === undefined) {
            return;
        }

        const retry = button('Retry', 'link', () => {
            this.drop(cid);
            this.#on.retry(cid, pending.text);
        });
        const drop = button('Discard', 'link', () => {
            this.drop(cid);
            this.#on.discard(cid);
        });

        this.#keepEnd(() => {
            pending.element.dataset.state = 'failed';
            pending.element.lastElementChild?.replaceWith(
                make('span', { class: 'fate bad' },
                     make('span', {}, words), ' ', retry, ' ', drop));
        });
    }

    /**
     * What has its ok and lies behind is not going to be shown by the room:
     * it is further up, or the server keeps nothing.
     *
     * @param {number} seq  the newest that the room has shown
     * @param {Person} me
     */
    settle(seq, me) {
        for (const [cid, { text, ok }] of [...this.#pending]) {
            if (ok === null || ok.seq > seq) {
                continue;
            }

            if (this.#feed.has(ok.seq) || ok.seq < (this.first ?? 0)) {
                this.drop(cid);
            } else {
                this.add({ ...ok, from: me, cid, text }, true);
            }
        }
    }

    /**
     * @param {string} cid  one's own, which is shown elsewhere or nowhere
     * @returns {boolean} whether there was one
     */
    drop(cid) {
        this.#pending.get(cid)?.element.remove();
        return this.#pending.delete(cid);
    }

    /** @param {string} text */
    note(text) {
        this.#keepEnd(() => this.#feed.note(text));
    }

    /** The room begins anew; what is on its way stays. */
    clear() {
        this.#feed.clear();

        for (const [cid, { ok }] of [...this.#pending]) {
            if (ok !== null) {
                this.drop(cid);
            }
        }
    }

    /**
     * Who reads the end stays there; who reads further up is not moved.
     *
     * @param {() => void} change
     */
    #keepEnd(change) {
        const end = this.atEnd;

        change();

        if (this.element.hidden) {
            return;
        }

        if (end) {
            this.toEnd();
        } else {
            this.#down.hidden = false;
        }
    }

    #scrolled() {
        if (this.element.hidden) {
            return;
        }

        this.#wasAtEnd = this.atEnd;

        if (this.#wasAtEnd) {
            this.#down.hidden = true;

        } else if (this.element.scrollTop < NEAR && !this.#older.disabled
                   && !this.#older.hidden)
        {
            this.#on.older();
        }
    }

    /** A notice came, a keyboard opened: the last message stays in view. */
    #resized() {
        if (this.#wasAtEnd && !this.element.hidden) {
            this.toEnd();
        }
    }
}
