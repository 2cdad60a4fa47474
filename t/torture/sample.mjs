
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A history in which all is well, made by a model of the chat: members who
 * send, are refused and repeat, leave, come back and resume, a FLUSHALL that
 * all are told of, and an end at which everybody has caught up.
 */

import { Random, sha } from './history.mjs';

const MS = 1e6;                         /* ns */
const ROOMS = ['room0', 'room1'];
const MEMBERS = ['m0', 'm1', 'm2', 'm3'];
const ROUNDS = 300;
const FLUSH_AT = 150;                   /* round */
const HEAL_AT = 200;
const ROUND = 200 * MS;                 /* ns: a minute in all */
const READ_EVERY = 20;


class Sample {

    events = [];
    t = 0;
    random = new Random(7);
    rooms = new Map(ROOMS.map((name) => [name, { name, epoch: 'a', log: [] }]));
    counters = new Map(MEMBERS.map((name) => [name, 0]));

    /** "client room" -> { epoch, mine, away } */
    views = new Map();

    write(event) {
        this.t += MS;
        this.events.push({ t: this.t, ...event });
    }

    make() {
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

        view.away = !view.away && this.random.chance(0.3);
        view.away || this.#catchUp(key, room);
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
        this.write({ op: 'log', type: 'info', room: room.name, epoch,
                     ...entry });
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

        for (const entry of room.log) {
            if (entry.seq > view.mine) {
                this.write({ op: 'deliver', type: 'ok', client,
                             room: room.name, epoch: room.epoch, ...entry });
                view.mine = entry.seq;
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
        this.write({ op: 'fault', type: 'ok', id: 'flushall', start: this.t });

        for (const room of this.rooms.values()) {
            room.epoch += 'b';
            room.log = [];
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

    #reset(client, { name: room, epoch }, asked, cause) {
        this.views.set(`${client} ${room}`, { epoch, mine: 0, away: false });
        this.write({ op: 'reset', type: 'ok', client, room, epoch, cause,
                     asked, seq: 0, top: 0, floor: 1 });
    }

    #end() {
        this.#each((client, room) => {
            this.#catchUp(`${client} ${room.name}`, room);
            this.write({ op: 'final', type: 'ok', client, room: room.name,
                         epoch: room.epoch, seq: room.log.at(-1).seq });
            this.write({ op: 'who', type: 'ok', client, room: room.name,
                         list: [...MEMBERS], expect: [...MEMBERS], ms: 1 });
        });

        for (const { name, epoch, log } of this.rooms.values()) {
            for (const entry of log) {
                this.write({ op: 'log', type: 'ok', room: name, epoch,
                             ...entry });
            }

            this.write({ op: 'top', type: 'ok', room: name, epoch,
                         seq: log.at(-1).seq, length: log.length });
        }
    }
}


export function sample() {
    return new Sample().make();
}
