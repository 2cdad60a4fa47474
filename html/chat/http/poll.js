
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room's messages by pages that wait, where nothing else comes through. */

import { command, query, roomPath, UNSUPPORTED } from './commands.js';

export const PATIENCE = 25;             /* s, of the server */
export const POLL_WAIT = 35_000;        /* ms, of the client */
export const LOOK_EVERY = 5000;         /* ms, where one may not wait */
export const AT_ONCE = 1000;            /* ms; nobody has waited */
export const WHO_EVERY = 60_000;        /* ms, who is there, and what one may */

/** Who is not let in any more. */
const OUT = 403;

/** Too many wait, here or of this user: it may be asked without. */
const CROWDED = new Set([429, 503]);

/** @typedef {import('../fallback.js').Detour} Port */
/** @typedef {import('./calls.js').Failure} Failure */


/** Nobody is in the room by that, so nobody is told to have come. */
export class Poll {

    #place;

    /** @type {Port} */
    #port;

    #abort = new AbortController();

    /** @type {any} */
    #timer = null;

    #since = 0;
    #attempt = 0;
    #over = false;

    /** Whether it may keep a connection. */
    holds = false;

    /**
     * @param {{room: string, after?: number, epoch?: string}} place
     * @param {Port} port
     */
    constructor(place, port) {
        this.#place = place;
        this.#port = port;
        this.holds = port.roomy;
    }

    /** @returns {Promise<any>} what is ok */
    async join() {
        try {
            return await this.#begin();

        } catch (reason) {
            this.stop();                /* others may have its connection */
            throw reason;
        }
    }

    /** @returns {Promise<any>} */
    async #begin() {
        const { room } = this.#place;
        const { calls } = this.#port;
        const [page, { ok: about }, who] = await Promise.all([this.#page(),
            calls.ask('GET', roomPath(room)),
            this.#port.has('presence')
                ? calls.run(command('who', { room })) : { ok: {} }]);

        this.#since = this.#port.clock.now();
        this.#place = { room, after: page.top, epoch: page.epoch };

        if (!this.#over) {
            this.#later(0);
        }

        return { room, ...page, config: about.config, users: who.ok.users,
                 count: who.ok.count, role: 'none',
                 can: ['send', 'history', 'who'],
                 messages: page.messages.map((/** @type {any} */ each) =>
                     this.#port.mine(each)) };
    }

    stop() {
        this.#over = true;
        this.holds = false;
        this.#port.clock.clearTimeout(this.#timer);
        this.#abort.abort();
    }

    /** @returns {Promise<any>} what came after the place, or the latest */
    async #page() {
        const { room, after, epoch } = this.#place;

        if (!this.#port.has('history')) {
            throw { ...UNSUPPORTED, temporary: true };
        }

        try {
            const { ok } = await this.#port.calls.run(command('history',
                { room, after, epoch }));

            return { ...ok, recovered: after !== undefined };

        } catch (reason) {
            const { status } = /** @type {Failure} */ (reason);

            if (after === undefined || (status !== 409 && status !== 410)) {
                throw reason;
            }

            this.#place = { room };
            return this.#page();
        }
    }

    /** @param {number} ms */
    #later(ms) {
        this.#timer = this.#port.clock.setTimeout(() => this.#look(), ms);
    }

    async #look() {
        const { room, after, epoch } = this.#place;
        const begun = this.#port.clock.now();

        if (begun - this.#since >= WHO_EVERY) {
            this.#anew();
            return;
        }

        try {
            const { ok } = await this.#port.calls.ask('GET',
                `${roomPath(room)}/messages${query({ after, epoch,
                    wait: this.holds ? PATIENCE : undefined })}`,
                { abort: this.#abort, limit: POLL_WAIT });

            if (!this.#over) {
                const { messages = [], more = false } = ok;
                const waited = messages.length > 0
                    || this.#port.clock.now() - begun >= AT_ONCE;

                this.#attempt = 0;
                this.#tell(messages);
                this.#later(more || (this.holds && waited) ? 0 : LOOK_EVERY);
            }
        } catch (reason) {
            if (!this.#over) {
                this.#failed(/** @type {Failure} */ (reason));
            }
        }
    }

    /** @param {any[]} messages */
    #tell(messages) {
        messages.forEach((frame) => this.#port.hear(frame));
        this.#place = { ...this.#place,
                        after: messages.at(-1)?.seq ?? this.#place.after };
    }

    /** The room joins again, from where it is. */
    #anew() {
        this.#port.hear({ ev: 'resync', room: this.#place.room });
    }

    /** @param {Failure} failure */
    async #failed({ status, code, message, until, lost, retry_after = 0 }) {
        if (lost === true) {
            this.#port.lose();

        } else if (status === OUT
                   || (status === 401 && !await this.#port.expired(code)
                       && !this.#over))
        {
            this.stop();
            this.#port.hear({ ev: 'left', room: this.#place.room, until,
                reason: code === 'banned' ? code : 'denied', message });

        } else if (this.#over) {
            return;

        } else if (status === 409 || status === 410) {
            this.#anew();

        } else {
            this.holds &&= !CROWDED.has(status ?? 0);
            this.#later(retry_after * 1000 + this.#port.random()
                        * Math.min(LOOK_EVERY * 2 ** this.#attempt++,
                                   WHO_EVERY));
        }
    }
}
