
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The connection's state, where people see it. */

import { find } from './dom.js';
import { connectionWords, roomWords } from './words.js';

const TICK = 500;                       /* ms */

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
        const words = connectionWords(state, Date.now(), navigator.onLine);
        const room = this.#room;
        const about = room !== null && words.long === ''
                      && state.name === 'online'
                      ? roomWords(room.state, room.name) : '';
        const action = about !== '' && room?.state.name === 'left'
                       ? 'Try again' : words.action;

        this.#state.textContent = words.short;
        this.#state.dataset.mood = words.mood;
        this.#text.textContent = words.long || about;
        this.#notice.dataset.mood = words.mood === 'busy' ? 'busy' : 'bad';
        this.#notice.hidden = (words.long || about) === '';
        this.#button.hidden = action === null;
        this.#button.textContent = action;

        if (this.#announce.textContent !== (words.announce || about)) {
            this.#announce.textContent = words.announce || about;
        }

        clearTimeout(this.#timer);

        if (state.name === 'waiting') {
            this.#timer = setTimeout(() => this.show(), TICK);
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
