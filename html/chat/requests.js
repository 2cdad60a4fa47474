
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Commands that wait for their answers. */

import { ChatError } from './error.js';

const TOO_LARGE = 1009;                 /* close code */

/**
 * @typedef {object} Request
 * @property {(ok: any) => void} resolve
 * @property {(error: ChatError) => void} reject
 * @property {any} timer
 * @property {string | undefined} cid
 * @property {number} size  bytes
 */


export class Requests {

    /** @type {Map<number, Request>} */
    #waiting = new Map();

    /** @type {import('./clock.js').Clock} */
    #clock;

    #limit;
    #last = 0;

    /**
     * @param {import('./clock.js').Clock} clock
     * @param {number} limit  ms to wait for an answer
     */
    constructor(clock, limit) {
        this.#clock = clock;
        this.#limit = limit;
    }

    /** The number of the one that is added next. */
    get next() {
        return this.#last + 1;
    }

    /**
     * @param {number} size  bytes
     * @param {string} [cid]
     * @returns {Promise<any>} its answer
     */
    add(size, cid) {
        const id = ++this.#last;

        return new Promise((resolve, reject) => {
            const timer = this.#clock.setTimeout(() => {
                this.#take(id)?.reject(unknown('No answer came.', cid));
            }, this.#limit);

            this.#waiting.set(id, { resolve, reject, timer, cid, size });
        });
    }

    /** @param {number | undefined} id */
    tooLarge(id) {
        this.settle({ id, error: { code: 'too_large', status: 413,
                                   message: 'The message is too long.' } });
    }

    /** @param {any} frame  an answer; late and foreign ones are ignored */
    settle(frame) {
        const request = this.#take(frame.id);

        if (request === undefined) {
            return;
        }

        if (frame.error !== undefined) {
            request.reject(ChatError.from(frame.error, request.cid));
            return;
        }

        request.resolve(frame.ok ?? {});
    }

    /**
     * The connection is gone, and with it every answer.
     *
     * @param {number} code  its close code
     */
    lose(code) {
        if (code === TOO_LARGE) {
            this.tooLarge(this.#largest());
        }

        for (const id of [...this.#waiting.keys()]) {
            const request = this.#take(id);

            request?.reject(unknown('The connection broke.', request.cid));
        }
    }

    /** @returns {number | undefined} the id of the largest message */
    #largest() {
        const sends = [...this.#waiting].filter(([, { cid }]) =>
            cid !== undefined);

        return sends.sort(([, a], [, b]) => b.size - a.size)[0]?.[0];
    }

    /**
     * @param {number} id
     * @returns {Request | undefined}
     */
    #take(id) {
        const request = this.#waiting.get(id);

        if (request !== undefined) {
            this.#waiting.delete(id);
            this.#clock.clearTimeout(request.timer);
        }

        return request;
    }
}


/**
 * @param {string} why
 * @param {string} [cid]
 * @returns {ChatError}
 */
function unknown(why, cid) {
    return new ChatError({ code: 'unknown', message: why, temporary: true,
                           cid });
}
