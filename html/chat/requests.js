
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

    /**
     * @param {string} [cid]
     * @returns {{id: number, answer: Promise<any>}}
     */
    add(cid) {
        const id = ++this.#last;

        const answer = new Promise((resolve, reject) => {
            const timer = this.#clock.setTimeout(() => {
                this.#take(id)?.reject(unknown('No answer came.', cid));
            }, this.#limit);

            this.#waiting.set(id, { resolve, reject, timer, cid,
                                     size: 0 });
        });

        return { id, answer };
    }

    /**
     * @param {number} id
     * @param {number} size  bytes
     */
    measure(id, size) {
        const request = this.#waiting.get(id);

        if (request !== undefined) {
            request.size = size;
        }
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
        const guilty = code === TOO_LARGE ? this.#largest() : undefined;

        if (guilty !== undefined) {
            this.settle({ id: guilty, error: { code: 'too_large', status: 413,
                message: 'The message is too long.' } });
        }

        for (const id of [...this.#waiting.keys()]) {
            const request = this.#take(id);

            request?.reject(unknown('The connection broke before the answer '
                                    + 'came.', request.cid));
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
    const doubt = cid === undefined ? ''
                  : ' It is unknown whether the message was stored.';

    return new ChatError({ code: 'unknown', message: why + doubt,
                           temporary: true, cid });
}
