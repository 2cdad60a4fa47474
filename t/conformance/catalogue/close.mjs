/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Family 7: the closing handshake. */

import { text } from '../judge.mjs';
import { CLOSE, CONT, PING, TEXT, closeFrame, frame } from '../peer.mjs';

const VALID = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000,
    4999,
];
const INVALID = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
const BEYOND = [5000, 65535];


function afterClose(id, title, rest) {
    return {
        id,
        title: `close, then ${title}`,
        send: (peer) => peer.sendClose(Buffer.concat([closeFrame(1000),
            rest()])),
        strict: [],
    };
}


function* order() {
    yield {
        id: '7.1.1',
        title: 'text, then close',
        strict: [text('Hello World!')],

        async send(peer, left) {
            await peer.write(frame(TEXT, 'Hello World!'));
            await peer.wait(() => peer.events.length > 0 || peer.over, left());
            await peer.sendClose();
        },
    };

    yield afterClose('7.1.2', 'another close', () => closeFrame(1000));
    yield afterClose('7.1.3', 'a ping', () => frame(PING));
    yield afterClose('7.1.4', 'a text', () => frame(TEXT, 'Hello World!'));

    yield {
        id: '7.1.5',
        title: 'close between two fragments',
        strict: [],
        send: (peer) => peer.sendClose(Buffer.concat([
            frame(TEXT, 'fragment1', { fin: false }),
            closeFrame(1000),
            frame(CONT, 'fragment2'),
        ])),
    };

    yield {
        id: '7.1.6',
        title: 'text of 256 KB, text, close, ping',
        strict: [text(Buffer.alloc(262144, 'BAsd7&jh23')),
            text('Hello World!')],
        inform: true,
        send: (peer) => peer.sendClose(Buffer.concat([
            frame(TEXT, Buffer.alloc(262144, 'BAsd7&jh23')),
            frame(TEXT, 'Hello World!'),
            closeFrame(1000),
            frame(PING),
        ])),
    };
}


function closing(id, title, bytes, closes) {
    return {
        id,
        title: `close ${title}`,
        send: (peer) => peer.sendClose(bytes()),
        strict: [],
        closes,
    };
}


/* the server fails the connection, though it is we who closed */
function badClosing(id, title, bytes, codes) {
    return {
        id,
        title: `close ${title}`,
        send: (peer) => peer.sendClose(bytes()),
        strict: [],
        fails: codes,
    };
}


function* payloads() {
    yield closing('7.3.1', 'without payload', () => frame(CLOSE), 1005);
    yield badClosing('7.3.2', 'of 1 byte', () => frame(CLOSE, 'a'), [1002]);
    yield closing('7.3.3', 'of 2 bytes', () => closeFrame(1000), 1000);
    yield closing('7.3.4', 'with a reason',
        () => closeFrame(1000, 'Hello World!'), 1000);
    yield closing('7.3.5', 'with a reason of 123 bytes',
        () => closeFrame(1000, '*'.repeat(123)), 1000);
    yield badClosing('7.3.6', 'with a reason of 124 bytes',
        () => closeFrame(1000, '*'.repeat(124)), [1002]);

    yield badClosing('7.5.1', 'with a reason that is not UTF-8',
        () => closeFrame(1000, Buffer.from('ceba e1bdb9 cf83 cebc ceb5 eda080'
            .replaceAll(' ', ''), 'hex')), [1007]);
}


function* codes() {
    for (const [i, code] of VALID.entries()) {
        yield closing(`7.7.${i + 1}`, `with ${code}`,
            () => closeFrame(code), code);
    }

    for (const [i, code] of INVALID.entries()) {
        yield badClosing(`7.9.${i + 1}`, `with ${code}`,
            () => closeFrame(code), [1002]);
    }

    for (const [i, code] of BEYOND.entries()) {
        yield badClosing(`7.13.${i + 1}`, `with ${code}`,
            () => closeFrame(code), [1002]);
    }
}


export function* closeCases() {
    yield* order();
    yield* payloads();
    yield* codes();
}
