
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The connection's state, where people see it. */

import { find } from '../chat/ui/dom.js';
import { words as language } from '../chat/ui/language.js';
import { connectionWords, endWords, roomWords, t, wayWords }
    from '../chat/ui/words.js';

const TICK = 250;                       /* ms */
const PATIENCE = 600;                   /* ms, what is shorter is not told */

/** @typedef {import('../chat/index.js').Client} Client */
/** @typedef {import('../chat/index.js').Room} Room */


export class Status {

    #state = find('state', HTMLElement);
    #notice = find('notice', HTMLElement);
    #text = find('notice-text', HTMLElement);
    #button = find('notice-button', HTMLButtonElement);
    #announce = find('announce', HTMLElement);

    /** @type {Client} */
    #client;

    /** @type {Room | null} */
    #room = null;

    /** @type {any} */
    #timer = null;

    #why = '';

    /** @type {number | null} ms UTC, since when there is something to say */
    #since = null;

    /** @param {Client} client */
    constructor(client) {
        this.#client = client;
        this.#button.addEventListener('click', () => this.#act());
        client.on('state', () => this.show());
    }

    /** @param {Room | null} room  whose state is shown with the client's */
    follow(room) {
        this.#room = room;
        this.show();
    }

    show() {
        const state = this.#client.state;
        const room = this.#room;
        const words = connectionWords(state, room?.state ?? null, Date.now(),
                                      navigator.onLine);
        const told = this.#goesOn(state);
        const about = room !== null && words.long === ''
                      && state.name === 'online'
                      ? roomWords(room.state, room.name) : '';
        const way = wayWords(state);
        const action = about !== '' && room?.state.name === 'left'
                       ? t('do.again') : words.action;

        this.#state.textContent = words.short;
        this.#state.dataset.mood = words.mood;
        this.#notice.dataset.mood = words.mood === 'busy'
            || (words.long || about) === '' ? 'busy' : 'bad';
        this.#button.hidden = action === null;
        this.#button.textContent = action;
        this.#tell(told || words.long || about || way,
                   told !== '' ? this.#announce.textContent ?? ''
                               : language.join(words.announce || about, way));

        clearTimeout(this.#timer);

        if (state.name === 'waiting'
            || (this.#since !== null && this.#notice.hidden))
        {
            this.#timer = setTimeout(() => this.show(), TICK);
        }
    }

    /**
     * What was told of a loss stays as long as one tries to come back.
     *
     * @param {Client['state']} state
     * @returns {string}
     */
    #goesOn(state) {
        if (state.name === 'waiting') {
            this.#why = endWords(state);
        }

        return state.name === 'connecting' && !this.#notice.hidden
               ? language.join(this.#why, t('state.connecting')) : '';
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
        this.#notice.hidden = text === '';

        if (this.#announce.textContent !== announce) {
            this.#announce.textContent = announce;
        }
    }

    #act() {
        if (this.#client.state.name !== 'online') {
            this.#client.connect();

        } else if (this.#room !== null) {
            this.#client.join(this.#room.name);
        }
    }
}
