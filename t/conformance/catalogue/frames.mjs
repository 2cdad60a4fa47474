/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Families 1 to 4: echo, pings and pongs, reserved bits, opcodes. */

import { binary, pong, text } from '../judge.mjs';
import { BINARY, CLOSE, PING, PONG, TEXT, frame } from '../peer.mjs';

const HELLO = 'Hello, world!';


function* echoes() {
    const sizes = [0, 125, 126, 127, 128, 65535, 65536, 65536];

    for (const [i, size] of sizes.entries()) {
        const chop = i === 7 ? 997 : 0;
        const how = chop > 0 ? `, in chops of ${chop}` : '';
        const stars = Buffer.alloc(size, '*');
        const bytes = Buffer.alloc(size, 0xfe);

        yield {
            id: `1.1.${i + 1}`,
            title: `text of ${size} bytes${how}`,
            send: (peer) => peer.write(frame(TEXT, stars), chop),
            strict: [text(stars)],
        };

        yield {
            id: `1.2.${i + 1}`,
            title: `binary of ${size} bytes${how}`,
            send: (peer) => peer.write(frame(BINARY, bytes), chop),
            strict: [binary(bytes)],
        };
    }
}


function* pings() {
    const bad = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
    const long = Buffer.alloc(125, 0xfe);
    const ten = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
    const frames = () => ten.map((payload) => frame(PING, payload));

    const ping = (id, title, payload, chop = 0) => ({
        id,
        title,
        send: (peer) => peer.write(frame(PING, payload), chop),
        strict: [pong(payload)],
    });

    yield ping('2.1', 'ping without payload', '');
    yield ping('2.2', 'ping with a text', HELLO);
    yield ping('2.3', 'ping with bytes that are not UTF-8', bad);
    yield ping('2.4', 'ping of 125 bytes', long);

    yield {
        id: '2.5',
        title: 'ping of 126 bytes',
        send: (peer) => peer.write(frame(PING, Buffer.alloc(126, 0xfe))),
        strict: [],
        fails: [1002],
    };

    yield ping('2.6', 'ping of 125 bytes, octet by octet', long, 1);

    yield {
        id: '2.7',
        title: 'unsolicited pong without payload',
        send: (peer) => peer.write(frame(PONG)),
        strict: [],
    };

    yield {
        id: '2.8',
        title: 'unsolicited pong with payload',
        send: (peer) => peer.write(frame(PONG, 'unsolicited pong payload')),
        strict: [],
    };

    yield {
        id: '2.9',
        title: 'unsolicited pong, then a ping',
        send: (peer) => peer.write([
            frame(PONG, 'unsolicited pong payload'),
            frame(PING, 'ping payload'),
        ]),
        strict: [pong('ping payload')],
    };

    yield {
        id: '2.10',
        title: '10 pings',
        send: (peer) => peer.writeEach(frames()),
        strict: ten.map(pong),
    };

    yield {
        id: '2.11',
        title: '10 pings, octet by octet',
        send: (peer) => peer.write(frames(), 1),
        strict: ten.map(pong),
    };
}


/* a message, what is wrong, and a ping that must have no pong */
function afterMessage(id, title, bad, how) {
    const frames = () => [frame(TEXT, HELLO), bad(), frame(PING)];
    const ways = {
        once: (peer) => peer.write(frames()),
        frames: (peer) => peer.writeEach(frames()),
        octets: (peer) => peer.write(frames(), 1),
    };

    return {
        id,
        title: `text, ${title}, ping`,
        send: ways[how],
        strict: [text(HELLO)],
        lax: [],
        fails: [1002],
    };
}


function alone(id, title, bad) {
    return {
        id,
        title,
        send: (peer) => peer.write(bad()),
        strict: [],
        fails: [1002],
    };
}


function* reserved() {
    const wrong = (rsv, op = TEXT) => () => frame(op, HELLO, { rsv });

    yield alone('3.1', 'text with RSV 1', wrong(1));
    yield afterMessage('3.2', 'text with RSV 2', wrong(2), 'once');
    yield afterMessage('3.3', 'text with RSV 3', wrong(3), 'frames');
    yield afterMessage('3.4', 'text with RSV 4', wrong(4), 'octets');
    yield alone('3.5', 'binary with RSV 5', wrong(5, BINARY));
    yield alone('3.6', 'ping with RSV 6', wrong(6, PING));
    yield alone('3.7', 'close with RSV 7',
        () => frame(CLOSE, Buffer.from([3, 232]), { rsv: 7 }));
}


function* opcodes() {
    for (const [family, first] of [['4.1', 3], ['4.2', 11]]) {
        const wrong = (i, payload) => () => frame(first + i, payload);
        const title = (i) => `opcode ${first + i}`;

        yield alone(`${family}.1`, title(0), wrong(0));
        yield alone(`${family}.2`, `${title(1)} with payload`,
            wrong(1, 'reserved opcode payload'));
        yield afterMessage(`${family}.3`, title(2), wrong(2), 'frames');
        yield afterMessage(`${family}.4`, `${title(3)} with payload`,
            wrong(3, 'reserved opcode payload'), 'frames');
        yield afterMessage(`${family}.5`, `${title(4)} with payload`,
            wrong(4, 'reserved opcode payload'), 'octets');
    }
}


export function* frameCases() {
    yield* echoes();
    yield* pings();
    yield* reserved();
    yield* opcodes();
}
