
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who sits here.  A guest has another id on each connection. */

import { recall, remember } from './memory.js';

const IDS_MOST = 50;

/** @typedef {import('../chat/index.js').Client} Client */


export class Me {

    /** ms that the server's clock is ahead of this device's */
    ahead = 0;

    /** @type {Client} */
    #client;

    /** @type {Set<string>} of the guest that this browser was */
    #ids;

    /** @param {Client} client */
    constructor(client) {
        const kept = recall('ids');

        this.#client = client;
        this.#ids = new Set(Array.isArray(kept) ? kept : []);
        client.on('welcome', ({ user, time }) => {
            this.ahead = Number.isFinite(time) ? time - Date.now() : 0;
            this.#note(user);
        });
    }

    /**
     * @param {string} id
     * @returns {boolean} whether what this user said was said here
     */
    is(id) {
        const { user } = this.#client;

        return id === user?.id || (user?.guest !== false
                                   && this.#ids.has(id));
    }

    /** @param {{id: string, guest?: boolean}} user */
    #note({ id, guest }) {
        if (guest === true) {
            this.#ids.add(id);
            remember('ids', [...this.#ids].slice(-IDS_MOST));
        }
    }
}
