
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A member that is the browser library, in place of the raw client: what the
 * library shows is what it heard, what it promises is what was answered.
 */

import { webcrypto } from 'node:crypto';
import { connect } from '../../html/chat/index.js';
import { sha } from './history.mjs';
import { ChatSocket } from './socket.mjs';

globalThis.crypto ??= webcrypto;                        /* Node 18 */

const OUTBOX_MAX = 16;
const SETTLE = 300;                     /* ms of peace after the last entry */


/** As much of a browser's WebSocket as the library uses. */
function webSocket(member) {
    return class {

        onopen = null;
        onmessage = null;
        onclose = null;

        constructor(url, protocols) {
            const query = new URL(url).searchParams;

            query.set('user', member.name);
            this.protocols = protocols;
            this.socket = new ChatSocket({
                port: member.random.pick(member.ports), path: `/ws?${query}`,
                opened: () => this.onopen?.({}),
                text: (data) => {
                    member.joined(JSON.parse(data));
                    this.onmessage?.({ data });
                },
                closed: (code, reason) => {
                    member.lost(this.socket, code, reason);
                    this.onclose?.({ code, reason });
                },
            });
            member.socket = this.socket;
        }

        send(text) {
            const frame = JSON.parse(text);

            if (frame.op === 'send') {
                member.sending(frame);
            }

            this.socket.send(frame);
        }

        close() {
            this.socket.close();
        }
    };
}


/** One room of the library, and what is written down about it. */
class Watched {

    want = false;

    /** what the last answer to a join said of the room's log */
    told = null;

    /** where the view began or begins anew, not known before an entry comes */
    #begins = { cause: 'fresh', asked: {} };

    #last = 0;
    #epoch = null;
    #mine = 0;

    constructor(member, name) {
        this.member = member;
        this.room = name;
    }

    get state() {
        return this.chat?.state.name ?? 'out';
    }

    get epoch() {
        return this.chat?.epoch ?? null;
    }

    get mine() {
        return this.chat?.seq ?? 0;
    }

    get settled() {
        return this.state === 'joined' && Date.now() - this.#last > SETTLE;
    }

    enter() {
        this.want = true;
        this.chat = this.member.chat.join(this.room);
        this.undo = [
            this.chat.on('message', (frame) => this.#message(frame)),
            this.chat.on('reset', () => this.#reset()),
            this.chat.on('hole', ({ after, before }) =>
                this.#hole(`no entries between ${after} and ${before}`)),
            this.chat.on('state', ({ name, error }) => {
                if (name === 'left' && error !== null) {
                    this.member.surprise('left', this.room, error);
                }
            }),
        ];
    }

    async leave() {
        this.want = false;
        this.undo.forEach((each) => each());
        this.#begins = { cause: 'fresh', asked: {} };
        await this.chat.leave().catch(() => {});
    }

    /** The library looks after itself. */
    refresh() {
    }

    /** The last word; a view may have begun though nothing came. */
    end() {
        this.#begin(this.mine);
        return this;
    }

    #begin(seq) {
        if (this.#begins !== null) {
            this.member.write({ op: 'reset', type: 'ok', room: this.room,
                                epoch: this.epoch, seq, ...this.told,
                                ...this.#begins });
            this.#begins = null;
        }
    }

    #message(frame) {
        this.#begin(frame.prev);
        this.#last = Date.now();
        this.#epoch = this.epoch;
        this.#mine = frame.seq;
        this.member.write({ op: 'deliver', type: 'ok', id: frame.cid,
                            room: this.room, epoch: this.epoch,
                            seq: frame.seq, prev: frame.prev,
                            sha: sha(frame.text), via: 'library' });
    }

    #reset() {
        this.#begins ??= { cause: 'lost', asked: { after: this.#mine,
                                                   epoch: this.#epoch } };
    }

    #hole(why) {
        this.member.write({ op: 'hole', type: 'fail', room: this.room,
                            epoch: this.epoch, seq: this.mine, why });
    }
}


export class LibraryClient {

