
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The messages of one room, grouped by author. */

import { button, find, make } from './dom.js';
import { avatar, hue } from './people.js';
import { fateWords } from './words.js';

const MOST = 500;                       /* groups kept in the page */
const GROUP_MOST = 50;                  /* messages */
const NEAR = 80;                        /* px from the end: still there */
const PAUSE = 5 * 60_000;               /* ms that begin a new group */

const clockFormat = new Intl.DateTimeFormat(undefined,
    { hour: '2-digit', minute: '2-digit' });
const fullFormat = new Intl.DateTimeFormat(undefined,
    { dateStyle: 'full', timeStyle: 'medium' });

/**
 * @typedef {object} Message
 * @property {number} seq
 * @property {number} time  ms UTC
 * @property {{id: string, name: string}} from
 * @property {string} [cid]
 * @property {string} [text]
 */

/**
 * One's own message that the room has not shown yet.
 *
 * @typedef {object} Pending
 * @property {string} text
 * @property {HTMLElement} element
 * @property {number | null} time  of its ok
 */


export class Log {

    /** @type {HTMLElement} */
    element;

    #settled = make('div', { class: 'settled' });
    #pendingBox = make('div', { class: 'group mine pending' });
    #empty = make('p', { class: 'empty' });
    #down = find('down', HTMLButtonElement);

    /** @type {Map<string, Pending>} */
    #pending = new Map();

    #wasAtEnd = true;

    /** @type {{key: string, time: number, body: HTMLElement} | null} */
    #group = null;

    /** @type {(text: string, cid: string) => void} */
    #retry;

    /**
     * @param {string} room
     * @param {(text: string, cid: string) => void} retry
     */
    constructor(room, retry) {
        this.#retry = retry;
        this.element = make('div', { class: 'log', role: 'log', tabindex: '0',
            'aria-live': 'polite', 'aria-label': `Messages in ${room}` },
            this.#empty, this.#settled, this.#pendingBox);
        this.element.hidden = true;
        this.element.addEventListener('scroll', () => this.#scrolled());
        new ResizeObserver(() => this.#resized()).observe(this.element);
        this.quiet('Entering\u2026');
    }

    get atEnd() {
        const { scrollHeight, scrollTop, clientHeight } = this.element;

        return scrollHeight - scrollTop - clientHeight < NEAR;
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
     * @param {Message} message
     * @param {boolean} mine
     */
    add(message, mine) {
        const own = message.cid !== undefined && this.#unpend(message.cid);

        this.#keepEnd(() => this.#append(message, mine || own));
    }

    /**
     * One's own message, not acknowledged yet.
     *
     * @param {string} cid
     * @param {string} text
     */
    pend(cid, text) {
        const state = make('span', { class: 'fate' }, 'Sending\u2026');
        const element = make('div', { class: 'message', 'data-cid': cid,
                                      'data-state': 'sending' },
                             body(text), state);

        this.#unpend(cid);
        this.#pending.set(cid, { text, element, time: null });
        this.#pendingBox.append(element);
        this.toEnd();
    }

    /**
     * @param {string} cid
     * @param {number} time  ms UTC
     * @param {boolean} shown  the room will not show it any more
     * @param {{id: string, name: string}} me
     */
    sent(cid, time, shown, me) {
        const pending = this.#pending.get(cid);

        if (pending === undefined) {
            return;
        }

        pending.time = time;
        pending.element.dataset.state = 'sent';
        pending.element.lastElementChild?.replaceWith(stamp(time, true));

        if (shown) {
            this.add({ seq: 0, time, from: me, cid, text: pending.text },
                     true);
        }
    }

    /**
     * @param {string} cid
     * @param {import('../chat/error.js').ChatError} error
     */
    failed(cid, error) {
        const pending = this.#pending.get(cid);

        if (pending === undefined) {
            return;
        }

        const retry = button('Retry', 'link',
                             () => this.#retry(pending.text, cid));
        const drop = button('Discard', 'link', () => this.#unpend(cid));

        this.#keepEnd(() => {
            pending.element.dataset.state = 'failed';
            pending.element.lastElementChild?.replaceWith(
                make('span', { class: 'fate bad' },
                     make('span', {}, fateWords(error)), ' ', retry, ' ',
                     drop));
        });
    }

    /**
     * After a reconnect: what has its ok will not be shown by the room again.
     *
     * @param {{id: string, name: string}} me
     */
    settle(me) {
        for (const [cid, { text, time }] of [...this.#pending]) {
            if (time !== null) {
                this.add({ seq: 0, time, from: me, cid, text }, true);
            }
        }
    }

    /** @param {string} text */
    note(text) {
        this.#group = null;
        this.#keepEnd(() => this.#settled.append(
            make('p', { class: 'note' }, make('span', {}, text))));
    }

    clear() {
        this.#group = null;
        this.#settled.replaceChildren();
    }

    /**
     * @param {Message} message
     * @param {boolean} mine
     */
    #append(message, mine) {
        const key = mine ? 'mine' : `by ${message.from.id}`;
        let group = this.#group;

        if (group === null || group.key !== key
            || message.time - group.time > PAUSE
            || group.body.childElementCount > GROUP_MOST)
        {
            group = { key, time: message.time,
                      body: this.#newGroup(message, mine) };
            this.#group = group;
        }

        group.time = message.time;
        group.body.append(make('div', { class: 'message',
                                        'data-seq': String(message.seq) },
            body(message.text ?? '(This message cannot be shown here.)'),
            stamp(message.time, mine)));

        while (this.#settled.childElementCount > MOST) {
            this.#settled.firstElementChild?.remove();
        }
    }

    /**
     * @param {Message} message
     * @param {boolean} mine
     * @returns {HTMLElement} where the group's messages go
     */
    #newGroup({ from }, mine) {
        const name = make('bdi', {}, from.name);
        const author = make('div', { class: `author ${hue(from.id)}` }, name);
        const group = make('div', { class: 'group' });
        const messages = make('div', { class: 'messages' });

        if (mine) {
            group.classList.add('mine');
            author.className = 'author unseen';
            name.textContent = 'You';
        } else {
            group.append(avatar(from));
        }

        messages.append(author);
        group.append(messages);
        this.#settled.append(group);
        return messages;
    }

    /**
     * @param {string} cid
     * @returns {boolean} whether there was one
     */
    #unpend(cid) {
        this.#pending.get(cid)?.element.remove();
        return this.#pending.delete(cid);
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
        }
    }

    /** A notice came, a keyboard opened: the last message stays in view. */
    #resized() {
        if (this.#wasAtEnd && !this.element.hidden) {
            this.toEnd();
        }
    }
}


/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function body(text) {
    return make('p', { class: 'text', dir: 'auto' }, text);
}


/**
 * @param {number} time  ms UTC
 * @param {boolean} sent  one's own, with its mark
 * @returns {HTMLElement}
 */
function stamp(time, sent) {
    const date = new Date(time);
    const stamped = make('time', {
        class: 'stamp', datetime: date.toISOString(),
        title: fullFormat.format(date),
    }, clockFormat.format(date));

    if (sent) {
        stamped.append(make('span', { class: 'mark', role: 'img',
                                      'aria-label': 'Sent', title: 'Sent' },
                            '\u2713'));
    }

    return stamped;
}
