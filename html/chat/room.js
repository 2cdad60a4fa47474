
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One room as one member sees it: what was said, who is here. */

import { Emitter } from './emitter.js';
import { Entries } from './entries.js';
import { ChatError } from './error.js';
import { FRAMES_HELD, RECOUNT_SPREAD, WHO_PAGES } from './limits.js';
import { Outbox } from './outbox.js';
import { again } from './policy.js';
import { ENTRIES } from './protocol.js';
import { Plain } from './plain.js';
import { rights } from './rights.js';
import { people, Roster } from './roster.js';
import { Timer } from './timer.js';
import { Typing } from './typing.js';

/**
 * @typedef {object} Client  what a room needs of its client
 * @property {(op: string, fields: object) => void} tell
 * @property {() => void} forget
 * @property {() => boolean} history  whether the server has one
 */

/** @typedef {Client & Omit<import('./outbox.js').Port, 'seal'>} Port */
/** @typedef {import('./outbox.js').Fate} Fate */
/** @typedef {import('./entries.js').Page} Page */
/** @typedef {import('./roster.js').Person} Person */

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

/** @type {Readonly<Record<string, string>>} */
const LEFT = Object.freeze({
    kicked: 'You were removed from this room.',
    banned: 'You are banned from this room.',
    closed: 'This room is for its members only.',
    denied: 'You may not be in this room.',
});


/**
 * Events: state (RoomState), message, edit, delete, react (the frames),
 * outbox (Fate), presence ({users, count, join, leave}), typing, read, room
 * (the frames), reset ({reason, message}: forget the view, it comes anew),
 * hole ({after, before, message}: entries are missing in the view here).
 */
export class Room extends Emitter {

    /** @type {Port} */
    #port;

    /** @type {RoomState} */
    #state = { name: 'waiting', error: null, nextTry: null };

    #seal;
    #entries;
    #outbox;
    #roster = new Roster();
    #typing = new Typing();
    #rights = rights(null);

    /** @type {any[] | null} what else came during a join */
    #held = null;

    #timer;
    #counting;
    #turn = 0;
    #attempt = 0;

    /**
     * @param {string} name
     * @param {Port} port
     */
    constructor(name, port) {
        super();

        this.name = name;
        this.#port = port;
        this.#seal = new Plain(name);
        this.#timer = new Timer(port.clock);
        this.#counting = new Timer(port.clock);
        this.#outbox = new Outbox(name, { ...port, seal: () => this.#seal });
        this.#entries = new Entries(name, port);
        this.#listen();
    }

    get state() {
        return this.#state;
    }

    get users() {
        return this.#roster.users;
    }

    /** Members, which may be more than users: large rooms list none. */
    get count() {
        return this.#roster.count;
    }

    /** What one may do here: as of the last join, or of the event "room". */
    get rights() {
        return this.#rights;
    }

    /** The newest entry that was seen, null without a view. */
    get seq() {
        return this.#entries.view.seq;
    }

    get epoch() {
        return this.#entries.view.epoch;
    }

    /** The oldest entry that was seen. */
    get first() {
        return this.#entries.view.first;
    }

    /** The oldest entry that the server keeps. */
    get floor() {
        return this.#entries.view.floor;
    }

    /** Whether history() has something before "first". */
    get older() {
        return this.#entries.view.older;
    }

    /** Whether there was something before "first" that is gone now. */
    get gone() {
        return this.#entries.view.gone;
    }

    /** @returns {Fate[]} messages on their way, and failed ones */
    get outbox() {
        return this.#outbox.entries;
    }

    /** @returns {Promise<void>} joined; rejected when that is no use */
    async ready() {
        while (this.#state.name !== 'joined') {
            if (this.#state.name === 'left') {
                throw this.#state.error ?? notHere();
            }

            await new Promise((done) => {
                const undo = this.on('state', () => done(undo()));
            });
        }
    }

