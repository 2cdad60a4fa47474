
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The connection to a server, kept alive; the rooms live on it. */

import { clock as realClock } from './clock.js';
import { Emitter } from './emitter.js';
import { ChatError } from './error.js';
import { Link } from './link.js';
import { backoff, comeBack } from './policy.js';
import { closeClass, closeSentence, SUBPROTOCOL } from './protocol.js';
import { Requests } from './requests.js';
import { Room } from './room.js';
import { Watchdog } from './watchdog.js';

export const ANSWER_WAIT = 15_000;      /* ms */
export const WELCOME_WAIT = 15_000;     /* ms, from the first SYN */
export const PING_WAIT = 3000;          /* ms */
export const HEARTBEATS = 1.6;          /* of silence, then it is dead */
export const STABLE = 10_000;           /* ms online that end a bad streak */
export const DRAIN_GRACE = 1000;        /* ms, the server closes first */

/**
 * @typedef {object} Options
 * @property {string} [name]  a guest's wished name
 * @property {new (url: string, protocols: string[]) => any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 */

/**
 * offline     not connected, and not coming back by itself: "then" says what
 *             it takes (never, login, use), null before the first connect()
 * connecting  waiting for the server's welcome
 * online      commands can be sent
 * waiting     lost; the next try is at "nextTry"
 *
 * @typedef {object} State
 * @property {'offline'|'connecting'|'online'|'waiting'} name
 * @property {'wait'|'never'|'login'|'use'|null} then
 * @property {number | null} code     close code of the lost connection
 * @property {string | null} reason   a sentence for people
 * @property {number | null} nextTry  ms UTC
 * @property {ChatError | null} trouble  online, but the store is away
 */

/** @type {State} */
const CALM = { name: 'offline', then: null, code: null, reason: null,
               nextTry: null, trouble: null };

/** An ok to one of these means that the store is there. */
const STORE_OPS = new Set(['join', 'send', 'who']);


/**
 * Events: state (State), welcome, error (ChatError of a frame without id),
 * drain.
 *
 *               connect()                welcome
 *     offline ------------> connecting ----------> online
 *        ^                    |  ^                   |
 *        |        #ended()    |  | timer, connect()  | #ended()
 *        |   +----------------+  |                   |
 *        |   v                   |                   |
 *        +--------------------- waiting <------------+
 *          close(), #ended()
 *
 * Facts: a link exists in connecting and online only; a timer for the next
 * try in waiting only; "welcome" is set in online only.
 */
export class Client extends Emitter {

    /** @type {URL} */
    #url;

    /** @type {string | undefined} */
    #name;

    #WebSocket;
    #clock;
    #random;

    /** @type {Link | null} */
    #link = null;

    /** @type {State} */
    #state = CALM;

    /** @type {Requests} */
    #requests;

    /** @type {Watchdog} */
    #watchdog;

    /** @type {Map<string, Room>} */
    #rooms = new Map();

    /** @type {any} */
    #timer = null;

    /** @type {any} */
    #drainTimer = null;

    /** @type {any} */
    #probeTimer = null;

    #pinged = false;
    #attempt = 0;
    #probes = 0;
    #since = 0;

    /** @type {any} */
    #welcome = null;

    /**
     * @param {string | URL} url
     * @param {Options} [options]
     */
    constructor(url, options = {}) {
        super();

        this.#url = new URL(url);
        this.#name = options.name;
        this.#WebSocket = options.WebSocket ?? globalThis.WebSocket;
        this.#clock = options.clock ?? realClock;
        this.#random = options.random ?? Math.random;
        this.#requests = new Requests(this.#clock, ANSWER_WAIT);
        this.#watchdog = new Watchdog(this.#clock, () => this.#silent());
    }

    get state() {
        return this.#state;
    }

    /** The server's greeting, while online. */
    get welcome() {
        return this.#welcome;
    }

    /** @returns {{id: string, name: string, guest?: boolean} | null} */
    get user() {
        return this.#welcome?.user ?? null;
    }

