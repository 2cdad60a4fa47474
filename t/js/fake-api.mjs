
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The HTTP API in one's hand, and clients that go by it. */

import { MemoryStore } from '../../html/chat/memory.js';
import { joinOk, message, settle, setUp } from './fakes.mjs';

const realFetch = globalThis.fetch;
export const ME = { user: { id: 'ann', name: 'Ann', guest: false }, time: 1,
             limits: { message: 16384, text: 4000, history: 50 },
             features: ['history', 'presence'] };

/** What each file of tests ends a test with. */
export function restore() {
    globalThis.fetch = realFetch;
}


/** An API in one's hand: requests wait in "asked" until they are answered. */
export class Api {

    asked = [];
    rules = new Map();

    constructor() {
        globalThis.fetch = (url, options) => this.#fetch(new URL(url), options);
        this.on('GET /me', () => json(ME));
    }

    /** What is answered at once, to all of a kind. */
    on(what, fn) {
        this.rules.set(what, fn);
        return this;
    }

    #fetch(url, { method, headers, body, signal }) {
        const path = url.pathname.replace('/chat/api/v1', '');

        return new Promise((answer, fail) => {
            const call = { path: `${method} ${path}`, url, headers, answer,
                           fail, body: body && JSON.parse(body), signal };
            const rule = this.rules.get(call.path);

            signal.addEventListener('abort', () => fail(new TypeError('x')));
            this.asked.push(call);

            const known = rule?.(call);

            if (known !== undefined) {
                answer(known);
            }
        });
    }

    last(what) {
        return this.asked.filter(({ path }) => path === what).at(-1);
    }

    count(what) {
        return this.asked.filter(({ path }) => path === what).length;
    }

    /** The room's latest stream, open. */
    stream(room = 'lobby') {
        const call = this.last(`GET /rooms/${room}/events`);
        let to;

        call.answer(new Response(new ReadableStream({
            start(controller) { to = controller; },
        })));
        call.signal.addEventListener('abort', () => to.error(new Error('x')));

        return {
            call,
            async say(...frames) {
                for (const frame of frames) {
                    const text = typeof frame === 'string' ? frame
                        : `event: ${frame.ev}\ndata: ${JSON.stringify(frame)}`;

                    to.enqueue(new TextEncoder().encode(`${text}\n\n`));
                }

                await rest();
            },
            async end() {
                to.close();
                await rest();
            },
            async cut() {
                to.error(new TypeError('cut'));
                await rest();
            },
        };
    }
}


export function json(body, status = 200) {
    return new Response(JSON.stringify(body), { status,
        headers: { 'Content-Type': 'application/json' } });
}


export function problem(status, code, more = {}) {
    return new Response(JSON.stringify({ status, code, detail: 'Why.',
                                         ...more }),
        { status, headers: { 'Content-Type': 'application/problem+json' } });
}


export async function rest() {
    for (let i = 0; i < 12; i++) {
        await settle();
    }
}


export const joined = (more = {}) => ({ ev: 'joined', ...joinOk(),
    recovered: false, more: false, floor: 1, messages: [], role: 'member',
    can: ['send', 'typing', 'history'], ...more });
export const hello = { ev: 'welcome', heartbeat: 25, user: ME.user };


/** As many WebSockets as it takes fail, until the API is asked. */
export async function failing(it, times = 2) {
    it.client.connect();
    await rest();

    for (let i = 0; i < times; i++) {
        it.socket.end(1006);
        await next(it);
    }
}


/** The next try. */
export async function next(it) {
    await rest();
    await it.clock.pass(it.client.state.nextTry - it.clock.now());
    await rest();
}


/** The one that is tried once the server has let one in. */
export async function around(it) {
    await failing(it);
    it.socket.end(1006);
    await rest();
}


export async function inRoom(options) {
    const api = new Api();
    const it = setUp({ transport: 'auto', store: new MemoryStore(),
                       ...options });
    const room = it.client.join('lobby');
    const seen = [];

    for (const event of ['message', 'reset', 'hole', 'presence', 'state',
                         'typing', 'room'])
    {
        room.on(event, (value) => seen.push([event, value]));
    }

    await (options?.transport === undefined ? around(it) : failing(it, 0));

    const stream = api.stream();

    await stream.say(hello, joined({ top: 2 }), message(1, 0), message(2, 1));
    return Object.assign(it, { api, room, seen, stream });
}


/** Whether the room was never left, once it was joined. */
export function stayed({ seen }) {
    const names = seen.filter(([event]) => event === 'state')
        .map(([, { name }]) => name);

    return names.indexOf('joined') === names.length - 1;
}


export const seqs = ({ seen }) => seen.filter(([event]) => event === 'message')
    .map(([, { seq }]) => seq);


/** The page that a poll begins with, and what stands around. */
export function pages(api, pages) {
    api.on('GET /rooms/lobby', () => json({ config: { slow: 3 }, top: 2 }));
    api.on('GET /rooms/lobby/members', () => json({ count: 1, more: false,
        users: [{ id: 'bob', name: 'Bob' }] }));
    api.on('GET /rooms/lobby/messages', pages);
}


export const page = (messages, more = {}) => json({ messages, more: false,
    floor: 1, epoch: 'e', top: messages.at(-1)?.seq ?? 0, ...more });
