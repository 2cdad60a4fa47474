
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A view of a room that others on the page look at, too. */

import { Emitter } from './emitter.js';
import { ENTRIES } from './protocol.js';

const OTHERS = ['outbox', 'presence', 'typing', 'read', 'room', 'state'];

/** @typedef {import('./room.js').Room} Room */
/** @typedef {import('./entries.js').Page} Page */


/**
 * Events: those of the room.  Who sits down in a room that is joined already
 * hears what was said last first, as the first one did.
 */
export class Seat extends Emitter {

    #leave;

    /** @type {(() => void)[]} */
    #undos;

    /** @type {[string, any][] | null} what comes before the last page does */
    #held = null;

    /** @type {number | null} */
    #first = null;

    #firstPrev = 0;

    /** @type {boolean | null} as history() said; null: it was not asked */
    #more = null;

    /**
     * @param {Room} room
     * @param {() => void} leave  called once
     */
    constructor(room, leave) {
        super();

        this.room = room;
        this.#leave = leave;
        this.#undos = [
            ...OTHERS.map((event) => room.on(event, (value) =>
                this.emit(event, value))),
            ...[...ENTRIES, 'hole'].map((event) => room.on(event, (value) =>
                this.#hear(event, value))),
            room.on('reset', (reset) => this.#reset(reset)),
        ];

        if (room.seq !== null) {
            this.#held = [];
            this.#begin(this.#held);
        }
    }

    /** The oldest entry that was seen from here. */
    get first() {
        return this.#first;
    }

    /** Whether history() has something before "first". */
    get older() {
        return this.#more
               ?? (this.#first !== this.room.first || this.room.older);
    }

    /** Whether there was something before "first" that is gone now. */
    get gone() {
        return !this.older && this.#firstPrev > 0;
    }

    /**
     * What was said before all that was seen from here.
     *
     * @param {{limit?: number}} [options]
     * @returns {Promise<Page>}
     */
    async history({ limit } = {}) {
        const page = await this.room.history({ limit,
            before: this.#first ?? (this.room.seq ?? 0) + 1 });

        this.#more = page.more;
        this.#note(page.messages[0]);
        return page;
    }

    /** Hears nothing any more; the room is left with its last seat. */
    leave() {
        const undos = this.#undos;

        this.#undos = [];
        this.#held = null;

        if (undos.length > 0) {
            undos.forEach((undo) => undo());
            this.#leave();
        }
    }

    /**
     * @param {string} event
     * @param {any} value
     */
    #hear(event, value) {
        if (this.#held !== null) {
            this.#held.push([event, value]);
            return;
        }

        if (this.#first === null && event !== 'hole') {
            this.#note(value);
        }

        this.emit(event, value);
    }

    /** @param {any} frame  the first one, if it is any */
    #note(frame) {
        if (frame !== undefined) {
            this.#first = frame.seq;
            this.#firstPrev = frame.prev ?? 0;
        }
    }

    /** @param {any} reset  what comes after it is all there is */
    #reset(reset) {
        this.#held = null;
        this.#first = null;
        this.#more = null;
        this.emit('reset', reset);
    }

    /** @param {[string, any][]} held */
    async #begin(held) {
        /** @type {any[]} */
        let messages = [];

        try {
            await this.room.ready();

            if (this.#held === held) {
                ({ messages } = await this.history());
            }

        } catch {
            /* it begins with what comes now, "older" says what else there is */
        }

        if (this.#held !== held) {
            return;
        }

        const last = messages.at(-1)?.seq ?? 0;

        this.#held = null;
        messages.forEach((frame) => this.emit(frame.ev, frame));
        held.filter(([, { seq, before }]) => (seq ?? before) > last)
            .forEach(([event, value]) => this.#hear(event, value));
    }
}
