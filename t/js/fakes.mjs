
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A clock that is turned by hand, and sockets that tests speak through. */

import { webcrypto } from 'node:crypto';

import { Client } from '../../html/chat/index.js';

/* what is loaded late is there: no test waits for a disk */
import '../../html/chat/fallback.js';
import '../../html/chat/pass.js';
import '../../html/chat/refusal.js';

globalThis.crypto ??= webcrypto;        /* Node 18 runs the tests, too */


export class FakeClock {
    time = 1_700_000_000_000;
    timers = new Set();

    now() {
        return this.time;
    }

    setTimeout(fn, ms) {
        const timer = { at: this.time + ms, fn };

        this.timers.add(timer);
        return timer;
    }

    clearTimeout(timer) {
        this.timers.delete(timer);
    }

    /** Lets ms pass; promises settle between two timers. */
    async pass(ms) {
        const end = this.time + ms;

        await settle();

        for (;;) {
            const next = [...this.timers].filter((t) => t.at <= end)
                .sort((a, b) => a.at - b.at)[0];

            if (next === undefined) {
                break;
            }

            this.timers.delete(next);
            this.time = Math.max(this.time, next.at);
            next.fn();
            await settle();
        }

        this.time = end;
    }
}


export function settle() {
    return new Promise((resolve) => setImmediate(resolve));
}


/** Makes a WebSocket class whose sockets are kept in "all". */
export function fakeSockets() {
    const all = [];

    class FakeSocket {
        sent = [];
        closed = null;
        onopen = null;
        onmessage = null;
        onclose = null;

        constructor(url, protocols) {
            this.url = url;
            this.protocols = protocols;
            all.push(this);
        }

        send(text) {
            this.sent.push(JSON.parse(text));
        }

        close(code) {
            this.closed = code;
        }

        /* What the server does. */

        say(frame) {
            this.onmessage({ data: typeof frame === 'string'
                             ? frame : JSON.stringify(frame) });
        }

        end(code, reason = '') {
            this.onclose({ code, reason });
        }

        last(op) {
            return this.sent.filter((frame) => frame.op === op).at(-1);
        }

        ok(op, ok) {
            this.say({ id: this.last(op).id, ok });
        }

        error(op, error) {
            this.say({ id: this.last(op).id, error });
        }
    }

    FakeSocket.all = all;
    return FakeSocket;
}


export const WELCOME = {
    ev: 'welcome', v: 1, session: 's1', time: 1, heartbeat: 25,
    user: { id: 'g1', name: 'Ann', guest: true },
    limits: { message: 16384, text: 4000, rooms: 100 }, features: [],
    node: 'n1',
};

export const UNAVAILABLE = { code: 'unavailable', status: 503,
    message: 'The chat store is away.', temporary: true };


/** A client with all its surroundings in one's hand. */
export function setUp({ random = 0.5, clock = new FakeClock(),
                        ...options } = {}) {
    const WebSocket = fakeSockets();
    const client = new Client('ws://h/chat/ws',
        { WebSocket, clock, random: () => random, why: async () => null,
          transport: 'websocket', ...options });
    const states = [];

    client.on('state', (state) => states.push(state.name));

    return {
        client, clock, states,
        get socket() { return WebSocket.all.at(-1); },
        get sockets() { return WebSocket.all; },
    };
}


export function setUpOnline({ history = false, ...options } = {}) {
    const it = setUp(options);

    it.welcome = { ...WELCOME, features: history ? ['history'] : [] };
    it.client.connect();
    it.socket.say(it.welcome);
    return it;
}


/** A room that is joined, its view at seq 10 of epoch "e". */
export async function setUpRoom(options) {
    const it = setUpOnline(options);
    const room = it.client.join('lobby');
    const seen = [];

    for (const event of ['message', 'edit', 'delete', 'reset', 'hole',
                         'presence', 'state', 'typing', 'outbox'])
    {
        room.on(event, (value) => seen.push([event, value]));
    }

    it.socket.ok('join', joinOk());
    await settle();
    seen.length = 0;
    return Object.assign(it, { room, seen });
}


export function joinOk(more = {}) {
    return { room: 'lobby', epoch: 'e', top: 10, count: 1,
             users: [{ id: 'g1', name: 'Ann' }], ...more };
}


export function message(seq, prev, more = {}) {
    return { ev: 'message', room: 'lobby', seq, prev, time: seq,
             from: { id: 'g2', name: 'Bob' }, cid: `c${seq}`,
             text: `text ${seq}`, ...more };
}
