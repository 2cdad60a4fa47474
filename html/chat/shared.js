
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Several chats on one page: one connection for each address, and its rooms. */

import { Client } from './client.js';
import { clock as realClock } from './clock.js';
import { Seat } from './seat.js';

export { Seat };

export const LINGER = 1000;     /* ms, for who leaves to come again */

/** @typedef {import('./client.js').Options} Options */
/** @typedef {import('./room.js').Room} Room */

/** @type {Map<string, Line>} by address */
const lines = new Map();


/**
 * A part of the connection to an address, which is opened for the first part
 * and closed after the last one.
 *
 * @param {string | URL} url
 * @param {Options} [options]  those of an address' first part count
 * @returns {Share}
 */
export function share(url, options = {}) {
    const { href } = new URL(url);
    const line = lines.get(href)
                 ?? new Line(new Client(url, options), href, options.clock);

    lines.set(href, line);
    return new Share(line);
}


/** One connection, its parts and its rooms' seats counted. */
class Line {

    #href;
    #clock;
    #shares = 0;

    /** @type {Map<Room, number>} */
    #seats = new Map();

    /**
     * @param {Client} client
     * @param {string} href
     * @param {import('./clock.js').Clock} [clock]
     */
    constructor(client, href, clock = realClock) {
        this.client = client;
        this.#href = href;
        this.#clock = clock;
        client.connect();
    }

    open() {
        this.#shares++;
    }

    close() {
        this.#shares--;
        this.#clock.setTimeout(() => {
            if (this.#shares === 0 && lines.get(this.#href) === this) {
                lines.delete(this.#href);
                this.client.close();
            }
        }, LINGER);
    }

    /**
     * @param {string} name
     * @returns {Seat}
     */
    sit(name) {
        const room = this.client.join(name);

        this.#seats.set(room, (this.#seats.get(room) ?? 0) + 1);
        return new Seat(room, () => this.#rise(room));
    }

    /** @param {Room} room */
    #rise(room) {
        this.#seats.set(room, (this.#seats.get(room) ?? 0) - 1);
        this.#clock.setTimeout(() => {
            if (this.#seats.get(room) === 0) {
                this.#seats.delete(room);
                room.leave();
            }
        }, LINGER);
    }
}


/** What one user of a shared connection has of it. */
export class Share {

    /** @type {Line | null} */
    #line;

    /** @type {Set<() => void>} */
    #undos = new Set();

    /** @param {Line} line */
    constructor(line) {
        this.#line = line;
        this.client = line.client;
        line.open();
    }

    /**
     * Hears what the client tells, until its undo or close().
     *
     * @param {string} event
     * @param {(value: any) => void} fn
     * @returns {() => void} its undo
     */
    on(event, fn) {
        return this.#until(this.client.on(event, fn));
    }

    /**
     * @param {string} name
     * @returns {Seat} in a room that others may sit in, too
     */
    join(name) {
        if (this.#line === null) {
            throw new Error('This share was closed; ask for another one.');
        }

        const seat = this.#line.sit(name);

        this.#until(() => seat.leave());
        return seat;
    }

    /** Leaves the seats; the connection is closed with its last share. */
    close() {
        const line = this.#line;

        this.#line = null;
        this.#undos.forEach((undo) => undo());
        line?.close();
    }

    /** @param {() => void} fn */
    #until(fn) {
        const undo = () => {
            if (this.#undos.delete(undo)) {
                fn();
            }
        };

        this.#undos.add(undo);
        return undo;
    }
}
