/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Families 9 and 14: large messages, small pieces, many messages.  14 is our
 * own: the messages of 9.7 and 9.8 without waiting for each echo.
 */

import { randomBytes } from 'node:crypto';

import { binary, text } from '../judge.mjs';
import { BINARY, TEXT, fragments, frame } from '../peer.mjs';

const KB = 1024;
const MB = 1024 * KB;
const MESSAGES = 1000;

const KINDS = [
    { name: 'text', op: TEXT, event: text,
      make: (size) => Buffer.alloc(size, 'BAsd7&jh23') },
    { name: 'binary', op: BINARY, event: binary,
      make: (size) => randomBytes(size) },
];


/* what is sent is made when its turn comes: 16 MB are not kept */
function single(id, title, kind, size, write) {
    return {
        id,
        title,
        seconds: 60,
        alone: true,
        strict: [],

        async send(peer, left) {
            const data = kind.make(size);
            const expected = kind.event(data);

            await write(peer, data);
            await peer.wait(() => peer.events.length > 0 || peer.over, left());

            const [event] = peer.events.splice(0, 1);

            if (event?.type !== expected.type
                || !event.data.equals(expected.data))
            {
                throw new Error(event === undefined ? 'no echo'
                    : `another echo: ${event.type} of ${event.data.length}`);
            }
        },
    };
}


function* large(kind, n) {
    const sizes = [64 * KB, 256 * KB, MB, 4 * MB, 8 * MB, 16 * MB];
    const pieces = [64, 256, KB, 4 * KB, 16 * KB, 64 * KB, 256 * KB, MB,
        4 * MB];
    const chops = [64, 128, 256, 512, KB, 2 * KB];

    for (const [i, size] of sizes.entries()) {
        yield single(`9.${1 + n}.${i + 1}`, `${kind.name} of ${size} bytes`,
            kind, size, (peer, data) => peer.write(frame(kind.op, data)));
    }

    for (const [i, piece] of pieces.entries()) {
        yield single(`9.${3 + n}.${i + 1}`,
            `${kind.name} of 4 MB in fragments of ${piece}`, kind, 4 * MB,
            (peer, data) => peer.write(fragments(kind.op, data, piece)));
    }

    for (const [i, chop] of chops.entries()) {
        yield single(`9.${5 + n}.${i + 1}`,
            `${kind.name} of 1 MB in chops of ${chop}`, kind, MB,
            (peer, data) => peer.write(frame(kind.op, data), chop));
    }
}


function checkOrder(peer, kind, expected) {
    const { length } = peer.events;

    if (length !== expected.length) {
        throw new Error(`${length} echoes of ${expected.length}`);
    }

    for (const [i, { type, data }] of peer.events.entries()) {
        if (type !== kind.name || !data.equals(expected[i])) {
            throw new Error(`echo ${i} is another`);
        }
    }

    peer.events.length = 0;
}


function* roundtrips(kind, n) {
    const sizes = [0, 16, 64, 256, KB, 4 * KB];

    for (const [i, size] of sizes.entries()) {
        yield {
            id: `9.${7 + n}.${i + 1}`,
            title: `${MESSAGES} times ${kind.name} of ${size} bytes, `
                + 'each when the last is back',
            seconds: 60,
            alone: true,
            strict: [],

            async send(peer, left) {
                const sent = [];

                for (let k = 1; k <= MESSAGES && !peer.over; k++) {
                    const data = kind.make(size);

                    sent.push(data);
                    await peer.write(frame(kind.op, data));
                    await peer.wait(() => peer.events.length >= k || peer.over,
                        left());
                }

                checkOrder(peer, kind, sent);
            },
        };
    }
}


/* each message begins with its number */
function* bursts(kind, n) {
    const sizes = [16, 64, 256, KB, 4 * KB, 16 * KB];

    for (const [i, size] of sizes.entries()) {
        yield {
            id: `14.${1 + n}.${i + 1}`,
            title: `${MESSAGES} times ${kind.name} of ${size} bytes in a row`,
            seconds: 60,
            alone: true,
            strict: [],

            async send(peer, left) {
                const sent = [];

                for (let k = 0; k < MESSAGES; k++) {
                    const data = kind.make(size);

                    data.write(String(k).padStart(8, '0'));
                    sent.push(data);
                }

                await peer.write(sent.map((data) => frame(kind.op, data)));
                await peer.wait(() => peer.events.length >= MESSAGES
                    || peer.over, left());
                checkOrder(peer, kind, sent);
            },
        };
    }
}


export function* limitCases() {
    for (const [n, kind] of KINDS.entries()) {
        yield* large(kind, n);
        yield* roundtrips(kind, n);
        yield* bursts(kind, n);
    }
}
