
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One room as one member sees it: who is here, and up to which entry. */

import { Emitter } from './emitter.js';
import { ChatError } from './error.js';
import { messageId } from './id.js';
import { backoff } from './policy.js';
import { ENTRIES } from './protocol.js';

export const TYPING_EVERY = 3000;       /* ms */
export const TYPING_AGAIN = 1000;       /* ms after a message */
export const HELD_MOST = 10_000;        /* frames during one join */
export const WHO_PAGES = 100;

/**
 * @typedef {object} Port  what a room needs of its client
 * @property {(op: string, fields: object, cid?: string) =>
 *     Promise<any>} request
 * @property {(op: string, fields: object) => void} tell
 * @property {() => void} forget
 * @property {import('./clock.js').Clock} clock
 * @property {() => number} random
 */

/**
 * waiting  for the connection, or, with an error, for the next try
 * joining  asked
 * joined   a member
 * left     not a member: own wish, or "error" says why
 *
 * @typedef {object} RoomState
 * @property {'waiting'|'joining'|'joined'|'left'} name
 * @property {ChatError | null} error
 * @property {number | null} nextTry  ms UTC
 */

/** @typedef {{id: string, name: string}} Person */

/** @type {Readonly<Record<string, string>>} */
const LEFT = Object.freeze({
    kicked: 'You were removed from this room.',
    banned: 'You are banned from this room.',
    closed: 'This room was closed.',
    denied: 'You may not be in this room.',
});


/**
 * Events: state (RoomState), message, edit, delete, react (the frames),
 * presence ({users, count, join, leave}), typing, read, room (the frames),
 * reset ({reason, message}: forget the view), hole ({after, before, message}:
 * entries are missing in the view here).
 */
export class Room extends Emitter {

    /** @type {Port} */
    #port;

    /** @type {RoomState} */
    #state = { name: 'waiting', error: null, nextTry: null };

    /** @type {Map<string, Person>} */
    #users = new Map();

    /** @type {any[] | null} frames that came while a join is under way */
    #held = null;

    /** @type {any} */
    #timer = null;

    /** @type {number | null} the newest entry seen, null without a view */
    #seq = null;

    /** @type {string | null} */
    #epoch = null;

    #count = 0;
    #turn = 0;
    #attempt = 0;
    #typed = -Infinity;

    /**
     * @param {string} name
     * @param {Port} port
     */
    constructor(name, port) {
        super();

        this.name = name;
        this.#port = port;
    }

    get state() {
        return this.#state;
    }

    /** @returns {Person[]} */
    get users() {
        return [...this.#users.values()];
    }

    /** Members, which may be more than users: large rooms list none. */
    get count() {
        return Math.max(this.#count, this.#users.size);
    }

    get seq() {
        return this.#seq;
    }

    get epoch() {
        return this.#epoch;
    }

    /** @returns {Promise<void>} joined; rejected when that is no use */
    ready() {
        return new Promise((resolve, reject) => {
            /** @type {() => void} */
            let undo = () => {};

            const look = () => {
                if (this.#state.name === 'joined') {
                    undo();
                    resolve();

                } else if (this.#state.name === 'left') {
                    undo();
                    reject(this.#state.error ?? notHere());
                }
            };

            undo = this.on('state', look);
            look();
        });
    }

    /**
     * @param {string} text
     * @param {{cid?: string}} [options]  the cid of a send whose fate is
     *     unknown, to repeat it without making a second message
     * @returns {Promise<{seq: number, time: number, cid: string,
     *     dup?: boolean}>} rejected with a ChatError that carries the cid
     */
    async send(text, options = {}) {
        const cid = options.cid ?? messageId();

        if (this.#state.name !== 'joined') {
            throw notHere(cid);
        }

        this.#typed = this.#port.clock.now() - TYPING_EVERY + TYPING_AGAIN;

        const ok = await this.#port.request(
            'send', { room: this.name, cid, text }, cid);

        return { ...ok, cid };
    }

    /**
     * The members as the server knows them now.
     *
     * @returns {Promise<{users: Person[], count: number}>}
     */
    async who() {
        /** @type {Person[]} */
        const users = [];
        let ok;

        for (let page = 0; page < WHO_PAGES; page++) {
            ok = await this.#port.request('who', { room: this.name,
                ...(users.length > 0 && { after: users.at(-1)?.id }) });

            users.push(...people(ok.users));

            if (ok.more !== true) {
                break;
            }
        }

        return { users, count: ok.count ?? users.length };
    }

