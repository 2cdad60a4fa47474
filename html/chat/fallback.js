
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What passes for a WebSocket where none passes: the same commands, answers
 * and events, by the HTTP API.  Loaded when it is needed.
 */

import { Calls, problem } from './http/calls.js';
import { command, UNSUPPORTED } from './http/commands.js';
import { Poll } from './http/poll.js';
import { Stream } from './http/stream.js';

export const PROBE_FIRST = 5000;        /* ms, for a WebSocket's welcome */
export const PROBE_WAIT = 15_000;       /* ms, the same later on */
export const PROBE_EVERY = 300_000;     /* ms */
export const PROBE_LEAST = 10_000;      /* ms between two */
export const STRIKES = 3;               /* one: a stream broke; two: silence */
export const AGAIN = 1000;              /* ms, at most, then it is anew */
const AGAIN_MOST = 32;                  /* times that, where all break */
const ONE_DAY = 86_400;                 /* s */
const HELD_MOST = 2;                    /* of a browser's six connections */
const MUTE = 2;                         /* what "way" goes around for */
const NOT_HERE = 404;
const LOST = 1006;
const EXPIRED = 4203;

/** @typedef {import('./way.js').Surroundings} Surroundings */
/** @typedef {import('./way.js').Way} Way */
/** @typedef {import('./http/calls.js').Failure} Failure */

/**
 * @param {Surroundings} it
 * @param {Way} way
 * @returns {import('./way.js').Opener}
 */
export function detour(it, way) {
    return class extends Detour {

        /**
         * @param {string} url
         * @param {string[]} protocols
         */
        constructor(url, protocols) {
            super(it, way, url, protocols);
        }
    };
}


/**
 * A WebSocket is tried when the server has let one in, and now and then; from
 * its welcome on it is the one that is spoken through.  The rooms are told to
 * join again, which they do from where they are.
 */
export class Detour {

    onopen = () => {};
    onmessage = (/** @type {{data: string}} */ _event) => {};
    onclose = (/** @type {{code: number, reason: string}} */ _event) => {};

    #it;
    #way;
    #url;
    #protocols;
    #calls;

    /** @type {any} the server's word about who one is, null before */
    #me = null;

    /** @type {any} a WebSocket that has been welcomed */
    #real = null;

    /** @type {Map<string, Stream | Poll>} */
    #feeds = new Map();

    /** @type {any} */
    #timer = null;

    /** @type {Set<() => void>} WebSockets that are tried, given up by it */
    #probes = new Set();

    /** @type {Set<string>} what was sent from here, of a guest */
    #cids = new Set();

    /** @type {Set<string>} which the streams of a guest are */
    #ids = new Set();

    /** ms from this clock to the server's */
    #ahead = 0;

    #mode;
    #strikes = 0;
    #probed = 0;
    #over = false;