    /**
     * The message is kept and sent as soon as that is possible, and again
     * until the server has answered.
     *
     * @param {string} text
     * @param {{cid?: string, re?: number, meta?: object}} [options]
     * @returns {Promise<{seq: number, time: number, epoch: string,
     *     cid: string, dup?: boolean}>} rejected with a ChatError
     */
    async send(text, { cid, re, meta } = {}) {
        if (this.#state.name === 'left') {
            throw this.#state.error ?? notHere(cid);
        }

        this.#typing.sent(this.#port.clock.now());

        return this.#outbox.send({ text, re, meta }, cid);
    }

    /** @returns {Plain | null} what the room was sealed with */
    get sealed() {
        return this.#seal.constructor === Plain ? null : this.#seal;
    }

    /**
     * From now on texts go out sealed, and come in through the seal's codec.
     * To be called right after join(); there is no way back.
     *
     * @param {Plain} seal  that of seal.js
     */
    seal(seal) {
        if (this.sealed !== null || !(seal instanceof Plain)) {
            throw new TypeError('A room takes one "Seal".');
        }

        this.#seal = seal;
    }

    /** @param {string} cid  of a message that is not sent yet, or failed */
    discard(cid) {
        this.#outbox.discard(cid);
    }

    /**
     * What was said before; without "before", before all that was seen.
     *
     * @param {{before?: number, limit?: number}} [options]
     * @returns {Promise<Page>}
     */
    async history({ before, limit } = {}) {
        if (this.#state.name !== 'joined') {
            throw notHere();
        }

        const { epoch } = this;

        try {
            const page = await this.#entries.history(before, limit);

            page.messages.forEach((frame) =>
                this.#outbox.saw(frame, this.epoch));
            return { ...page, messages: await this.#seal.all(page.messages) };

        } catch (error) {
            if (/** @type {ChatError} */ (error).code === 'epoch_changed'
                && this.epoch === epoch)
            {
                this.#join(true);
            }

            throw error;
        }
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
        if (this.#state.name === 'joined'
            && this.#typing.change(on, this.#port.clock.now()))
        {
            this.#port.tell('typing', { room: this.name, on });
        }
    }

    /**
     * Moderates: kick, ban, unban, mute, unmute, role, slow, lock, unlock,
     * clear, log.
     *
     * @param {string} what
     * @param {import('./rights.js').Act} [fields]
     * @returns {Promise<any>} the answer; rejected with a ChatError
     */
    mod(what, fields) {
        return this.change('mod', { ...fields, do: what });
    }

    /**
     * What changes.js and mod() ask for.
     *
     * @param {'edit' | 'delete' | 'mod'} op
     * @param {object} fields
     * @returns {Promise<any>} the answer; rejected with a ChatError
     */
    change(op, fields) {
        return this.#port.request(op, { ...fields, room: this.name });
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
     * For the client: somebody was greeted.
     *
     * @param {{id: string, guest?: boolean}} user
     */
    greeted(user) {
        if (this.#state.name === 'left') {
            return;
        }

        this.#outbox.greet({ id: user.id, guest: user.guest === true });

        if (this.#state.name === 'waiting') {
            this.#attempt = 0;
            this.#join();
        }
    }

    /** For the client: the connection is gone. */
    lost() {
        if (this.#state.name !== 'left') {
            this.#stop();
            this.#setState('waiting');
        }
    }

    /** For the client: nothing is to happen until somebody is greeted. */
    rest() {
        this.#outbox.rest();
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

        } else if (ENTRIES.includes(frame.ev)) {
            if (this.#held !== null || this.#state.name === 'joined') {
                this.#entries.read(frame);
            }

        } else if (this.#held !== null) {
            if (this.#held.length < FRAMES_HELD) {
                this.#held.push(frame);
            }

        } else if (this.#state.name === 'joined') {
            this.#other(frame);
        }
    }

    #listen() {
        this.#outbox.on('fate', (fate) => this.emit('outbox', fate));
        this.#entries.on('current', () => this.#outbox.open());
        this.#entries.on('lost', () => this.#join(true));
        this.#entries.on('hole', (hole) => this.emit('hole', hole));
        this.#entries.on('reset', (reset) => this.emit('reset', reset));
        this.#entries.on('entry', (frame) => {
            this.#seal.open(frame, (each) => super.emit(frame.ev, each));
            this.#outbox.saw(frame, this.epoch);
        });
    }

