
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Messages one below the other, grouped by author and day. */

import { make } from '../ui/dom.js';
import { avatar, hue } from '../ui/people.js';
import { makeRow } from '../ui/row.js';

const GROUP_MOST = 50;                  /* messages */
const PAUSE = 5 * 60_000;               /* ms that begin a new group */
const DAY = 86_400_000;                 /* ms */

/** @typedef {import('../ui/row.js').Entry} Entry */
/** @typedef {import('../ui/language.js').Words} Words */


export class Feed {

    /** @type {HTMLElement} */
    box;

    /** @type {Words} */
    #words;

    /** @type {{key: string, time: number, body: HTMLElement} | null} */
    #group = null;

    #day = '';

    /**
     * @param {HTMLElement} box
     * @param {Words} words
     */
    constructor(box, words) {
        this.box = box;
        this.#words = words;
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

    /** @param {Entry} entry */
    add(entry) {
        const key = entry.mine ? 'mine' : `by ${entry.from.id}`;
        const day = new Date(entry.time).toDateString();

        if (day !== this.#day) {
            this.#newDay(day, entry.time);
        }

        let group = this.#group;

        if (group === null || group.key !== key
            || entry.time - group.time > PAUSE
            || group.body.childElementCount > GROUP_MOST)
        {
            group = { key, time: entry.time, body: this.#newGroup(entry) };
            this.#group = group;
        }

        const row = makeRow(entry, this.#words);

        row.setAttribute('part', entry.mine ? 'message mine' : 'message');
        group.time = entry.time;
        group.body.append(row);
    }

    /** @param {Entry} entry  in the place of the one with its number */
    replace(entry) {
        const row = this.box.querySelector(`[data-seq="${Number(entry.seq)}"]`);
        const other = makeRow(entry, this.#words);

        other.setAttribute('part', entry.mine ? 'message mine' : 'message');
        row?.replaceWith(other);
    }

    /** @param {string} text */
    note(text) {
        this.#group = null;
        this.box.append(make('p', { class: 'note' }, make('span', {}, text)));
    }

    /** @param {Feed} older  what was said before; it is empty then */
    prepend(older) {
        const first = this.box.firstElementChild;

        if (first instanceof HTMLElement && first.dataset.day === older.#day) {
            first.remove();
        }

        this.box.prepend(...older.box.childNodes);

        if (this.#group === null) {
            this.#group = older.#group;
            this.#day = older.#day;
        }
    }

    clear() {
        this.#group = null;
        this.#day = '';
        this.box.replaceChildren();
    }

    /** @param {number} most  groups; the oldest go */
    trim(most) {
        while (this.box.childElementCount > most) {
            this.box.firstElementChild?.remove();
        }
    }

    /**
     * @param {string} day
     * @param {number} time  ms UTC
     */
    #newDay(day, time) {
        const now = Date.now();
        const words = this.#words;
        const text = day === new Date(now).toDateString()
            ? words.t('log.today')
            : day === new Date(now - DAY).toDateString()
              ? words.t('log.yesterday')
              : words.date(time, { dateStyle: 'full' });

        this.#day = day;
        this.#group = null;
        this.box.append(make('p', { class: 'note day', 'data-day': day },
                             make('span', {}, text)));
    }

    /**
     * @param {Entry} entry
     * @returns {HTMLElement} where the group's messages go
     */
    #newGroup({ from, mine }) {
        const group = make('div', { class: 'group' });
        const messages = make('div', { class: 'messages' });

        if (mine) {
            group.classList.add('mine');
        } else {
            group.append(avatar(from));
            messages.append(make('div', {
                class: `author ${hue(from.id)}`, part: 'author',
                'aria-hidden': 'true' }, make('bdi', {}, from.name)));
        }

        group.append(messages);
        this.box.append(group);
        return messages;
    }
}