    /**
     * @param {Surroundings} it
     * @param {Way} way
     * @param {string} url
     * @param {string[]} protocols
     */
    constructor(it, way, url, protocols) {
        const api = new URL(it.api ?? new URL('api', url), url);

        api.protocol = api.protocol.replace(/^ws/, 'http');

        this.#it = it;
        this.#way = way;
        this.#url = url;
        this.#protocols = protocols;
        this.#mode = it.transport === 'poll' ? 'poll' : 'sse';
        this.#calls = new Calls(api.href, {
            clock: it.clock,
            name: new URL(url).searchParams.get('name'),
            token: () => way.pass?.token ?? '',
        });
        this.#begin();
    }

    /** @param {string} text */
    send(text) {
        if (this.#real !== null) {
            this.#real.send(text);

        } else {
            this.#take(JSON.parse(text));
        }
    }

    /** Whoever closes it has stopped to listen. */
    close() {
        this.#end(LOST, '');
    }

    get #auto() {
        return (this.#it.transport ?? 'auto') === 'auto';
    }

    /** Where the API is no help, it is as if a WebSocket was tried, no more. */
    async #begin() {
        const me = await this.#who();

        if (this.#over || (this.#auto
            && await this.#probe(me === null ? PROBE_WAIT : PROBE_FIRST)))
        {
            return;
        }

        if (me === null) {
            this.#end(LOST, '');
            return;
        }

        this.#me = me;
        this.#ahead = me.time - this.#it.clock.now();
        this.onopen();
        this.#greet();
        this.#plan();
    }

    /** @returns {Promise<any>} null: the API lets nobody in */
    async #who() {
        try {
            const { ok } = await this.#calls.ask('GET', '/me');

            return typeof ok?.user?.id === 'string' ? ok : null;

        } catch (reason) {
            if (/** @type {Failure} */ (reason).status === NOT_HERE) {
                this.#way.mute = -Infinity;     /* till one is online again */
            }

            return null;
        }
    }

    /** Anew, when it goes another way. */
    #greet() {
        const { features = [] } = this.#me;

        this.hear({ ...this.#me, ev: 'welcome', transport: this.#mode,
            time: this.#it.clock.now() + this.#ahead,
            heartbeat: ONE_DAY,         /* what is silent is found out here */
            features: this.#way.pass?.token ? [...features, 'auth']
                                            : features });
        this.#way.mute = MUTE;
    }

    #plan() {
        if (this.#auto && !this.#over && this.#real === null) {
            this.#it.clock.clearTimeout(this.#timer);
            this.#timer = this.#it.clock.setTimeout(() => this.#again(),
                                                    PROBE_EVERY);
        }
    }

    async #again() {
        try {
            const more = await this.#way.pass?.protocols() ?? [];

            this.#protocols = [this.#protocols[0], ...more];
            await this.#probe(PROBE_WAIT);
        } catch {
            /* no token; next time */
        }

        this.#plan();
    }

    /**
     * @param {number} limit  ms
     * @returns {Promise<boolean>} whether it is of no use to go around
     */
    #probe(limit) {
        const { clock, WebSocket } = this.#it;

        this.#probed = clock.now();

        return new Promise((done) => {
            /** @type {any} */
            let socket;

            try {
                socket = new WebSocket(this.#url, this.#protocols);
            } catch {
                done(false);            /* this page may not open any */
                return;
            }

            const fail = () => {
                clock.clearTimeout(timer);
                this.#probes.delete(fail);
                socket.onmessage = socket.onclose = null;
                done(this.#over);
                socket.close();
            };

            const timer = clock.setTimeout(fail, limit);

            this.#probes.add(fail);
            socket.onclose = fail;
            socket.onmessage = (/** @type {{data: any}} */ event) => {
                if (this.#over || this.#real !== null
                    || !isWelcome(event.data))
                {
                    fail();
                    return;
                }

                clock.clearTimeout(timer);
                this.#probes.delete(fail);
                done(true);
                this.#change(socket, event);
            };
        });
    }

    /**
     * @param {any} socket
     * @param {{data: any}} welcome
     */
    #change(socket, welcome) {
        const feeds = [...this.#feeds];

        this.#real = socket;
        this.#it.clock.clearTimeout(this.#timer);
        socket.onmessage = (/** @type {{data: any}} */ event) =>
            this.onmessage(event);
        socket.onclose = (/** @type {any} */ { code, reason }) =>
            this.#end(code ?? LOST, reason ?? '');

        if (this.#me === null) {
            this.onopen();
        }

        this.onmessage(welcome);

        for (const [room, feed] of feeds) {
            this.hear({ ev: 'resync', room });
            feed.stop();
        }

        this.#feeds.clear();
    }

    /**
     * For the feeds, as what follows.
     *
     * @param {any} frame
     */
    hear(frame) {
        if (!this.#over) {
            this.onmessage({ data: JSON.stringify(this.mine(frame)) });
        }
    }

    /**
     * A guest is another one in each request; here it is one.
     *
     * @param {any} frame
     * @returns {any}
     */
    mine(frame) {
        return this.#cids.has(frame.cid) && frame.from !== undefined
               ? { ...frame, from: { ...frame.from, id: this.me.id } }
               : frame;
    }

    /**
     * @param {any} id
     * @returns {any} the one that it stands for
     */
    one(id) {
        return this.#ids.has(id) ? this.me.id : id;
    }

    /** @param {{id: string, guest?: boolean}} user  that a stream is */
    known({ id, guest }) {
        if (guest === true) {
            this.#ids.add(id);
        }
    }

    /** @returns {{id: string, name: string, guest?: boolean}} */
    get me() {
        return this.#me.user;
    }

    get calls() {
        return this.#calls;
    }

    get clock() {
        return this.#it.clock;
    }

    get random() {
        return this.#it.random;
    }

    /**
     * @param {string} feature  of the server
     * @returns {boolean}
     */
    has(feature) {
        return this.#me.features?.includes(feature) === true;
    }

    /**
     * Whether a connection more may be held: of HTTP/1.1 a browser has six
     * for all its tabs.
     *
     * @returns {boolean}
     */
    get roomy() {
        const held = [...this.#feeds.values()].filter((feed) => feed.holds);

        return held.length < HELD_MOST || this.#calls.many;
    }

    /**
     * The connection, or the login, is gone.
     *
     * @param {number} code
     * @param {string} reason
     */
    lose(code = LOST, reason = '') {
        if (this.#real === null) {
            this.#end(code, reason);
        }
    }

    /**
     * A way back is a login, or another token; but the site may say so of one
     * room, or of a token that is not in use.
     *
     * @param {string} [code]  with which it was said
     * @returns {Promise<boolean>} whether it is so
     */
    async expired(code) {
        const gone = code !== 'unauthorized' || await this.#who() === null;

        if (gone) {
            this.lose(EXPIRED);
        }

        return gone;
    }

    /**
     * A stream has ended, or it is well.
     *
     * @param {number} strikes  0: as it should
     */
    ended(strikes) {
        this.#strikes = strikes === 0 ? 0 : this.#strikes + strikes;

        if (this.#strikes >= STRIKES && this.useless()) {
            this.#strikes = 0;
        }
    }

    /** @returns {number} ms until a stream that broke begins anew */
    get pause() {
        const times = 2 ** Math.max(this.#strikes - 2, 0);

        return AGAIN * Math.min(times, AGAIN_MOST) * this.random();
    }

    /** @returns {boolean} streams bring nothing: whether polls may */
    useless() {
        if (!this.#auto) {
            return false;
        }

        if (this.#mode === 'sse') {
            this.#mode = 'poll';
            this.#greet();
        }

        return true;
    }

    /**
     * @param {any} frame  a command
     */
    async #take({ op, id, ...fields }) {
        try {
            this.#answer(id, { ok: await this.#done(op, fields) });

        } catch (reason) {
            const failure = /** @type {Failure} */ (reason);

            if (this.#real === null && failure.lost === true) {
                this.lose();

            } else if (this.#real !== null || failure.status !== 401
                       || !await this.expired(failure.code))
            {
                this.#answer(id, { error: problem(failure) });
            }
        }
    }

    /**
     * @param {number | undefined} id
     * @param {object} answer
     */
    #answer(id, answer) {
        if (id !== undefined) {
            this.hear({ id, ...answer });
        }
    }

    /**
     * @param {string} op
     * @param {any} fields
     * @returns {Promise<any>} what is ok
     */
    async #done(op, fields) {
        switch (op) {

        case 'join':
            return this.#join(fields);

        case 'leave':
            this.#feeds.get(fields.room)?.stop();
            this.#feeds.delete(fields.room);
            return {};

        case 'auth':
            await this.#calls.ask('GET', '/me', { token: fields.token });
            this.#renewed();
            return { user: this.me };

        case 'ping':
            this.#woken();
            break;

        case 'send':
            return this.#send(fields);
        }

        const { ok } = await this.#calls.run(command(op, fields));

        ok.messages &&= ok.messages.map((/** @type {any} */ each) =>
            this.mine(each));
        ok.users &&= ok.users.map((/** @type {any} */ each) =>
            ({ ...each, id: this.one(each.id) }));
        return ok;
    }

    /**
     * Others would take what a guest has sealed for forged: each request has
     * another id.
     *
     * @param {any} fields
     */
    async #send(fields) {
        if (this.me.guest === true) {
            if (fields.data !== undefined) {
                throw UNSUPPORTED;
            }

            this.#cids.add(fields.cid);
        }

        const { ok, status } = await this.#calls.run(command('send', fields));

        return status === 200 ? { ...ok, dup: true } : ok;
    }

    /**
     * @param {{room: string, after?: number, epoch?: string}} place
     * @returns {Promise<any>}
     */
    #join(place) {
        const { room } = place;

        this.#feeds.get(room)?.stop();

        const Feed = this.#mode === 'sse' && this.roomy ? Stream : Poll;
        const feed = new Feed(place, this);

        this.#feeds.set(room, feed);
        return feed.join();
    }

    /**
     * Streams that began with the old token would end with it.  The new one
     * is in use when the answer has been read.
     */
    #renewed() {
        this.#it.clock.setTimeout(() => {
            if (this.#real === null) {
                [...this.#feeds.keys()].forEach((room) =>
                    this.hear({ ev: 'resync', room }));
            }
        }, 0);
    }

    /** The page looks whether the connection lives: it may be another one. */
    #woken() {
        const { clock } = this.#it;

        if (this.#auto && clock.now() - this.#probed >= PROBE_LEAST) {
            this.#again();
        }
    }

    /**
     * @param {number} code
     * @param {string} reason
     */
    #end(code, reason) {
        if (this.#over) {
            return;
        }

        this.#over = true;
        this.#it.clock.clearTimeout(this.#timer);
        this.#feeds.forEach((feed) => feed.stop());
        this.#probes.forEach((fail) => fail());
        this.#calls.stop();
        this.#real?.close(1000);
        this.onclose({ code, reason });
    }
}


/**
 * @param {any} data
 * @returns {boolean}
 */
function isWelcome(data) {
    try {
        return JSON.parse(data).ev === 'welcome';
    } catch {
        return false;
    }
}
