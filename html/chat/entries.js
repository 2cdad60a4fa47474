
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What was said in one room: each entry once, in order, none left out. */

import { Emitter } from './emitter.js';
import { ChatError } from './error.js';
import { Filler } from './filler.js';
import { ENTRIES_HELD } from './limits.js';
import { ENTRIES } from './protocol.js';
import { View } from './view.js';

/**
 * @typedef {object} Port
 * @property {(op: string, fields: object) => Promise<any>} request
 * @property {() => boolean} history  whether the server has one
 * @property {import('./clock.js').Clock} clock
 * @property {() => number} random
 */

/**
 * @typedef {object} Page
 * @property {any[]} messages  ascending
 * @property {boolean} more    there are older ones
 * @property {number | null} floor  the oldest number that the server keeps
 */

/** @type {Readonly<Record<string, string>>} */
const RESET = {
    epoch: 'The room began anew; what was said before is gone.',
    gone: 'You were away for long; some messages are gone.',
};


/**
 * Events: entry (the frame), reset ({reason, message}), hole ({after, before,
 * message}), current (nothing is missing now), lost (the server does not know
 * the view's place any more: join without it).
 */
export class Entries extends Emitter {

    #room;

    /** @type {Port} */
    #port;

    #filler;
    #view = new View(ENTRIES_HELD);

    /** Whether something above the view was dropped that may be in the log. */
    #dropped = false;

    /**
     * @param {string} room
     * @param {Port} port
     */
    constructor(room, port) {
        super();

        this.#room = room;
        this.#port = port;
        this.#filler = new Filler(this.#view, port, this);
    }

    /** @returns {Readonly<Pick<View, 'seq' | 'epoch' | 'first' | 'floor' |
     *     'older' | 'gone'>>} */
    get view() {
        return this.#view;
    }

    /** What comes now is held until the answer to a join. */
    hold() {
        this.#filler.stop();
        this.#view.hold();
    }

    /** There is no such answer. */
    release() {
        this.#view.release().forEach((frame) => this.read(frame));
    }

    /** What is under way does not count any more. */
    stop() {
        this.#dropped = false;
        this.#filler.stop();
        this.#view.release();
    }

    /**
     * The place to join with.
     *
     * @returns {{after?: number, epoch?: string}}
     */
    place() {
        const { seq, epoch } = this.#view;

        return seq === null || epoch === null ? {} : { after: seq, epoch };
    }

    /**
     * The answer to a join comes into the view.  "settle" has to follow.
     *
     * @param {any} ok
     * @param {boolean} fresh  it was asked without a place
     */
    join(ok, fresh) {
        const top = ok.top ?? 0;

        this.#compare(ok, top, fresh);

        for (const frame of entries(ok.messages)) {
            if (this.#view.judge(frame) !== 'drop') {
                this.show(frame);
            }
        }

        this.#view.floor = ok.floor ?? this.#view.floor;

        if (ok.recovered !== true || ok.more !== true) {
            this.#view.reach(top);
        }
    }

    /**
     * What was held comes, and what the answer left to be asked for.
     *
     * @param {any} ok
     */
    settle(ok) {
        if (ok.recovered === true && ok.more === true) {
            this.#filler.start();
            return;
        }

        this.release();

        if (this.#dropped) {
            this.#dropped = false;
            this.#filler.start();
        }

        if (!this.#filler.busy) {
            this.emit('current');
        }
    }