    /** @type {Map<string, Watched>} */
    views = new Map();

    /** room -> the sends that are not answered yet */
    outboxes = new Map();

    counter = 0;
    socket = null;

    #attempts = new Map();
    #away = true;

    constructor({ name, ports, history, random, salt }) {
        Object.assign(this, { name, ports, history, random, salt });
        this.lostAt = Date.now();
    }

    get online() {
        return this.chat?.state.name === 'online';
    }

    get calm() {
        return this.online && [...this.views.values()].every((view) =>
            !view.want || view.settled)
            && [...this.outboxes.values()].every(({ size }) => size === 0);
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
            this.views.set(name, new Watched(this, name));
            this.outboxes.set(name, new Map());
        }

        return this.views.get(name);
    }

    connect() {
        this.chat = connect('ws://127.0.0.1/ws', {
            WebSocket: webSocket(this), store: null, why: async () => null,
            random: () => this.random.next(),
        });

        for (const view of this.views.values()) {
            view.want && view.enter();
        }
    }

    join(name) {
        const view = this.room(name);

        if (this.chat === undefined) {
            view.want = true;

        } else if (!view.want) {
            view.enter();
        }
    }

    leave(name) {
        if (this.outboxes.get(name).size === 0) {
            this.room(name).leave();
        }
    }

    async send(name, pad) {
        const view = this.room(name);
        const outbox = this.outboxes.get(name);

        if (!view.want || outbox.size >= OUTBOX_MAX) {
            return;
        }

        const cid = `${this.name}-${++this.counter}-${this.salt}`;
        const text = `${cid}:${this.counter}:${pad}`;
        const line = { op: 'send', id: cid, room: name, sha: sha(text) };

        outbox.set(cid, line);

        try {
            const { epoch, seq, dup } = await view.chat.send(text, { cid });

            this.write({ ...line, type: 'ok', epoch, seq, dup });

        } catch (error) {
            this.write({ ...line, type: 'fail', code: error.code,
                         doubt: error.unknown || error.temporary });
        }

        outbox.delete(cid);
        this.#attempts.delete(cid);
    }

    /** An answer to a join, or the event "joined" of a handshake. */
    joined({ ev, ok, ...event }) {
        const { room, top, floor } = ev === 'joined' ? event : ok ?? {};
        const view = this.views.get(room);

        if (view !== undefined && floor !== undefined) {
            view.told = { top, floor };
        }
    }

    /** A send goes out, for the first time or again. */
    sending({ cid, room }) {
        const line = this.outboxes.get(room)?.get(cid);
        const n = (this.#attempts.get(cid) ?? 0) + 1;

        if (line !== undefined) {
            this.#attempts.set(cid, n);
            this.write({ ...line, type: 'invoke', n, window: 1 });
        }
    }

    /** The library reads pages by itself. */
    read() {
    }

    async who(name) {
        try {
            const { users } = await this.room(name).chat.who();

            return users.map(({ id }) => id);

        } catch {
            return null;
        }
    }

    /** Who closes as a page does has closed for good. */
    cut(how, ms) {
        if (this.socket !== null && !this.socket.gone) {
            this.socket[how === 'close' ? 'drop' : how](ms);
        }
    }

    slow(ms) {
        if (this.socket?.open && !this.socket.crawling) {
            this.socket.slow(ms);
        }
    }

    stop() {
        this.chat.close();
    }

    /** As a browser's event "online" does. */
    check() {
        this.chat.check();
    }

    tick() {
        if (this.#away && this.calmRooms) {
            this.#away = false;
            this.write({ op: 'resume', type: 'ok',
                         ms: Date.now() - this.lostAt });
        }
    }

    get calmRooms() {
        return this.online && [...this.views.values()].every((view) =>
            !view.want || view.state === 'joined');
    }

    lost(socket, code, why) {
        this.write({ op: 'lost', type: 'info', code, why });

        if (!this.#away) {
            this.#away = true;
            this.lostAt = Date.now();
        }
    }
}
