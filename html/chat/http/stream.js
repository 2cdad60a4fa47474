
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room's events by a stream that is read with fetch(). */

import { UNKNOWN } from './calls.js';
import { able, roomPath } from './commands.js';
import { Lines } from './lines.js';
import { Poll } from './poll.js';

export const FIRST_WAIT = 5000;         /* ms, for the first bytes */
export const LAST_WAIT = 2000;          /* ms, for what was said before */
export const SOUND = 10_000;            /* ms that a stream should last */
export const PROVEN = 60_000;           /* ms, then all before is forgiven */
const SILENT = 1.6;                     /* heartbeats */

/** Closes that end one stream only; the others end all. */
const ALONE = new Set([1001, 1011, 1012, 1013, 4101, 4103, 4200, 4202]);

/** What is said to the stream, not to the room. */
const INNER = new Set(['drain', 'heartbeat', 'resync']);

/** @typedef {import('../fallback.js').Detour} Port */


export class Stream {

    #place;

    /** @type {Port} */
    #port;

    #abort = new AbortController();

    /** @type {((ok: any) => void) | null} the join is not answered */
    #resolve = null;

    /** @type {(reason: any) => void} */
    #reject = () => {};

    /** @type {any} what the stream began with */
    #joined = null;

    /** @type {any[]} entries up to its "top" */
    #before = [];

    /** @type {Poll | null} instead */
    #poll = null;

    /** @type {any} */
    #timer = null;

    #silence = 0;
    #since = 0;
    #heard = false;
    #closed = false;
    #over = false;
    #held = true;

    /**
     * @param {{room: string, after?: number, epoch?: string}} place
     * @param {Port} port
     */
    constructor(place, port) {
        this.#place = place;
        this.#port = port;
    }

    /** Whether it keeps a connection. */
    get holds() {
        return this.#poll?.holds ?? this.#held;
    }

    /** @returns {Promise<any>} what is ok */
    join() {
        this.#wait(FIRST_WAIT, () => this.#deaf());
        this.#read();

        return new Promise((resolve, reject) => {
            this.#resolve = resolve;
            this.#reject = reject;
        });
    }

    stop() {
        this.#over = true;
        this.#held = false;
        this.#port.clock.clearTimeout(this.#timer);
        this.#poll?.stop();
        this.#abort.abort();
        this.#answer(null, UNKNOWN);
    }

    async #read() {
        const { room, after, epoch } = this.#place;
        const lines = new Lines((data) => this.#event(data));

        try {
            const { body } = await this.#port.calls.open('GET',
                `${roomPath(room)}/events`, { abort: this.#abort, headers: {
                    Accept: 'text/event-stream',
                    ...(epoch !== undefined && {
                        'Last-Event-ID': `${epoch}.${after}` }) } });
            const reader = body.getReader();

            for (;;) {
                const { value, done } = await reader.read();

                if (done || this.#over) {
                    break;
                }

                this.#bytes();
                lines.add(value);
            }

            this.#ended(null);
        } catch (reason) {
            this.#ended(reason);
        }
    }

    /** They come; from now on they must not cease for too long. */
    #bytes() {
        const now = this.#port.clock.now();

        if (!this.#heard) {
            this.#heard = true;
            this.#since = now;

        } else if (now - this.#since >= PROVEN) {
            this.#port.ended(0);
        }

        if (this.#joined === null || this.#resolve === null) {
            this.#watch();
        }
    }

    #watch() {
        this.#port.clock.clearTimeout(this.#timer);

        if (this.#silence > 0) {
            this.#wait(this.#silence, () => this.#ended(UNKNOWN));
        }
    }

    /** @param {string} data */
    #event(data) {
        const frame = JSON.parse(data, (key, value) =>
            key === 'text' ? value : this.#port.one(value));

        if (this.#over) {
            return;
        }

        switch (frame.ev) {

        case 'welcome':
            this.#silence = frame.heartbeat * 1000 * SILENT || 0;
            this.#port.known(frame.user);
            this.#watch();
            break;

        case 'joined':
            this.#begin(frame);
            break;

        case 'close':
            this.#close(frame);
            break;

        default:
            this.#other(frame);
        }
    }

    /** @param {any} frame */
    #begin(frame) {
        const { top = 0, floor = 0, recovered } = frame;

        this.#joined = able(frame);

        if (floor > top || (recovered === true && top === this.#place.after)) {
            this.#whole(top);

        } else {
            this.#wait(LAST_WAIT, () =>
                this.#whole(this.#before.at(-1)?.seq ?? top));
        }
    }

    /** @param {any} frame */
    #other(frame) {
        if (frame.ev === 'error' && this.#joined === null) {
            this.#answer(null, frame.error);
            this.#closed = true;

        } else if (this.#resolve !== null && this.#joined !== null
                   && frame.prev !== undefined)
        {
            this.#before.push(this.#port.mine(frame));

            if (frame.seq >= this.#joined.top) {
                this.#whole(this.#joined.top);
            }

        } else if (!INNER.has(frame.ev)) {
            this.#port.hear(frame.ev === 'room' ? able(frame) : frame);
        }

        if (frame.ev === 'left') {
            this.#closed = true;
            this.stop();
        }
    }

    /** @param {number} top  what was said before is there */
    #whole(top) {
        if (this.#resolve !== null) {
            this.#watch();
            this.#answer({ ...this.#joined, messages: this.#before, top });
            this.#before = [];
        }
    }

    /** @param {any} frame  why it ends */
    #close({ code, reason }) {
        if (!ALONE.has(code) && !this.#closed) {
            this.#port.lose(code, reason);
        }

        this.#closed = true;
    }

    /**
     * @param {any} ok
     * @param {any} [failure]
     */
    #answer(ok, failure) {
        const resolve = this.#resolve;

        this.#resolve = null;

        if (resolve !== null && failure !== undefined) {
            this.#reject(failure);

        } else {
            resolve?.(ok);
        }
    }

    /** Not even the first bytes: somebody keeps them, or there is no room. */
    #deaf() {
        if (this.#port.useless()) {
            this.#abort.abort();
            this.#over = true;
            this.#held = false;
            this.#poll = new Poll(this.#place, this.#port);
            this.#poll.join().then((ok) => this.#answer(ok),
                                   (reason) => this.#answer(null, reason));

        } else {
            this.stop();
        }
    }

    /** @param {any} failure  null: it has come to an end */
    #ended(failure) {
        if (this.#over) {
            return;
        }

        const joined = this.#resolve === null && this.#joined !== null;
        const lived = this.#port.clock.now() - this.#since;
        const silent = failure === UNKNOWN;
        const sound = this.#heard && lived >= SOUND && !silent;

        this.#port.clock.clearTimeout(this.#timer);
        this.#held = false;
        this.#over = true;
        this.#abort.abort();

        if (!this.#closed && this.#heard) {
            this.#port.ended(silent ? 2 : sound ? 0 : 1);
        }

        if (joined) {
            this.#wait(sound ? 0 : this.#port.pause, () =>
                this.#port.hear({ ev: 'resync', room: this.#place.room }));

        } else {
            this.#answer(null, failure ?? UNKNOWN);
        }
    }

    /**
     * @param {number} ms
     * @param {() => void} fn
     */
    #wait(ms, fn) {
        this.#port.clock.clearTimeout(this.#timer);
        this.#timer = this.#port.clock.setTimeout(fn, ms);
    }
}
