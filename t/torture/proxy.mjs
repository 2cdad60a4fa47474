
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Proxies that make a good server a bad one: between clients and nginx, or
 * between nginx and Redis.  What they do, the checker must find.
 */

import { connect, createServer } from 'node:net';

import { command, parseReply } from './resp.mjs';
import { frame, parseFrame } from './socket.mjs';

const EVERY = 40;                       /* messages until the next misdeed */
const LOST = 3;                         /* pushes, by each connection */
const TEXT = 1;
const RECORD = /^M (\d+) (\d+) (\d+) (\w+)\n/;


/**
 * A proxy in front of a port.  Each connection gets its own filters, which
 * take the bytes of one direction and return those to pass on.
 *
 * @param {() => {up: Function, down: Function}} filters
 * @returns {Promise<number>} the port to use instead
 */
export function proxy(port, filters) {
    const server = createServer((near) => {
        const far = connect(port, '127.0.0.1');
        const { up, down } = filters(near);

        near.setNoDelay(true);
        far.setNoDelay(true);
        near.on('data', (bytes) => far.write(up(bytes)));
        far.on('data', (bytes) => near.write(down(bytes)));

        for (const [one, other] of [[near, far], [far, near]]) {
            one.on('error', () => {});
            one.on('close', () => other.destroy());
        }
    });

    return new Promise((done) => server.listen(0, '127.0.0.1', () => {
        server.unref();
        done(server.address().port);
    }));
}


function same(bytes) {
    return bytes;
}


/**
 * A filter of frames after the handshake.  change gets the object of a text
 * frame and returns those that go on in its place.
 */
function frames(masked, change) {
    let rest = Buffer.alloc(0);
    let open = false;

    return (bytes) => {
        const out = [];
        let all = Buffer.concat([rest, bytes]);
        let pos = 0;

        if (!open) {
            pos = all.indexOf('\r\n\r\n') + 4;
            open = pos >= 4;
            pos = open ? pos : all.length;
            out.push(all.subarray(0, pos));
        }

        for (;;) {
            const original = Buffer.from(all.subarray(pos));
            const got = parseFrame(all, pos);

            if (got === null) {
                break;
            }

            const old = original.subarray(0, got.pos - pos);

            out.push(...got.opcode === TEXT && got.fin
                     ? replaced(old, got.payload, masked, change) : [old]);
            pos = got.pos;
        }

        rest = all.subarray(pos);
        return Buffer.concat(out);
    };
}


function replaced(old, payload, masked, change) {
    const object = JSON.parse(payload.toString());
    const changed = change(object);

    return changed.length === 1 && changed[0] === object
        ? [old]
        : changed.map((each) => frame(TEXT, JSON.stringify(each), masked));
}


/** Drops a message, and hides the gap in the next one. */
function dropping() {
    const hidden = new Map();
    let n = 0;

    return {
        up: same,
        down: frames(false, (event) => {
            if (event.ev !== 'message') {
                return [event];
            }

            if (hidden.has(event.room)) {
                const prev = hidden.get(event.room);

                hidden.delete(event.room);
                return [{ ...event, prev }];
            }

            if (++n % EVERY !== 0) {
                return [event];
            }

            hidden.set(event.room, event.prev);
            return [];
        }),
    };
}


/** Answers a send without passing it on. */
function lying(near) {
    let epoch = null;
    let n = 0;

    return {
        up: frames(true, (object) => {
            if (object.op !== 'send' || epoch === null || ++n % EVERY !== 0) {
                return [object];
            }

            near.write(frame(TEXT, JSON.stringify({ id: object.id, ok: {
                seq: epoch.seq, time: Date.now(), epoch: epoch.epoch } }),
                             false));
            return [];
        }),
        down: frames(false, (object) => {
            epoch = object.ok?.seq === undefined ? epoch : object.ok;
            return [object];
        }),
    };
}


/** Gives two messages of a room each other's place. */
function swapping() {
    let kept = null;
    let n = 0;

    return {
        up: same,
        down: frames(false, (event) => {
            if (event.ev !== 'message') {
                return [event];
            }

            if (kept !== null && kept.room === event.room) {
                const { seq, prev } = kept;
                const first = { ...event, seq, prev };
                const second = { ...kept, seq: event.seq, prev: event.prev };

                kept = null;
                return [first, second];
            }

            if (kept === null && ++n % EVERY === 0) {
                kept = event;
                return [];
            }

            return [event];
        }),
    };
}


/** A filter of what Redis pushes: change returns the records to push. */
function pushes(change) {
    let rest = Buffer.alloc(0);

    return (bytes) => {
        const out = [];
        const all = Buffer.concat([rest, bytes]);
        let pos = 0;

        while (pos < all.length) {
            const reply = parseReply(all, pos);

            if (reply === null) {
                break;
            }

            const { value } = reply;
            const push = Array.isArray(value) && value.length === 3
                         && String(value[0]) === 'message'
                         && RECORD.test(value[2].toString('latin1', 0, 99));

            out.push(...push ? change(value[2]).map((record) =>
                                   command([value[0], value[1], record]))
                             : [all.subarray(pos, reply.pos)]);
            pos = reply.pos;
        }

        rest = Buffer.from(all.subarray(pos));
        return Buffer.concat(out);
    };
}


/** Announces what is not in the log. */
function announcing() {
    let n = 0;

    return { up: same, down: pushes((record) => {
        if (++n % EVERY !== 0) {
            return [record];
        }

        const text = record.toString('latin1');
        const [head, seq, , time, epoch] = RECORD.exec(text);
        const more = `M ${Number(seq) + 1} ${seq} ${time} ${epoch}\n`;

        return [record, Buffer.from(more + text.slice(head.length), 'latin1')];
    }) };
}


/**
 * Loses pushes: the worker must notice, and nobody else.  Never the last one:
 * a room that stays quiet is read after 25 s, longer than this run takes.
 */
function losing() {
    let n = 0;

    return { up: same, down: pushes((record) =>
        ++n % EVERY === 0 && n <= LOST * EVERY ? [] : [record]) };
}


/**
 * where: in front of nginx, or of Redis; store: of that run; finds: the
 * invariants of which one must see it; none: it must do no harm
 */
export const PROXIES = [
    { name: 'a delivery dropped in front of nginx, the gap hidden',
      where: 'nginx', store: 'shm', filters: dropping, finds: ['I4'] },
    { name: 'an ok for what is not stored', where: 'nginx', store: 'redis',
      filters: lying, finds: ['I1'] },
    { name: 'two messages in each other\'s place', where: 'nginx',
      store: 'shm', filters: swapping, finds: ['I3'] },
    { name: 'announced and not stored', where: 'redis', store: 'redis',
      filters: announcing, finds: ['I8'] },
    { name: 'pushes of Redis lost, which the worker must heal',
      where: 'redis', store: 'redis', filters: losing, finds: [] },
];