    /**
     * May be called for every key: the server hears of it now and then.
     *
     * @param {boolean} [on]
     */
    typing(on = true) {
        const now = this.#port.clock.now();

        if (this.#state.name !== 'joined'
            || (on && now - this.#typed < TYPING_EVERY)
            || (!on && this.#typed === -Infinity))
        {
            return;
        }

        this.#typed = on ? now : -Infinity;
        this.#port.tell('typing', { room: this.name, on });
    }

    /** @returns {Promise<void>} */
    async leave() {
        const member = this.#state.name === 'joined'
                       || this.#state.name === 'joining';

        this.#port.forget();
        this.#gone(null);

        if (member) {
            await this.#port.request('leave', { room: this.name })
                .catch(() => {});
        }
    }

    /**
     * For the client: the connection came or went.
     *
     * @param {boolean} online
     */
    connected(online) {
        if (!online) {
            if (this.#state.name !== 'left') {
                this.#stop();
                this.#setState('waiting');
            }

            return;
        }

        if (this.#state.name === 'waiting') {
            this.#attempt = 0;
            this.#join();
        }
    }

    /** For the client: somebody wants to be in, whatever was before. */
    again() {
        if (this.#state.name === 'left') {
            this.#setState('waiting');
        }
    }

    /**
     * For the client: joins again, though joined, to see what is true.  While
     * the store is away it is the client that comes again.
     */
    refresh() {
        this.#join();
    }

    /**
     * For the client: an event of this room.
     *
     * @param {any} frame
     */
    read(frame) {
        if (frame.ev === 'left') {
            this.#removed(frame);
            return;
        }

        if (this.#held !== null) {
            if (this.#held.length < HELD_MOST) {
                this.#held.push(frame);
            }

            return;
        }

        if (this.#state.name === 'joined') {
            this.#take(frame);
        }
    }

    async #join() {
        const turn = ++this.#turn;
        const view = this.#seq === null ? {}
                     : { after: this.#seq, epoch: this.#epoch };

        this.#clearTimer();
        this.#held ??= [];

        if (this.#state.name !== 'joined') {
            this.#setState('joining');
        }

        try {
            const ok = await this.#port.request('join',
                                                { room: this.name, ...view });

            if (turn === this.#turn) {
                this.#joined(ok);
            }

        } catch (error) {
            if (turn === this.#turn) {
                this.#refused(/** @type {ChatError} */ (error));
            }
        }
    }

    /** @param {any} ok */
    #joined(ok) {
        const held = this.#held ?? [];
        const messages = Array.isArray(ok.messages) ? ok.messages : [];

        this.#held = null;
        this.#attempt = 0;

        this.#compare(ok, held);
        this.#users = new Map(people(ok.users).map((each) => [each.id, each]));
        this.#count = ok.count ?? 0;
        this.emit('presence', { users: this.users, count: this.count,
                                join: this.users, leave: [] });

        for (const frame of messages) {
            this.#entry({ ev: 'message', room: this.name, ...frame }, false);
        }

        this.#seq = Math.max(this.#seq ?? 0, ok.top ?? 0);

        if (this.#state.name !== 'joined') {
            this.#setState('joined');
        }

        for (const frame of held) {
            this.#take(frame);
        }
    }

    /**
     * Holds the answer against the own view.
     *
     * @param {any} ok
     * @param {any[]} held
     */
    #compare(ok, held) {
        const epoch = typeof ok.epoch === 'string' ? ok.epoch : null;
        const top = ok.top ?? 0;

        if (this.#seq === null) {
            this.#epoch = epoch;
            return;
        }

        if (epoch !== this.#epoch) {
            this.#epoch = epoch;
            this.#seq = null;
            this.emit('reset', { reason: 'epoch',
                message: 'The room began anew; what was said before is gone.',
            });

            return;
        }

        if (ok.recovered !== true) {
            /* a member that joins again has these, though top covers them */
            held.filter(({ ev, seq }) => ENTRIES.includes(ev) && seq <= top)
                .forEach((frame) => this.#entry(frame, true));
        }

        if (top > this.#seq && (ok.recovered !== true || ok.more === true)) {
            this.#hole(this.#seq, top + 1);
        }
    }

    /** @param {ChatError} error */
    #refused(error) {
        const held = this.#held ?? [];

        this.#held = null;

        if (!error.temporary && error.retryAfter === null) {
            this.#gone(error);
            return;
        }

        const member = this.#state.name === 'joined';
        const delay = Math.max((error.retryAfter ?? 0) * 1000,
                               backoff(this.#attempt++, this.#port.random));

        if (!member || error.code !== 'unavailable') {
            this.#timer = this.#port.clock.setTimeout(() => this.#join(),
                                                      delay);
        }

        if (member) {
            held.forEach((frame) => this.#take(frame));
            return;
        }

        this.#setState('waiting', error, this.#port.clock.now() + delay);
    }

    /** @param {any} frame */
    #take(frame) {
        if (ENTRIES.includes(frame.ev)) {
            this.#entry(frame, true);
            return;
        }

        switch (frame.ev) {

        case 'presence':
            this.#presence(frame);
            break;

        case 'resync':
            this.#join();
            break;

        case 'typing':
        case 'read':
        case 'room':
            this.emit(frame.ev, frame);
            break;
        }
    }

    /**
     * Continuity is prev <= mine: numbers may jump.
     *
     * @param {any} frame
     * @param {boolean} live  else from an answer, which knows of its holes
     */
    #entry(frame, live) {
        const mine = this.#seq ?? 0;

        if (!Number.isSafeInteger(frame.seq) || frame.seq <= mine) {
            return;
        }

        if (live && frame.prev > mine) {
            this.#hole(mine, frame.seq);
        }

        this.#seq = frame.seq;
        this.emit(frame.ev, frame);
    }

