
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * One member: connects, joins its rooms, sends, loses its connection, comes
 * back on any node, and writes down all it hears.
 */

import { sha } from './history.mjs';
import { Outbox } from './outbox.mjs';
import { ChatSocket } from './socket.mjs';
import { View } from './view.mjs';

const WELCOME_TIME = 5000;              /* ms */
const ANSWER_TIME = 20_000;             /* ms; the server promises less */
const WATCHDOG = 1.6;                   /* heartbeats */
const OUTBOX_MAX = 16;
const COME_BACK = [50, 600];            /* ms */
const QUERY_SHARE = 0.3;                /* rooms joined by the handshake */
const WHO_LIMIT = 7;                    /* small: pages are tested too */


export class Client {

    /** @type {Map<string, View>} */
    views = new Map();

    /** @type {Map<string, Outbox>} */
    outboxes = new Map();

    online = false;
    counter = 0;

    #socket = null;
    #requests = new Map();
    #next = 1;
    #welcome = null;
    #started = 0;
    #query = null;
    #stopped = false;

    /**
     * @param {{name: string, ports: number[], history: any, random: any,
     *          salt: string, window: number}} options
     */
    constructor({ name, ports, history, random, salt, window }) {
        Object.assign(this, { name, ports, history, random, salt, window });
    }

    write(event) {
        this.history.write({ client: this.name, ...event });
    }

    surprise(command, room, error) {
        this.write({ op: 'surprise', type: 'info', command, room,
                     code: error.code, why: error.message });
    }

    later([from, to], what) {
        setTimeout(what, this.random.int(from, to)).unref();
    }

    room(name) {
        if (!this.views.has(name)) {
            const view = new View(this, name);

            this.views.set(name, view);
            this.outboxes.set(name, new Outbox(this, view, this.window));
        }

        return this.views.get(name);
    }

    connect() {
        const port = this.random.pick(this.ports);
        const query = new URLSearchParams({ user: this.name });
        const [first] = this.#wanted();

        this.#query = null;
        this.#welcome = null;
        this.#started = Date.now();

        if (first !== undefined && this.random.chance(QUERY_SHARE)) {
            const asked = first.asked();

            this.#query = { view: first, asked };
            query.set('room', first.room);

            for (const [name, value] of Object.entries(asked)) {
                query.set(name, String(value));
            }
        }

        const socket = new ChatSocket({
            port, path: `/ws?${query}`, opened: () => {},
            text: (text) => this.#frame(socket, JSON.parse(text)),
            closed: (code, why) => this.#lost(socket, code, why),
        });

        this.#socket = socket;
    }

    request(op, fields, answer) {
        const id = this.#next++;

        this.#requests.set(id, { op, answer, since: Date.now() });
        this.#socket.send({ op, id, ...fields });
    }

    join(room) {
        const view = this.room(room);

        view.want = true;

        if (this.online && view.state === 'out') {
            view.join();
        }
    }

    leave(room) {
        const view = this.room(room);

        if (view.state !== 'in' || this.outboxes.get(room).length > 0) {
            return;
        }

        view.leave();

        if (this.random.chance(0.5)) {
            view.forget();
        }
    }

    send(room, pad) {
        const outbox = this.outboxes.get(room);

        if (outbox === undefined || !this.room(room).want
            || outbox.length >= OUTBOX_MAX)
        {
            return false;
        }

        const cid = `${this.name}-${++this.counter}-${this.salt}`;

        outbox.push(cid, `${cid}:${this.counter}:${pad}`);
        return true;
    }

    /** Reads a page of the past; what it holds is checked as well. */
    read(room) {
        const view = this.room(room);

        if (view.state !== 'in' || view.mine < 2) {
            return;
        }

        const before = this.random.int(Math.max(2, view.mine - 500),
                                       view.mine);

        this.request('history', { room, before, limit: 10 }, (ok, error) => {
            if (error !== undefined) {
                if (error.temporary !== true) {
                    this.surprise('history', room, error);
                }

                return;
            }

            this.write({ op: 'read', type: 'ok', room, epoch: ok.epoch, before,
                         more: ok.more, top: ok.top, floor: ok.floor,
                         list: ok.messages.map((message) =>
                             [message.seq, message.prev, message.cid,
                              sha(message.text)]) });
        });
    }