    /** @returns {Room[]} */
    get rooms() {
        return [...this.#rooms.values()];
    }

    /** Connects now, whatever the state; nothing if a link exists. */
    connect() {
        if (this.#link !== null) {
            return;
        }

        this.#stopTimers();
        this.#setState({ ...CALM, name: 'connecting' });
        this.#watchdog.arm(WELCOME_WAIT);

        /** @type {Link} */
        const link = new Link(this.#WebSocket, this.#address(), [SUBPROTOCOL], {
            frame: (frame) => this.#read(frame),
            end: (code, reason) => this.#ended(code, reason),
        });

        this.#link = link;
    }

    /** Goes offline, and stays so. */
    close() {
        if (this.#link !== null) {
            this.#link.drop(1000, '');
            return;
        }

        this.#stopTimers();
        this.#setState({ ...CALM, then: 'never' });
    }

    /**
     * For a page's "online" and "visibilitychange": the connection may have
     * died in its sleep.
     */
    check() {
        const { name, then, code } = this.#state;

        if (name === 'online') {
            this.request('ping', {}).catch(() => {});
            this.#watchdog.arm(PING_WAIT);
            this.#pinged = true;
            return;
        }

        if (then === 'use' || (name === 'waiting' && code !== null
                               && code < 4000 && closeClass(code) !== 'slow'))
        {
            this.connect();
        }
    }

    /**
     * A guest's new name; it takes a new connection.
     *
     * @param {string} name
     */
    rename(name) {
        this.#name = name;

        if (this.#link !== null) {
            this.#link.drop(1000, '');
            this.connect();
        }
    }