    /**
     * @param {number} after
     * @param {number} before
     */
    #hole(after, before) {
        this.emit('hole', { after, before,
            message: 'Messages may be missing here.' });
    }

    /** @param {any} frame */
    #presence(frame) {
        const join = people(frame.join);
        const leave = Array.isArray(frame.leave) ? frame.leave : [];

        for (const each of join) {
            this.#users.set(each.id, each);
        }

        for (const id of leave) {
            this.#users.delete(id);
        }

        this.#count = frame.count ?? this.#users.size;
        this.emit('presence', { users: this.users, count: this.count, join,
                                leave });
    }

    /** @param {any} frame */
    #removed(frame) {
        const reason = String(frame.reason);

        if (reason === 'asked') {
            return;
        }

        this.#gone(new ChatError({
            code: reason,
            message: frame.message || LEFT[reason] || 'You left this room.',
            status: 403,
            until: frame.until,
        }));
    }

    /** @param {ChatError | null} error */
    #gone(error) {
        this.#stop();
        this.#users.clear();
        this.#count = 0;
        this.#setState('left', error);
    }

    /** Whatever is under way does not count any more. */
    #stop() {
        this.#turn++;
        this.#held = null;
        this.#typed = -Infinity;
        this.#clearTimer();
    }

    #clearTimer() {
        this.#port.clock.clearTimeout(this.#timer);
        this.#timer = null;
    }

    /**
     * @param {RoomState['name']} name
     * @param {ChatError | null} [error]
     * @param {number | null} [nextTry]
     */
    #setState(name, error = null, nextTry = null) {
        this.#state = Object.freeze({ name, error, nextTry });
        this.emit('state', this.#state);
    }
}


/**
 * @param {any} list
 * @returns {Person[]} what of it can be shown
 */
function people(list) {
    if (!Array.isArray(list)) {
        return [];
    }

    return list.filter((each) => typeof each?.id === 'string')
        .map(({ id, name }) => ({ id, name: String(name ?? id) }));
}


/**
 * @param {string} [cid]
 * @returns {ChatError}
 */
function notHere(cid) {
    return new ChatError({ code: 'offline', temporary: true, cid,
        message: 'Not in the room at the moment; nothing was sent.' });
}
