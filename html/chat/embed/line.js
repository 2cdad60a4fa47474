
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* An element's part of the connection that a page has to an address. */

import { share } from '../shared.js';
import { Me } from '../ui/me.js';
import { tabName } from '../ui/memory.js';

/** @typedef {import('../index.js').Client} Client */
/** @typedef {import('../shared.js').Seat} Seat */
/** @typedef {import('../client.js').Options} Options */

/** @type {WeakMap<Client, Me>} */
const selves = new WeakMap();

/** @type {string | undefined} */
let tab;


export class Line {

    /** @type {Me} */
    me;

    #share;

    /**
     * @param {URL} url
     * @param {Options} options  those of the first on the page count
     */
    constructor(url, options) {
        tab ??= tabName();
        this.#share = share(url, { ...options, tab });

        const { client } = this;

        this.me = selves.get(client) ?? new Me(client);
        selves.set(client, this.me);
    }

    /** @returns {Client} */
    get client() {
        return this.#share.client;
    }

    /**
     * @param {string} name
     * @returns {Seat}
     */
    join(name) {
        return this.#share.join(name);
    }

    /** @param {() => void} fn  the connection's state is another */
    watch(fn) {
        this.#share.on('state', fn);
    }

    close() {
        this.#share.close();
    }
}
