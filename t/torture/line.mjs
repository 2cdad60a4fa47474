
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A connection to ask questions on, which is made again when it is lost.
 * Who waits for an answer then is told that none will come.
 */

import { sleep } from './history.mjs';
import { ChatSocket } from './socket.mjs';

const ANSWER_TIME = 4000;               /* ms; a worker may be stopped */
const COME_BACK = 100;                  /* ms */
const NONE = { error: { code: 'lost', temporary: true } };


export class Line {

    #socket = null;
    #ready = null;
    #requests = new Map();
    #next = 1;
    #stopped = false;

    /** @param {string[]} rooms  in which it is */
    constructor(ports, rooms) {
        this.ports = ports;
        this.rooms = rooms;
        this.#connect();
    }

    /** @returns {Promise<{ok?: any, error?: any}>} */
    async ask(op, fields) {
        await this.#ready;
        return this.#request(this.#socket, op, fields);
    }

    stop() {
        this.#stopped = true;
        this.#socket.close();
    }

    #request(socket, op, fields) {
        const id = this.#next++;

        if (socket.gone) {
            return NONE;
        }

        return new Promise((done) => {
            const timer = setTimeout(() => socket.drop(), ANSWER_TIME);

            this.#requests.set(id, (answer) => {
                clearTimeout(timer);
                done(answer);
            });
            socket.send({ op, id, ...fields });
        });
    }

    #connect() {
        const port = this.ports[this.#next++ % this.ports.length];
        let welcome;

        this.#ready = new Promise((done) => { welcome = done; });

        const socket = new ChatSocket({
            port, path: '/quiet?user=reader', opened: () => {},
            text: (text) => {
                const { ev, id, ...answer } = JSON.parse(text);

                if (id !== undefined) {
                    this.#requests.get(id)?.(answer);
                    this.#requests.delete(id);

                } else if (ev === 'welcome') {
                    clearTimeout(timer);
                    this.#enter(socket).then(welcome);
                }
            },
            closed: () => this.#lost(timer, welcome),
        });
        const timer = setTimeout(() => socket.drop(), ANSWER_TIME);

        this.#socket = socket;
    }

    /** Only members may read; whom a room refuses is asked again. */
    async #enter(socket) {
        for (const room of this.rooms) {
            while (!await this.#entered(socket, room)) {
                await sleep(COME_BACK);
            }
        }
    }

    async #entered(socket, room) {
        const { ok } = await this.#request(socket, 'join', { room, limit: 1 });

        return ok !== undefined || socket.gone;
    }

    #lost(timer, welcome) {
        clearTimeout(timer);
        this.#requests.forEach((answer) => answer(NONE));
        this.#requests.clear();
        welcome();

        if (!this.#stopped) {
            setTimeout(() => this.#connect(), COME_BACK);
        }
    }
}
