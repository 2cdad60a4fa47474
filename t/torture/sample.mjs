
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A history in which all is well, made by a model of the chat: members who
 * send, are refused and repeat, leave, come back and resume, a loss of all
 * (FLUSHALL, or a binary upgrade) that all are told of, and an end at which
 * everybody has caught up.  Of the embedded store it is one with a small zone:
 * the oldest entries fall off, and the reader misses some.
 */

import { digest, Random, sha } from './history.mjs';

const MS = 1e6;                         /* ns */
const ROOMS = ['room0', 'room1'];
const MEMBERS = ['m0', 'm1', 'm2', 'm3'];
const ROUNDS = 300;
const FLUSH_AT = 140;                   /* round */
const HEAL_AT = 200;
const LOSS = { redis: 'flushall', shm: 'upgrade' };
const ROUND = 200 * MS;                 /* ns: a minute in all */
const READ_EVERY = 20;
const KEPT = { redis: Infinity, shm: 30 };  /* entries */
const CALM_AT = 240;                    /* from here on nobody is away */
const FAR = { key: 'm3 room1', from: 145, to: 235 };    /* rounds */
const READER = { from: 170, to: 240 };  /* rounds without it */


class Sample {

    events = [];
    t = 0;
    random = new Random(7);
    rooms = new Map(ROOMS.map((name) =>
        [name, { name, epoch: 'a', log: [], read: 0 }]));
    counters = new Map(MEMBERS.map((name) => [name, 0]));

    /** "client room" -> { epoch, mine, away } */
    views = new Map();

    constructor(store) {
        this.store = store;
    }

    write(event) {
        this.t += MS;
        this.events.push({ t: this.t, ...event });
    }

    make() {
        this.write({ op: 'run', type: 'info', store: this.store,
                     zone: '1m' });

        for (const id of ['idle', 'warm', 'empty']) {
            this.write({ op: 'process', type: 'info', id, node: 0, pid: 9,
                         fds: 20, rss: 8000 });
        }

        this.#each((client, room) => this.#reset(client, room, {}, 'fresh'));

        for (let round = 0; round < ROUNDS; round++) {
            const start = this.t;

            this.#round(round);
            this.t = Math.max(this.t, start + ROUND);
        }

        this.#end();
        return this.events;
    }

    #round(round) {
        if (round === FLUSH_AT) {
            this.#flush();
        }

        if (round === HEAL_AT) {
            this.write({ op: 'phase', type: 'info', id: 'heal' });
        }

        const client = this.random.pick(MEMBERS);
        const room = this.rooms.get(this.random.pick(ROOMS));

        this.#send(client, room, round);

        if (round % READ_EVERY === 0 && room.log.length > 5) {
            this.#read(client, room);
        }

        const key = `${this.random.pick(MEMBERS)} ${room.name}`;
        const view = this.views.get(key);

        view.away = !view.away && round < CALM_AT && this.random.chance(0.3)
                    || key === FAR.key && during(FAR, round);
        view.away || this.#catchUp(key, room);