    /**
     * @param {string} name
     * @returns {Room} the same one as long as it is not left
     */
    join(name) {
        let room = this.#rooms.get(name);

        if (room === undefined) {
            room = new Room(name, {
                request: (op, fields, cid) => this.request(op, fields, cid),
                tell: (op, fields) => this.#tell(op, fields),
                forget: () => void this.#rooms.delete(name),
                clock: this.#clock,
                random: this.#random,
            });

            this.#rooms.set(name, room);
        }

        room.again();
        room.connected(this.#state.name === 'online');
        return room;
    }

    /**
     * Sends a command.
     *
     * @param {string} op
     * @param {object} fields
     * @param {string} [cid]
     * @returns {Promise<any>} the answer's "ok"
     */
    request(op, fields, cid) {
        if (this.#link === null || this.#state.name !== 'online') {
            return Promise.reject(new ChatError({ code: 'offline', cid,
                message: 'Not connected; nothing was sent.',
                temporary: true }));
        }

        const { id, answer } = this.#requests.add(cid);
        const text = JSON.stringify({ op, id, ...fields });
        const limit = this.#welcome.limits?.message || Infinity;

        if (new TextEncoder().encode(text).length > limit) {
            this.#requests.settle({ id, error: { code: 'too_large',
                status: 413, message: 'The message is too long.' } });

        } else {
            this.#link.send(text);
        }

        answer.then(() => this.#answered(op),
                    (error) => this.#refused(error));
        return answer;
    }

    /**
     * Sends a command that wants no answer, or nothing.
     *
     * @param {string} op
     * @param {object} fields
     */
    #tell(op, fields) {
        if (this.#state.name === 'online') {
            this.#link?.send(JSON.stringify({ op, ...fields }));
        }
    }

    /** @returns {string} */
    #address() {
        const url = new URL(this.#url);

        url.protocol = url.protocol.replace(/^http/, 'ws');
        url.hash = '';

        if (this.#name !== undefined && this.#name !== '') {
            url.searchParams.set('name', this.#name);
        }

        return url.href;
    }

    /** @param {any} frame */
    #read(frame) {
        if (this.#pinged) {
            this.#pinged = false;
            this.#watchdog.arm(this.#welcome.heartbeat * 1000 * HEARTBEATS);
        }

        this.#watchdog.feed();

        if (typeof frame.ev !== 'string') {
            this.#requests.settle(frame);
            return;
        }

        switch (frame.ev) {

        case 'welcome':
            this.#greeted(frame);
            break;

        case 'drain':
            this.#drained(frame);
            break;

        case 'error':
            this.#faulted(ChatError.from(frame.error ?? frame));
            break;

        default:
            this.#rooms.get(frame.room)?.read(frame);
        }
    }

    /** @param {any} frame */
    #greeted(frame) {
        const heartbeat = frame.heartbeat > 0 ? frame.heartbeat : 25;

        this.#welcome = { ...frame, heartbeat };
        this.#since = this.#clock.now();
        this.#watchdog.arm(heartbeat * 1000 * HEARTBEATS);
        this.#setState({ ...CALM, name: 'online' });
        this.emit('welcome', this.#welcome);

        for (const room of this.rooms) {
            room.connected(true);
        }
    }

    /**
     * This worker goes.  It closes by itself; if that gets lost, the client
     * leaves.
     *
     * @param {any} frame
     */
    #drained(frame) {
        const after = frame.after > 0 ? frame.after : 0;

        this.emit('drain', frame);
        this.#clock.clearTimeout(this.#drainTimer);
        this.#drainTimer = this.#clock.setTimeout(
            () => this.#link?.drop(4200, ''), after + DRAIN_GRACE);
    }

    /**
     * The store's absence is told to everybody, not only to who sends.
     *
     * @param {ChatError} error
     */
    #faulted(error) {
        this.#refused(error);
        this.emit('error', error);
    }

    #silent() {
        this.#link?.drop(1006, '');
    }

    /**
     * @param {number} code
     * @param {string} reason
     */
    #ended(code, reason) {
        const now = this.#clock.now();

        if (this.#welcome !== null && now - this.#since >= STABLE) {
            this.#attempt = 0;
        }

        this.#link = null;
        this.#welcome = null;
        this.#pinged = false;
        this.#stopTimers();

        const { then, delay } = comeBack(
            { code, reason, attempt: this.#attempt, now }, this.#random);

        if (then === 'wait') {
            this.#attempt++;
            this.#timer = this.#clock.setTimeout(() => this.connect(), delay);

        } else {
            this.#attempt = 0;
        }

        this.#setState({
            ...CALM, name: then === 'wait' ? 'waiting' : 'offline', then, code,
            reason: closeSentence(code),
            nextTry: then === 'wait' ? now + delay : null,
        });

        this.#requests.lose();

        for (const room of this.rooms) {
            room.connected(false);
        }
    }

    /** @param {string} op */
    #answered(op) {
        if (STORE_OPS.has(op)) {
            this.#setTrouble(null);
        }
    }

    /** @param {ChatError} error */
    #refused(error) {
        if (error.code === 'unavailable') {
            this.#setTrouble(error);
        }
    }

    /**
     * Rooms that wait for their join ask by themselves; when all are joined,
     * one of them has to ask whether the store is back.
     *
     * @param {ChatError | null} trouble
     */
    #setTrouble(trouble) {
        if (this.#state.name !== 'online') {
            return;
        }

        if (trouble === null) {
            this.#probes = 0;
            this.#clock.clearTimeout(this.#probeTimer);
            this.#probeTimer = null;

        } else if (this.#probeTimer === null) {
            this.#probeTimer = this.#clock.setTimeout(() => this.#probe(),
                backoff(this.#probes++, this.#random));
        }

        if (this.#state.trouble !== trouble) {
            this.#setState({ ...this.#state, trouble });
        }
    }

    #probe() {
        const room = this.rooms.find((each) => each.state.name === 'joined');

        this.#probeTimer = null;

        if (room !== undefined) {
            room.refresh();

        } else {
            this.#setTrouble(this.#state.trouble);
        }
    }

    #stopTimers() {
        this.#watchdog.stop();

        for (const timer of [this.#timer, this.#drainTimer,
                             this.#probeTimer])
        {
            this.#clock.clearTimeout(timer);
        }

        this.#timer = null;
        this.#drainTimer = null;
        this.#probeTimer = null;
        this.#probes = 0;
    }

    /** @param {State} state */
    #setState(state) {
        this.#state = Object.freeze(state);
        this.emit('state', this.#state);
    }
}
