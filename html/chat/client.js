
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The connection to a server, kept alive; the rooms live on it. */

import { clock as realClock } from './clock.js';
import { Emitter } from './emitter.js';
import { ChatError } from './error.js';
import { messageId } from './id.js';
import { storeHere } from './indexed.js';
import { ANSWER_WAIT, DRAIN_GRACE, HEARTBEATS, PING_WAIT, SOON_SPREAD, STABLE,
         WELCOME_WAIT } from './limits.js';
import { Link } from './link.js';
import { backoff, comeBack } from './policy.js';
import { closeClass, closeSentence, FEATURES } from './protocol.js';
import { Requests } from './requests.js';
import { Room } from './room.js';
import { CALM } from './state.js';
import { Timer } from './timer.js';
import { Trouble } from './trouble.js';
import { onWake } from './wake.js';
import { Watchdog } from './watchdog.js';
import { Way } from './way.js';

/**
 * @typedef {object} Options
 * @property {string} [name]  a guest's wished name
 * @property {new (url: string, protocols: string[]) => any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 * @property {import('./store.js').Store | null} [store]  of messages on
 *     their way; the browser's IndexedDB if there is one
 * @property {string} [scope]  one chat's name in the store, its address
 * @property {string} [tab]    this tab's name in the store, the same after a
 *     reload, of no two tabs at a time
 * @property {() => Promise<string | null | undefined>} [token]  of who is
 *     logged in: for each connection, and again before it expires
 * @property {typeof import('./refusal.js').askWhy} [why]  asks why a
 *     handshake was refused
 * @property {boolean} [wake]  false: the page calls check() by itself
 * @property {'auto' | import('./way.js').Transport} [transport]  auto: by HTTP
 *     where no WebSocket passes
 * @property {string | URL} [api]  where "chat_api" is, "api" beside the chat
 */

/** @typedef {import('./state.js').State} State */