    /** @param {any} frame  an entry, live */
    read(frame) {
        if (this.#view.holding) {
            this.#view.keep(frame);
            return;
        }

        switch (this.#view.judge(frame)) {

        case 'take':
            this.show(frame);
            break;

        case 'hole':
            if (this.#port.history()) {
                this.#view.keep(frame);
                this.#filler.start();
                break;
            }

            this.hole(this.#view.seq ?? 0, frame.seq);
            this.show(frame);
            break;
        }
    }

    /**
     * @param {number | undefined} before  all that was seen, if undefined
     * @param {number | undefined} limit
     * @returns {Promise<Page>}
     */
    async history(before, limit) {
        const from = before ?? this.#view.first;
        const ok = await this.ask({ before: from ?? undefined, limit });
        const { messages } = ok;
        const more = ok.more === true;

        if (from === this.#view.first) {
            this.#view.prepend(messages, more);
        }

        return { messages, more, floor: this.#view.floor };
    }

    /**
     * Holds the answer against the own view.
     *
     * @param {any} ok
     * @param {number} top
     * @param {boolean} fresh
     */
    #compare(ok, top, fresh) {
        const { seq, epoch } = this.#view;
        const same = ok.epoch === epoch && !fresh;
        const missed = ok.recovered !== true && top !== seq;

        if (seq !== null && same && !(missed && this.#useless(top, seq))) {
            if (missed) {
                this.#doWithout(top);
            }

            return;
        }

        this.#view.reset(typeof ok.epoch === 'string' ? ok.epoch : null,
                         ok.more === true);
        this.#sift(top);

        if (seq !== null) {
            const reason = ok.epoch === epoch ? 'gone' : 'epoch';

            this.emit('reset', { reason, message: RESET[reason] });
        }
    }

    /**
     * What was held may be of the epoch before, and events do not tell: the
     * log is asked instead.  Without a history what chains is taken.
     *
     * @param {number} top
     */
    #sift(top) {
        const held = this.#view.release().filter(({ seq }) => seq > top);
        let mine = top;

        this.#view.hold();
        this.#dropped = this.#port.history() && held.length > 0;

        if (this.#port.history()) {
            return;
        }

        for (const frame of held) {
            if (!(frame.prev > mine)) {
                this.#view.keep(frame);
                mine = frame.seq;
            }
        }
    }

    /**
     * Without a history a view with a hole is better than none, unless its
     * numbers are not the server's any more.
     *
     * @param {number} top
     * @param {number} seq
     */
    #useless(top, seq) {
        return this.#port.history() || top < seq;
    }

    /**
     * A member that joins again is sent what is said meanwhile, and nothing
     * else: there is no history.
     *
     * @param {number} top
     */
    #doWithout(top) {
        const held = this.#view.release();

        held.filter(({ seq }) => seq <= top)
            .forEach((frame) => this.read(frame));
        this.#view.hold();
        held.filter(({ seq }) => seq > top)
            .forEach((frame) => this.#view.keep(frame));

        const mine = this.#view.seq ?? 0;

        if (top > mine) {
            this.hole(mine, top + 1);
        }
    }

    /**
     * For the filler, as the rest.
     *
     * @param {any} frame  is the view's newest entry now
     */
    show(frame) {
        this.#view.append(frame);
        this.emit('entry', frame);
    }

    /**
     * @param {number} after
     * @param {number} before  nobody has what is between
     */
    hole(after, before) {
        this.emit('hole', { after, before,
            message: 'Messages may be missing here.' });
    }

    /**
     * @param {object} fields
     * @returns {Promise<any>} the answer of "history", what can be shown of it
     */
    async ask(fields) {
        const { epoch, turns } = this.#view;
        const ok = await this.#port.request('history', { room: this.#room,
            ...fields, epoch: epoch ?? undefined });

        if (this.#view.turns !== turns) {
            throw new ChatError(this.#view.epoch === epoch
                ? { code: 'gone', status: 410, message: RESET.gone }
                : { code: 'epoch_changed', status: 409,
                    message: RESET.epoch });
        }

        this.#view.floor = ok.floor ?? this.#view.floor;
        return { ...ok, messages: entries(ok.messages) };
    }
}


/**
 * @param {any} list
 * @returns {any[]} what of it can be shown
 */
function entries(list) {
    return Array.isArray(list)
           ? list.filter((each) => ENTRIES.includes(each?.ev)) : [];
}