    /** @returns {Promise<string[] | null>} all users; null: not now */
    who(room, after, users = []) {
        return new Promise((done) => {
            if (!this.online) {
                done(null);
                return;
            }

            this.request('who', { room, limit: WHO_LIMIT, after },
                (ok, error) => {
                    if (error !== undefined) {
                        done(null);
                        return;
                    }

                    const all = [...users, ...ok.users.map(({ id }) => id)];

                    done(ok.more && ok.users.length > 0
                         ? this.who(room, all.at(-1), all) : all);
                });
            setTimeout(done, ANSWER_TIME, null).unref();
        });
    }

    /** @param {'close'|'drop'|'reset'|'silence'} how */
    cut(how, ms = 3000) {
        if (this.#socket !== null && !this.#socket.gone) {
            this.#socket[how](ms);
        }
    }

    slow(ms) {
        if (this.#socket?.open && !this.#socket.crawling) {
            this.#socket.slow(ms);
        }
    }

    /** It comes back soon anyway. */
    check() {
    }

    stop() {
        this.#stopped = true;
        this.cut('close');
    }

    /** Called several times a second: the deadlines. */
    tick() {
        const socket = this.#socket;
        const time = Date.now();

        if (socket === null || socket.gone || socket.crawling) {
            return;
        }

        if (this.#welcome === null) {
            if (time - this.#started > WELCOME_TIME) {
                socket.drop();
            }

            return;
        }

        const silence = this.#welcome.heartbeat * 1000 * WATCHDOG;

        if (silence > 0 && time - socket.lastByte > silence) {
            this.write({ op: 'watchdog', type: 'info' });
            socket.drop();
            return;
        }

        for (const { op, since } of this.#requests.values()) {
            if (time - since > ANSWER_TIME) {
                this.write({ op: 'unanswered', type: 'fail', command: op,
                             node: this.#welcome.node });
                socket.drop();
            }

            return;
        }
    }

    /** A room's view is up to date. */
    settled(view) {
        this.outboxes.get(view.room).pump();

        if (!this.resumed && this.#wanted().every((each) => each.settled)) {
            this.resumed = true;
            this.write({ op: 'resume', type: 'ok',
                         ms: Date.now() - this.lostAt });
        }
    }

    get calm() {
        return this.online && this.#wanted().every((view) => view.settled)
               && [...this.outboxes.values()].every(({ length }) =>
                   length === 0);
    }

    #wanted() {
        return [...this.views.values()].filter(({ want }) => want);
    }

    #lost(socket, code, why) {
        if (socket !== this.#socket) {
            return;
        }

        if (this.resumed !== false) {
            this.lostAt = Date.now();
        }

        this.#socket = null;
        this.online = false;
        this.resumed = false;
        this.#requests.clear();
        this.write({ op: 'lost', type: 'info', code, why });

        for (const part of [...this.views.values(),
                            ...this.outboxes.values()])
        {
            part.lost();
        }

        if (!this.#stopped) {
            this.later(COME_BACK, () => this.connect());
        }
    }

    #frame(socket, frame) {
        if (socket !== this.#socket) {
            return;
        }

        if (frame.id !== undefined) {
            const request = this.#requests.get(frame.id);

            this.#requests.delete(frame.id);

            if (request === undefined) {
                this.write({ op: 'hole', type: 'fail',
                             why: 'an answer that was not asked for' });
                return;
            }

            request.answer(frame.ok, frame.error);
            return;
        }

        this.#event(frame);
    }

    #event(event) {
        switch (event.ev) {
        case 'message':
            this.room(event.room).live(event);
            return;

        case 'welcome':
            this.#welcomed(event);
            return;

        case 'joined':
            this.#joined(event);
            return;

        case 'resync':
            this.room(event.room).resync();
            return;

        case 'error':
            this.#trouble(event.error);
            return;

        case 'left':
            this.surprise('left', event.room, { code: event.reason });
            return;

        default:
            return;
        }
    }

    #welcomed(event) {
        this.#welcome = event;
        this.online = true;
        this.resumed ??= false;
        this.lostAt ??= this.#started;

        for (const view of this.#wanted()) {
            if (view === this.#query?.view) {
                view.state = 'joining';

            } else {
                view.join();
            }
        }
    }

    #joined(event) {
        const { view, asked } = this.#query ?? {};

        this.#query = null;

        if (view?.room === event.room) {
            view.joined(asked, event);
        }
    }

    /** The join of the handshake has no id: its refusal is an event. */
    #trouble(error) {
        const { view, asked } = this.#query ?? {};

        this.#query = null;

        if (view !== undefined && view.state === 'joining') {
            view.joined(asked, undefined, error);

        } else if (error.temporary !== true) {
            this.surprise('error', undefined, error);
        }
    }
}
