
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The state of the connection and of the room, above the messages. */

import { button, icon, make } from '../ui/dom.js';
import { connectionWords, roomWords, wayWords } from '../ui/words.js';

const TICK = 250;                       /* ms */
const PATIENCE = 600;                   /* ms, what is shorter is not told */

/** @typedef {import('../ui/language.js').Words} Words */
/** @typedef {import('../index.js').Client} Client */
/** @typedef {import('../index.js').Room} Room */


export class Status {

    /** @type {HTMLElement} */
    head;

    /** @type {HTMLElement} */
    notice;

    #short = make('span', {});
    #state;
    #number = make('span', {});
    #count;
    #text = make('span', {});
    #announce = make('p', { class: 'unseen', role: 'status' });
    #button = button('', '', () => this.#act());
    #words;

    /** @type {Client | null} */
    #client = null;

    /** @type {Room | null} */
    #room = null;

    /** @type {any} */
    #timer = null;

    /** @type {number | null} ms UTC, since when there is something to say */
    #since = null;

    /**
     * @param {string} heading
     * @param {Words} words
     */
    constructor(heading, words) {
        this.#words = words;
        this.#state = make('span', { class: 'state', part: 'state',
                                     'aria-hidden': 'true' }, this.#short);
        this.#count = make('span', { class: 'count', part: 'count' },
            icon('M12.5 8a3.5 3.5 0 1 1-7 0a3.5 3.5 0 0 1 7 0M2.5 20c.5-4 3-6 '
                 + '6.5-6s6 2 6.5 6M16 5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.2 '
                 + '2.6 3.5 5.5'), this.#number);
        this.#count.hidden = true;
        this.head = make('div', { class: 'head', part: 'header' },
            make('bdi', { class: 'title', part: 'title' }, heading),
            this.#state, this.#count);
        this.notice = make('div', { class: 'notice', part: 'notice' },
                           this.#text, this.#button);
        this.notice.hidden = true;
        this.#button.hidden = true;
    }

    /** Read aloud, not seen. */
    get announcement() {
        return this.#announce;
    }

    stop() {
        clearTimeout(this.#timer);
    }

    /**
     * There will be no chat.
     *
     * @param {string} why
     */
    refuse(why) {
        this.#text.textContent = why;
        this.#announce.textContent = why;
        this.notice.hidden = false;
        this.#state.hidden = true;
    }

    /**
     * @param {Client} client
     * @param {Room} room
     */
    show(client, room) {
        const words = this.#words;
        const { state } = client;
        const said = connectionWords(state, room.state, Date.now(),
                                     navigator.onLine, words);
        const about = said.long === '' && state.name === 'online'
                      ? roomWords(room.state, room.name, words) : '';
        const action = about !== '' && room.state.name === 'left'
                       ? words.t('do.again') : said.action;
        const way = wayWords(state, words);
        const left = about !== '' && said.mood === 'good';

        this.#client = client;
        this.#room = room;
        this.#short.textContent = left ? words.t('state.offline') : said.short;
        this.#state.dataset.mood = left ? 'bad' : said.mood;
        this.#state.title = said.short;
        this.notice.dataset.mood = said.mood === 'busy'
            || (said.long || about) === '' ? 'busy' : 'bad';
        this.#button.hidden = action === null;
        this.#button.textContent = action;
        this.#members(room);
        this.#tell(said.long || about || way,
                   words.join(said.announce || about, way));

        this.stop();

        if (state.name === 'waiting'
            || (this.#since !== null && this.notice.hidden))
        {
            this.#timer = setTimeout(() => this.show(client, room), TICK);
        }
    }

    /** @param {Room} room */
    #members({ state, count }) {
        const label = this.#words.t('members.count', { count });

        this.#count.hidden = state.name !== 'joined' || count === 0;

        if (this.#count.title !== label) {
            this.#count.title = label;
            this.#number.replaceChildren(
                make('span', { 'aria-hidden': 'true' },
                     this.#words.number(count)),
                make('span', { class: 'unseen' }, label));
        }
    }

    /**
     * @param {string} text
     * @param {string} announce
     */
    #tell(text, announce) {
        const now = Date.now();

        this.#since = text === '' ? null : this.#since ?? now;

        if (this.#since !== null && now - this.#since < PATIENCE) {
            return;
        }

        this.#text.textContent = text;
        this.notice.hidden = text === '';

        if (this.#announce.textContent !== announce) {
            this.#announce.textContent = announce;
        }
    }

    #act() {
        if (this.#client?.state.name !== 'online') {
            this.#client?.connect();

        } else if (this.#room !== null) {
            this.#client.join(this.#room.name);
        }
    }
}