    /**
     * After all that was told before, even if that is still being opened.
     *
     * @override
     * @param {string} event
     * @param {any} value
     */
    emit(event, value) {
        this.#seal.say(() => super.emit(event, value));
    }

    /** @param {boolean} [fresh]  the own view is of no use any more */
    async #join(fresh = false) {
        const turn = ++this.#turn;
        const place = fresh ? {} : this.#entries.place();

        this.#clearTimer();
        this.#entries.hold();
        this.#held ??= [];

        if (this.#state.name !== 'joined') {
            this.#setState('joining');
        }

        try {
            const ok = await this.#port.request('join',
                                                { room: this.name, ...place });

            if (turn === this.#turn) {
                this.#joined(ok, fresh);
            }

        } catch (error) {
            if (turn === this.#turn) {
                this.#refused(/** @type {ChatError} */ (error), fresh);
            }
        }
    }

    /**
     * @param {any} ok
     * @param {boolean} fresh
     */
    #joined(ok, fresh) {
        const held = this.#release();

        this.#attempt = 0;
        this.#rights = rights(ok);
        this.#entries.join(ok, fresh);
        this.emit('presence', this.#roster.reset(ok.users, ok.count));

        if (this.#state.name !== 'joined') {
            this.#setState('joined');
        }

        this.#entries.settle(ok);
        held.forEach((frame) => this.#other(frame));
    }

    /**
     * @param {ChatError} error
     * @param {boolean} fresh
     */
    #refused(error, fresh) {
        const member = this.#state.name === 'joined';
        const delay = again(error, this.#attempt++, this.#port.random);

        if (delay === null) {
            this.#gone(error);
            return;
        }

        if (!member || fresh || error.code !== 'unavailable') {
            this.#timer.set(delay, () => this.#join(fresh));
        }

        if (!member) {
            this.#held = null;
            this.#entries.stop();
            this.#setState('waiting', error, this.#port.clock.now() + delay);

        } else if (!fresh) {
            this.#entries.release();
            this.#release().forEach((frame) => this.#other(frame));
        }
    }

    /** @returns {any[]} what was held; nothing is held any more */
    #release() {
        const held = this.#held ?? [];

        this.#held = null;
        return held;
    }

    /** @param {any} frame */
    #other(frame) {
        switch (frame.ev) {

        case 'presence':
            this.emit('presence', this.#roster.change(frame));

            if (this.#roster.wrong) {
                this.#recount();
            }

            break;

        case 'resync':
            this.#join();
            break;

        case 'room':
            this.#rights = rights(frame);
            this.emit(frame.ev, frame);
            break;

        case 'typing':
        case 'read':
            this.emit(frame.ev, frame);
            break;
        }
    }

    /** Events were missed: asks who is here, not all members at once. */
    #recount() {
        if (this.#counting.on) {
            return;
        }

        const turn = this.#turn;

        this.#counting.set(this.#port.random() * RECOUNT_SPREAD, async () => {
            const ok = await this.who().catch(() => null);

            if (ok !== null && turn === this.#turn) {
                this.emit('presence', this.#roster.reset(ok.users, ok.count));
            }
        });
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
        this.#roster.clear();
        this.#setState('left', error);
        this.#outbox.refuse(error ?? notHere());
    }

    /** Whatever is under way does not count any more. */
    #stop() {
        this.#turn++;
        this.#held = null;
        this.#entries.stop();
        this.#outbox.shut();
        this.#typing.stop();
        this.#clearTimer();
    }

    #clearTimer() {
        this.#timer.stop();
        this.#counting.stop();
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
 * @param {string} [cid]
 * @returns {ChatError}
 */
function notHere(cid) {
    return new ChatError({ code: 'offline', temporary: true, cid,
        message: 'Not in the room at the moment; nothing was sent.' });
}
