
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Messages one below the other, grouped by author. */

import { make } from '../chat/ui/dom.js';
import { avatar, hue } from '../chat/ui/people.js';

const GROUP_MOST = 50;                  /* messages */
const PAUSE = 5 * 60_000;               /* ms that begin a new group */

const clockFormat = new Intl.DateTimeFormat(undefined,
    { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined,
    { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
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


export class Feed {

    /** @type {HTMLElement} */
    box;

    /** @type {{key: string, time: number, body: HTMLElement} | null} */
    #group = null;

    /** @param {HTMLElement} box */
    constructor(box) {
        this.box = box;
    }

    /** @returns {number | null} the number of the first message */
    get first() {
        const element = this.box.querySelector('[data-seq]');

        return element instanceof HTMLElement ? Number(element.dataset.seq)
                                              : null;
    }

    /**
     * @param {number} seq
     * @returns {boolean}
     */
    has(seq) {
        return this.box.querySelector(`[data-seq="${Number(seq)}"]`) !== null;
    }

    /**
     * @param {Message} message
     * @param {boolean} mine
     */
    add(message, mine) {
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
    }

    /** @param {string} text */
    note(text) {
        this.#group = null;
        this.box.append(make('p', { class: 'note' }, make('span', {}, text)));
    }

    clear() {
        this.#group = null;
        this.box.replaceChildren();
    }

    /** @param {number} most  groups; the oldest go */
    trim(most) {
        while (this.box.childElementCount > most) {
            this.box.firstElementChild?.remove();
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
        this.box.append(group);
        return messages;
    }
}


/**
 * @param {string} text
 * @returns {HTMLElement}
 */
export function body(text) {
    return make('p', { class: 'text', dir: 'auto' }, text);
}


/**
 * @param {number} time  ms UTC
 * @param {boolean} sent  one's own, with its mark
 * @returns {HTMLElement}
 */
export function stamp(time, sent) {
    const date = new Date(time);
    const today = date.toDateString() === new Date().toDateString();
    const stamped = make('time', {
        class: 'stamp', datetime: date.toISOString(),
        title: fullFormat.format(date),
    }, (today ? clockFormat : dayFormat).format(date));

    if (sent) {
        stamped.append(make('span', { class: 'mark', role: 'img',
                                      'aria-label': 'Sent', title: 'Sent' },
                            '\u2713'));
    }

    return stamped;
}
