/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Families 5 and 10: fragmented messages. */

import { setTimeout as sleep } from 'node:timers/promises';

import { pong, text } from '../judge.mjs';
import { CONT, PING, PONG, TEXT, fragments, frame } from '../peer.mjs';

const part = (op, payload, fin = false) => frame(op, payload, { fin });

const WAYS = [
    ['in one write', (peer, frames) => peer.write(frames)],
    ['a write a frame', (peer, frames) => peer.writeEach(frames)],
    ['octet by octet', (peer, frames) => peer.write(frames, 1)],
];


/* the same thrice: cases first, first + 1 and first + 2 */
function* thrice(first, title, frames, rest) {
    for (const [i, [how, write]] of WAYS.entries()) {
        yield {
            id: `5.${first + i}`,
            title: `${title}, ${how}`,
            send: (peer) => write(peer, frames()),
            ...rest,
        };
    }
}


function* orderly() {
    const two = [text('fragment1fragment2')];

    for (const [id, name, op] of [['5.1', 'ping', PING],
                                  ['5.2', 'pong', PONG]])
    {
        yield {
            id,
            title: `${name} in two fragments`,
            send: (peer) => peer.write([
                part(op, 'fragment1'),
                part(CONT, 'fragment2', true),
            ]),
            strict: [],
            fails: [1002],
        };
    }

    yield* thrice(3, 'text in two fragments', () => [
        part(TEXT, 'fragment1'),
        part(CONT, 'fragment2', true),
    ], { strict: two });

    yield* thrice(6, 'a ping between two fragments', () => [
        part(TEXT, 'fragment1'),
        frame(PING, 'ping payload'),
        part(CONT, 'fragment2', true),
    ], { strict: [pong('ping payload'), ...two] });
}


function* orphans() {
    yield* thrice(9, 'continuation of nothing with FIN', () => [
        part(CONT, 'non-continuation payload', true),
        frame(TEXT, 'Hello, world!'),
    ], { strict: [], fails: [1002] });

    yield* thrice(12, 'continuation of nothing', () => [
        part(CONT, 'non-continuation payload'),
        frame(TEXT, 'Hello, world!'),
    ], { strict: [], fails: [1002] });

    yield {
        id: '5.15',
        title: 'text in two fragments, a continuation of nothing, text',
        send: (peer) => peer.writeEach([
            part(TEXT, 'fragment1'),
            part(CONT, 'fragment2', true),
            part(CONT, 'fragment3'),
            frame(TEXT, 'fragment4'),
        ]),
        strict: [text('fragment1fragment2')],
        lax: [],
        fails: [1002],
    };

    for (const [id, fin] of [['5.16', false], ['5.17', true]]) {
        const once = () => [
            part(CONT, 'fragment1', fin),
            part(TEXT, 'fragment2'),
            part(CONT, 'fragment3', true),
        ];

        yield {
            id,
            title: `continuation of nothing${fin ? ' with FIN' : ''}, text `
                + 'in two fragments, twice',
            send: (peer) => peer.writeEach([...once(), ...once()]),
            strict: [],
            fails: [1002],
        };
    }

    yield {
        id: '5.18',
        title: 'text inside a fragmented text',
        send: (peer) => peer.writeEach([
            part(TEXT, 'fragment1'),
            part(TEXT, 'fragment2', true),
        ]),
        strict: [],
        fails: [1002],
    };
}


/* the first pong must come while the message is still unfinished */
function* slowly() {
    for (const [id, [how, write]] of [['5.19', WAYS[0]], ['5.20', WAYS[1]]]) {
        yield {
            id,
            title: `text in 5 fragments, pings and a rest between, ${how}`,
            strict: [pong('pongme 1!'), pong('pongme 2!'),
                text('fragment1fragment2fragment3fragment4fragment5')],

            async send(peer, left) {
                await write(peer, [
                    part(TEXT, 'fragment1'),
                    part(CONT, 'fragment2'),
                    frame(PING, 'pongme 1!'),
                ]);

                if (!await peer.wait(() => peer.events.length > 0,
                    Math.min(1000, left())))
                {
                    throw new Error('no pong within a message in 1 s');
                }

                await sleep(500);
                await write(peer, [
                    part(CONT, 'fragment3'),
                    part(CONT, 'fragment4'),
                    frame(PING, 'pongme 2!'),
                    part(CONT, 'fragment5', true),
                ]);
            },
        };
    }
}


export function* fragmentCases() {
    const long = Buffer.alloc(65536, '*');

    yield* orderly();
    yield* orphans();
    yield* slowly();

    yield {
        id: '10.1.1',
        title: 'text of 65536 bytes in fragments of 1300',
        send: (peer) => peer.write(fragments(TEXT, long, 1300)),
        strict: [text(long)],
    };
}
