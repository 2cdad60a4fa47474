
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A small client of Redis: one connection, replies as Buffers. */

import { connect } from 'node:net';

const REPLY_TIME = 10_000;              /* ms */


/** Reads one reply at pos: { value, pos }, or null if it is not all there. */
export function parseReply(bytes, pos) {
    const end = bytes.indexOf('\r\n', pos, 'latin1');

    if (end < 0) {
        return null;
    }

    const kind = String.fromCharCode(bytes[pos]);
    const text = bytes.toString('utf8', pos + 1, end);

    switch (kind) {
    case '+':
        return { value: text, pos: end + 2 };

    case '-':
        return { value: new Error(text), pos: end + 2 };

    case ':':
        return { value: Number(text), pos: end + 2 };

    case '$':
        return parseBulk(bytes, end + 2, Number(text));

    case '*':
        return parseArray(bytes, end + 2, Number(text));

    default:
        throw new Error(`no reply of Redis begins with ${kind}`);
    }
}


function parseBulk(bytes, pos, length) {
    if (length < 0) {
        return { value: null, pos };
    }

    if (pos + length + 2 > bytes.length) {
        return null;
    }

    return { value: bytes.subarray(pos, pos + length), pos: pos + length + 2 };
}


function parseArray(bytes, pos, count) {
    if (count < 0) {
        return { value: null, pos };
    }

    const value = [];

    for (let i = 0; i < count; i++) {
        const item = parseReply(bytes, pos);

        if (item === null) {
            return null;
        }

        value.push(item.value);
        pos = item.pos;
    }

    return { value, pos };
}


/** The bytes of an array of bulk strings: a command, or a pushed record. */
export function command(args) {
    const parts = [Buffer.from(`*${args.length}\r\n`)];

    for (const arg of args) {
        const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));

        parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes,
                   Buffer.from('\r\n'));
    }

    return Buffer.concat(parts);
}


export class Redis {

    #socket = null;
    #waiting = [];
    #chunks = [];

    /** @param {number} port */
    constructor(port) {
        this.port = port;
    }

    /** Sends one command; a lost connection is opened anew for the next. */
    call(...args) {
        this.#socket ??= this.#open();

        return new Promise((resolve, reject) => {
            const timer = setTimeout(
                () => this.#lose(new Error('redis does not answer')),
                REPLY_TIME);

            this.#waiting.push({ resolve, reject, timer });
            this.#socket.write(command(args));
        });
    }

    close() {
        this.#lose(new Error('closed'));
    }

    #open() {
        const socket = connect(this.port, '127.0.0.1');

        socket.setNoDelay(true);
        socket.on('data', (bytes) => this.#read(socket, bytes));
        socket.on('error', (error) => this.#lose(error, socket));
        socket.on('close', () => this.#lose(new Error('closed'), socket));
        return socket;
    }

    #lose(error, socket = this.#socket) {
        if (socket !== this.#socket || socket === null) {
            return;
        }

        const waiting = this.#waiting;

        this.#socket = null;
        this.#waiting = [];
        this.#chunks = [];
        socket.destroy();

        for (const { reject, timer } of waiting) {
            clearTimeout(timer);
            reject(error);
        }
    }

    #read(socket, chunk) {
        if (socket !== this.#socket) {
            return;
        }

        this.#chunks.push(chunk);

        let bytes = this.#chunks.length === 1 ? chunk
                                              : Buffer.concat(this.#chunks);
        let reply = parseReply(bytes, 0);

        while (reply !== null) {
            const { resolve, reject, timer } = this.#waiting.shift();

            clearTimeout(timer);
            (reply.value instanceof Error ? reject : resolve)(reply.value);

            bytes = bytes.subarray(reply.pos);
            reply = bytes.length > 0 ? parseReply(bytes, 0) : null;
        }

        this.#chunks = bytes.length > 0 ? [bytes] : [];
    }
}