        if (this.store === 'redis' || !during(READER, round)) {
            this.#follow(room);
        }
    }

    /** The oldest entry that is kept. */
    #floor({ log }) {
        return log[Math.max(0, log.length - KEPT[this.store])];
    }

    /** What the reader of the logs sees. */
    #follow(room) {
        const { name, epoch, log } = room;
        const floor = this.#floor(room)?.seq;

        if (room.read < this.#floor(room)?.prev) {
            this.write({ op: 'gap', type: 'info', room: name, epoch,
                         after: room.read, before: floor });
            room.read = floor - 1;
        }

        for (const entry of log.filter(({ seq }) => seq > room.read)) {
            this.write({ op: 'log', type: 'info', room: name, epoch, floor,
                         ...entry });
            room.read = entry.seq;
        }
    }

    #send(client, room, round) {
        const counter = this.counters.get(client) + 1;
        const id = `${client}-${counter}`;
        const body = sha(id);
        const send = { op: 'send', client, id, room: room.name, sha: body };

        this.counters.set(client, counter);
        this.write({ ...send, type: 'invoke', n: 1, window: 1 });

        if (round % 50 === 49) {
            this.write({ ...send, type: 'info', code: 'lost' });
            this.write({ ...send, type: 'invoke', n: 2, window: 1 });
        }

        if (round % 10 === 9) {
            this.write({ ...send, type: 'info', code: 'unavailable' });
            this.write({ ...send, type: 'invoke', n: 2, window: 1 });
        }

        const prev = room.log.at(-1)?.seq ?? 0;
        const entry = { seq: prev + (round % 30 === 29 ? 1000 : 1), prev, id,
                        sha: body };
        const { epoch } = room;

        room.log.push(entry);
        this.write({ ...send, type: 'ok', epoch, seq: entry.seq });

        for (const [key, view] of this.views) {
            if (key.endsWith(room.name) && !view.away) {
                this.#catchUp(key, room);
            }
        }

        if (round % 10 === 5) {
            this.write({ op: 'again', type: 'ok', client, id, room: room.name,
                         epoch, seq: entry.seq, dup: true });
            this.write({ op: 'reuse', type: 'fail', client, id,
                         room: room.name, code: 'cid_reused' });
        }
    }

    #catchUp(key, room) {
        const [client] = key.split(' ');
        const view = this.views.get(key);
        const floor = this.#floor(room);

        if (view.mine < floor?.prev) {
            this.#reset(client, room, { after: view.mine, epoch: view.epoch },
                        'lost', floor);
        }

        for (const entry of room.log) {
            if (entry.seq > this.views.get(key).mine) {
                this.write({ op: 'deliver', type: 'ok', client,
                             room: room.name, epoch: room.epoch, ...entry });
                this.views.get(key).mine = entry.seq;
            }
        }
    }

    #read(client, room) {
        const list = room.log.slice(-5, -1);

        this.write({ op: 'read', type: 'ok', client, room: room.name,
                     epoch: room.epoch, before: room.log.at(-1).seq,
                     top: room.log.at(-1).seq,
                     list: list.map(({ seq, prev, id, sha: body }) =>
                         [seq, prev, id, body]) });
    }

    #flush() {
        this.write({ op: 'fault', type: 'ok', id: LOSS[this.store],
                     start: this.t });

        for (const room of this.rooms.values()) {
            room.epoch += 'b';
            room.log = [];
            room.read = 0;
        }

        this.#each((client, room) => {
            const { mine, epoch } = this.views.get(`${client} ${room.name}`);

            this.#reset(client, room, { after: mine, epoch }, 'lost');
        });
    }

    #each(what) {
        for (const client of MEMBERS) {
            for (const room of this.rooms.values()) {
                what(client, room);
            }
        }
    }

    #reset(client, { name: room, epoch, log }, asked, cause, floor) {
        const seq = floor?.prev ?? 0;

        this.views.set(`${client} ${room}`, { epoch, mine: seq, away: false });
        this.write({ op: 'reset', type: 'ok', client, room, epoch, cause,
                     asked, seq, top: log.at(-1)?.seq ?? 0,
                     floor: floor?.seq ?? 1 });
    }

    #end() {
        this.#each((client, room) => {
            this.#catchUp(`${client} ${room.name}`, room);
            this.write({ op: 'final', type: 'ok', client, room: room.name,
                         epoch: room.epoch, seq: room.log.at(-1).seq });
            this.write({ op: 'who', type: 'ok', client, room: room.name,
                         list: [...MEMBERS], expect: [...MEMBERS], ms: 1 });
        });

        for (const room of this.rooms.values()) {
            this.#follow(room);
            this.#readAll(room, room.log.slice(-KEPT[this.store]));
        }
    }

    #readAll({ name, epoch }, list) {
        for (const entry of list) {
            this.write({ op: 'log', type: 'ok', room: name, epoch, ...entry });
        }

        if (this.store === 'shm') {
            this.write({ op: 'back', type: 'ok', room: name, epoch,
                         length: list.length, sha: digest(list) });
        }

        this.write({ op: 'top', type: 'ok', room: name, epoch,
                     seq: list.at(-1).seq, length: list.length });
    }
}


function during({ from, to }, round) {
    return round >= from && round < to;
}


/** @param {'redis' | 'shm'} store */
export function sample(store) {
    return new Sample(store).make();
}
