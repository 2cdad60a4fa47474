
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * One connection for all elements of a page that talk to the same address:
 * made by the first, closed when the last has gone.
 */

import { connect } from '../index.js';
import { Me } from '../ui/me.js';
import { tabName } from '../ui/memory.js';

/** @typedef {import('../index.js').Client} Client */
/** @typedef {import('../index.js').Room} Room */
/** @typedef {import('../client.js').Options} Options */

/** @type {Map<string, Line>} */
const lines = new Map();

/** @type {string | undefined} */
let tab;


export class Line {

    /** @type {Client} */
    client;

    /** @type {Me} */
    me;

    #users = 0;

    /** @type {Map<string, number>} how many elements show it */
    #rooms = new Map();

    #key;
    #check = () => this.client.check();
    #visible = () => {
        if (!document.hidden) {
            this.client.check();
        }
    };

    /**
     * @param {string} key
     * @param {Options} options
     */
    constructor(key, options) {
        tab ??= tabName();

        this.#key = key;
        this.client = connect(key, { ...options, tab });
        this.me = new Me(this.client);
        addEventListener('online', this.#check);
        document.addEventListener('visibilitychange', this.#visible);
    }

    /**
     * @param {URL} url
     * @param {() => Options} options  asked for a new one only
     * @returns {Line}
     */
    static take(url, options) {
        const key = url.href;
        let line = lines.get(key);

        if (line === undefined) {
            line = new Line(key, options());
            lines.set(key, line);
        }

        line.#users++;
        return line;
    }

    /** For each take() once. */
    release() {
        if (--this.#users > 0) {
            return;
        }

        lines.delete(this.#key);
        removeEventListener('online', this.#check);
        document.removeEventListener('visibilitychange', this.#visible);
        this.client.close();
    }

    /**
     * @param {string} name
     * @returns {Room}
     */
    join(name) {
        this.#rooms.set(name, (this.#rooms.get(name) ?? 0) + 1);
        return this.client.join(name);
    }

    /** @param {Room} room  for each join() once */
    leave(room) {
        const count = (this.#rooms.get(room.name) ?? 1) - 1;

        if (count > 0) {
            this.#rooms.set(room.name, count);
        } else {
            this.#rooms.delete(room.name);
            void room.leave();
        }
    }
}