/** An ok to one of these means that the store is there. */
const STORE_OPS = new Set(['join', 'send', 'who', 'history']);


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

    /** The options, and what holds without them. */
    #it;

    /** @type {Link | null} */
    #link = null;

    /** @type {State} */
    #state = { ...CALM, transport: 'websocket' };

    /** @type {Requests} */
    #requests;

    /** @type {Watchdog} */
    #watchdog;

    #trouble;
    #way;

    /** Of the connection for which a way is looked for. */
    #opening = 0;

    /** @type {Map<string, Room>} */
    #rooms = new Map();

    #timer;
    #drainTimer;

    /** @type {(() => void) | null} */
    #sleep = null;


    #asked = false;
    #pinged = false;
    #attempt = 0;
    #since = 0;

    /** @type {any} */
    #welcome = null;

    /**
     * @param {string | URL} url
     * @param {Options} [options]
     */
    constructor(url, { WebSocket = globalThis.WebSocket, clock = realClock,
        random = Math.random, store = storeHere(), scope, tab = messageId(),
        ...more } = {})
    {
        super();

        if (WebSocket === undefined) {
            throw new TypeError('Give a class as the option "WebSocket".');
        }

        this.#url = new URL(url);
        this.#it = { WebSocket, clock, random, store, owner: tab, ...more,
                     scope: scope ?? this.#url.origin + this.#url.pathname };
        this.#way = new Way({ ...this.#it,
            auth: (token) => this.request('auth', { token }) });
        this.#timer = new Timer(clock);
        this.#drainTimer = new Timer(clock);
        this.#requests = new Requests(clock, ANSWER_WAIT);
        this.#watchdog = new Watchdog(clock, () => this.#silent());
        this.#trouble = new Trouble({ clock, random,
            ask: () => this.#probe(),
            changed: (trouble) => this.#setState({ ...this.#state, trouble }),
        });
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
        if (this.#state.name === 'connecting' || this.#link !== null) {
            return;
        }

        if (this.#it.wake !== false) {
            this.#sleep ??= onWake(() => this.check());
        }

        this.#stopTimers();
        this.#setState({ ...CALM, name: 'connecting' });
        this.#watchdog.arm(WELCOME_WAIT);
        this.#open(++this.#opening);
    }

    /**
     * At once, if nothing has to be waited for.  An address that this page may
     * never open is not tried again.
     *
     * @param {number} opening
     */
    async #open(opening) {
        const found = this.#way.plain ?? await this.#way.find();

        if (this.#opening !== opening) {
            return;
        }

        if (found === null) {
            this.#ended(1006, '');
            return;
        }

        const [WebSocket, protocols] = found;

        try {
            this.#link = new Link(WebSocket, this.#address(), protocols, {
                frame: (frame) => this.#read(frame),
                end: (code, reason) => this.#ended(code, reason),
            });
        } catch (error) {
            this.#decide({ then: 'never', delay: 0 },
                         { reason: /** @type {Error} */ (error).message });
        }
    }

    /** Goes offline, and stays so. */
    close() {
        this.#sleep?.();
        this.#sleep = null;

        if (this.#link !== null) {
            this.#link.drop(1000, '');

        } else {
            this.#opening++;
            this.#decide({ then: 'never', delay: 0 }, {});
        }

        for (const room of this.rooms) {
            room.rest();
        }
    }

    /**
     * The connection may have died in its sleep.  A page's "online" and
     * "visibilitychange" call this by themselves.
     */
    check() {
        const { name, then, code, status } = this.#state;

        if (name === 'online') {
            this.#ping();
            return;
        }

        if (then === 'use' || (name === 'waiting' && code !== null
                               && code < 4000 && status === null
                               && closeClass(code) !== 'slow'))
        {
            this.connect();
        }
    }

    /** An answer that is waited for already is not waited for longer. */
    #ping() {
        if (!this.#pinged) {
            this.#pinged = true;
            this.request('ping', {}).catch(() => {});
            this.#watchdog.arm(PING_WAIT);
        }
    }

    /**
     * A guest's new name; it takes a new connection, also where the old name
     * was refused.
     *
     * @param {string} name
     */
    rename(name) {
        this.#it.name = name;

        if (this.#link !== null) {
            this.#link.drop(1000, '');
            this.connect();

        } else if (this.#state.status === 400) {
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
            room = this.#newRoom(name);
            this.#rooms.set(name, room);
        }

        room.again();

        if (this.user !== null) {
            room.greeted(this.user);
        }

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

        const id = this.#requests.next;
        const text = JSON.stringify({ op, id, ...fields });
        const size = new TextEncoder().encode(text).length;
        const answer = this.#requests.add(size, cid);

        if (size > (this.#welcome.limits?.message || Infinity)) {
            this.#requests.tooLarge(id);

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

    /**
     * @param {string} name
     * @returns {Room}
     */
    #newRoom(name) {
        return new Room(name, { ...this.#it,
            request: (op, fields, cid) => this.request(op, fields, cid),
            tell: (op, fields) => this.#tell(op, fields),
            forget: () => void this.#rooms.delete(name),
            history: () => this.#has(FEATURES.history),
        });
    }

    /** @param {string} feature  of the server */
    #has(feature) {
        return this.#welcome?.features?.includes?.(feature) === true;
    }

    /** @returns {string} */
    #address() {
        const url = new URL(this.#url);

        url.protocol = url.protocol.replace(/^http/, 'ws');
        url.hash = '';

        if (this.#it.name) {
            url.searchParams.set('name', this.#it.name);
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
        this.#since = this.#it.clock.now();
        this.#asked = false;
        this.#way.mute = 0;
        this.#watchdog.arm(heartbeat * 1000 * HEARTBEATS);
        this.#setState({ ...CALM, name: 'online',
                         transport: frame.transport ?? 'websocket' });
        this.emit('welcome', this.#welcome);

        if (this.#has(FEATURES.auth)) {
            this.#way.pass?.begin(frame.time);
        }

        for (const room of this.rooms) {
            room.greeted(this.#welcome.user);
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
        this.#drainTimer.set(after + DRAIN_GRACE,
                             () => this.#link?.drop(4200, ''));
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
        if (this.#link === null) {
            this.#ended(1006, '');

        } else {
            this.#link.drop(1006, '');
            this.#way.mute++;           /* it took long: that counts twice */
        }
    }

    /**
     * @param {number} code
     * @param {string} reason
     */
    #ended(code, reason) {
        const now = this.#it.clock.now();
        const refused = code === 1006 && this.#link?.opened === false;

        if (code === 1006 && this.#welcome === null) {
            this.#way.failed();
        }

        if (this.#welcome !== null && now - this.#since >= STABLE) {
            this.#attempt = 0;
        }

        this.#link = null;
        this.#welcome = null;
        this.#pinged = false;
        this.#opening++;
        this.#decide(comeBack({ code, reason, now, attempt: this.#attempt,
                                renews: !!this.#way.pass?.token },
                              this.#it.random),
                     { code, reason: closeSentence(code) });
        this.#requests.lose(code);

        for (const room of this.rooms) {
            room.lost();
        }

        if (refused && !this.#asked) {
            this.#askWhy();
        }
    }

    /**
     * @param {import('./policy.js').Decision} decision
     * @param {Partial<State>} why
     */
    #decide({ then, delay }, why) {
        const wait = then === 'wait';

        this.#stopTimers();

        if (wait) {
            this.#attempt++;
            this.#timer.set(delay, () => this.connect());

        } else {
            this.#attempt = 0;
        }

        this.#setState({ ...CALM, name: wait ? 'waiting' : 'offline', then,
            nextTry: wait ? this.#it.clock.now() + delay : null, ...why });
    }

    /**
     * Once, until a handshake succeeds or the server named a time to wait
     * for; meanwhile the client waits as it would without.
     */
    async #askWhy() {
        const state = this.#state;
        const attempt = this.#attempt - 1;

        this.#asked = true;

        const refusal = await this.#refusal(attempt).catch(() => null);

        if (refusal === null || this.#state !== state) {
            this.#asked &&= refusal === null;   /* too late: again */
            return;
        }

        this.#way.mute = 0;
        this.#asked = refusal.retryAfter === null;
        this.#attempt = attempt;
        this.#decide(refusal, { code: 1006, status: refusal.status,
                                reason: refusal.message });
    }

    /** @param {number} attempt */
    async #refusal(attempt) {
        const { explain } = await import('./refusal.js');
        const { why, random } = this.#it;

        return explain(why, this.#address(), this.#way.pass?.token,
                       { backoff: backoff(attempt, random),
                         spread: random() * SOON_SPREAD });
    }

    /** @param {string} op */
    #answered(op) {
        if (STORE_OPS.has(op) && this.#state.name === 'online') {
            this.#trouble.end();
        }
    }

    /** @param {ChatError} error */
    #refused(error) {
        if (error.code === 'unavailable' && this.#state.name === 'online') {
            this.#trouble.begin(error);
        }
    }

    /** @returns {boolean} whether somebody could be asked */
    #probe() {
        const room = this.rooms.find((each) => each.state.name === 'joined');

        room?.refresh();
        return room !== undefined;
    }

    #stopTimers() {
        this.#watchdog.stop();
        this.#way.pass?.end();
        this.#trouble.forget();
        this.#timer.stop();
        this.#drainTimer.stop();
    }

    /** @param {Omit<State, 'transport'> & Partial<State>} state */
    #setState(state) {
        const { transport } = this.#state;

        this.#state = Object.freeze({ transport, ...state });
        this.emit('state', this.#state);
    }
}
