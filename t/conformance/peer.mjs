/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A WebSocket client (RFC 6455) over a bare socket, that can be as wrong as
 * a case wants, and that is strict with the server.
 */

import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export const CONT = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const EMPTY = Buffer.alloc(0);


/* RFC 6455, 7.4.  Status Codes: what a server may send */
function isCloseCode(code) {
    return (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code))
        || (code >= 3000 && code <= 4999);
}


function isUtf8(data) {
    try {
        new TextDecoder('utf-8', { fatal: true }).decode(data);
        return true;

    } catch {
        return false;
    }
}


function mask(payload, key) {
    const masked = Buffer.allocUnsafe(payload.length);

    for (let i = 0; i < payload.length; i++) {
        masked[i] = payload[i] ^ key[i & 3];
    }

    return masked;
}


/* one masked frame; payload: a string or bytes */
export function frame(op, payload = EMPTY, { fin = true, rsv = 0 } = {}) {
    const data = Buffer.from(payload);
    const key = randomBytes(4);
    let head;

    if (data.length < 126) {
        head = Buffer.from([0, 0x80 | data.length]);

    } else if (data.length < 65536) {
        head = Buffer.from([0, 0xfe, 0, 0]);
        head.writeUInt16BE(data.length, 2);

    } else {
        head = Buffer.from([0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
        head.writeBigUInt64BE(BigInt(data.length), 2);
    }

    head[0] = (fin ? 0x80 : 0) | rsv << 4 | op;

    return Buffer.concat([head, key, mask(data, key)]);
}


/* a message as a list of frames of at most so many bytes */
export function fragments(op, payload, size) {
    const data = Buffer.from(payload);
    const frames = [];
    let at = 0;

    do {
        frames.push(frame(at === 0 ? op : CONT, data.subarray(at, at + size),
            { fin: at + size >= data.length }));
        at += size;
    } while (at < data.length);

    return frames;
}


export function closeFrame(code, reason = '') {
    const data = Buffer.from(reason);
    const payload = Buffer.alloc(2 + data.length);

    payload.writeUInt16BE(code);
    data.copy(payload, 2);

    return frame(CLOSE, payload);
}


export class Peer {
    events = [];            /* { type: 'text', data } and so on, in order */
    faults = [];            /* what the server did wrong */
    close = null;           /* the server's close frame: { code, reason } */
    closeSent = false;
    closedFirst = false;    /* the server's close frame came before ours */
    ended = false;          /* the server sent FIN */
    error = null;           /* RST, for one */

    #socket;
    #waiting = new Set();
    #reply = EMPTY;         /* the head of the response, while it comes */
    #open = false;
    #head = EMPTY;
    #frame = null;
    #message = null;
    #key = randomBytes(16).toString('base64');

    constructor(port, path, headers = {}) {
        const fields = {
            Host: `127.0.0.1:${port}`,
            Upgrade: 'websocket',
            Connection: 'Upgrade',
            'Sec-WebSocket-Key': this.#key,
            'Sec-WebSocket-Version': '13',
            ...headers,
        };
        const lines = Object.entries(fields)
            .map(([name, value]) => `${name}: ${value}\r\n`);

        this.#socket = connect({ port, host: '127.0.0.1',
            allowHalfOpen: true, noDelay: true });
        this.#socket.on('data', (chunk) => this.#received(chunk));
        this.#socket.on('end', () => this.#finish());
        this.#socket.on('error', (error) => this.#finish(error));
        this.#socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    }

    get over() {
        return this.ended || this.error !== null;
    }

    async opened(ms) {
        await this.wait(() => this.#open || this.over, ms);

        if (!this.#open) {
            throw new Error(this.faults[0] ?? this.error?.code
                ?? 'no answer to the handshake');
        }
    }

    /* whether it became true in time */
    wait(condition, ms) {
        if (condition()) {
            return Promise.resolve(true);
        }

        return new Promise((resolve) => {
            const entry = () => {
                if (condition()) {
                    settle(true);
                }
            };
            const timer = setTimeout(() => settle(false), ms);
            const settle = (result) => {
                clearTimeout(timer);
                this.#waiting.delete(entry);
                resolve(result);
            };

            this.#waiting.add(entry);
        });
    }

    /* all in one write, or in writes of chop bytes */
    async write(data, chop = 0) {
        const bytes = Array.isArray(data) ? Buffer.concat(data) : data;

        if (chop === 0) {
            await this.#put(bytes);
            return;
        }

        for (let at = 0; at < bytes.length && !this.over; at += chop) {
            await this.#put(bytes.subarray(at, at + chop));
        }
    }

    async writeEach(frames) {
        for (const bytes of frames) {
            await this.write(bytes);
        }
    }

    async sendClose(bytes = closeFrame(1000)) {
        this.closeSent = true;
        await this.write(bytes);
    }

    destroy() {
        this.#socket.destroy();
    }

    /* a write that the system took, so that the next one is another */
    #put(bytes) {
        return new Promise((resolve) => {
            if (this.error !== null || this.#socket.destroyed) {
                resolve();
                return;
            }

            this.#socket.write(bytes, () => resolve());
        });
    }

    #changed() {
        for (const entry of [...this.#waiting]) {
            entry();
        }
    }

    #finish(error = null) {
        this.error ??= error;
        this.ended = this.ended || error === null;
        this.#socket.end();
        this.#changed();
    }

    #fault(text) {
        this.faults.push(text);
    }

    #received(chunk) {
        if (!this.#open) {
            this.#response(chunk);

        } else {
            this.#take(chunk);
        }

        this.#changed();
    }

    #response(chunk) {
        this.#reply = Buffer.concat([this.#reply, chunk]);

        const end = this.#reply.indexOf('\r\n\r\n');

        if (end === -1) {
            return;
        }

        const lines = this.#reply.toString('latin1', 0, end).split('\r\n');
        const fields = Object.fromEntries(lines.slice(1).map((line) => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon).toLowerCase(),
                line.slice(colon + 1).trim()];
        }));
        const accept = createHash('sha1').update(this.#key + GUID)
            .digest('base64');

        if (!/^HTTP\/1\.1 101 /.test(lines[0])) {
            this.#fault(`refused: ${lines[0]}`);
            this.#socket.destroy();
            this.ended = true;
            return;
        }

        if (fields['sec-websocket-accept'] !== accept
            || fields.upgrade?.toLowerCase() !== 'websocket'
            || fields.connection?.toLowerCase() !== 'upgrade')
        {
            this.#fault(`bad response: ${lines.join(', ')}`);
        }

        if ('sec-websocket-extensions' in fields) {
            this.#fault('extension accepted: '
                + fields['sec-websocket-extensions']);
        }

        this.#open = true;
        this.#take(this.#reply.subarray(end + 4));
    }

    #take(bytes) {
        let chunk = bytes;

        while (chunk.length > 0) {

            if (this.close !== null) {
                this.#fault('bytes after the close frame');
                return;
            }

            chunk = this.#frame === null ? this.#takeHead(chunk)
                                         : this.#takePayload(chunk);

            if (this.#frame !== null
                && this.#frame.filled === this.#frame.payload.length)
            {
                const whole = this.#frame;

                this.#frame = null;
                this.#takeFrame(whole);
            }
        }
    }

    #takeHead(chunk) {
        const size = this.#head.length < 2 ? 2
                   : this.#head[1] === 126 ? 4
                   : this.#head[1] === 127 ? 10 : 2;
        const part = chunk.subarray(0, size - this.#head.length);

        this.#head = Buffer.concat([this.#head, part]);

        const [first, second] = this.#head;

        if (this.#head.length < 2
            || (second === 126 && this.#head.length < 4)
            || (second === 127 && this.#head.length < 10))
        {
            return chunk.subarray(part.length);
        }

        const length = second === 126 ? this.#head.readUInt16BE(2)
                     : second === 127 ? Number(this.#head.readBigUInt64BE(2))
                     : second & 0x7f;

        this.#frame = { fin: (first & 0x80) !== 0, op: first & 0xf,
            payload: Buffer.allocUnsafe(length), filled: 0 };

        if ((first & 0x70) !== 0 || (second & 0x80) !== 0
            || (second === 126 && length < 126)
            || (second === 127 && length < 65536)
            || ((first & 8) !== 0 && (second > 125 || !this.#frame.fin)))
        {
            this.#fault(`bad frame head ${this.#head.toString('hex')}`);
        }

        this.#head = EMPTY;

        return chunk.subarray(part.length);
    }

    #takePayload(chunk) {
        const { payload, filled } = this.#frame;

        this.#frame.filled += chunk.copy(payload, filled);

        return chunk.subarray(this.#frame.filled - filled);
    }

    #takeFrame({ fin, op, payload }) {
        switch (op) {

        case TEXT:
        case BINARY:
            if (this.#message !== null) {
                this.#fault('new message inside a fragmented one');
            }

            this.#message = { op, parts: [payload] };
            break;

        case CONT:
            if (this.#message === null) {
                this.#fault('continuation of nothing');
                return;
            }

            this.#message.parts.push(payload);
            break;

        case CLOSE:
            this.#takeClose(payload);
            return;

        case PING:
            this.#put(frame(PONG, payload));
            return;

        case PONG:
            this.events.push({ type: 'pong', data: payload });
            return;

        default:
            this.#fault(`opcode ${op}`);
            return;
        }

        if (fin) {
            this.#takeMessage(this.#message);
            this.#message = null;
        }
    }

    #takeMessage({ op, parts }) {
        const data = parts.length === 1 ? parts[0] : Buffer.concat(parts);

        if (op === TEXT && !isUtf8(data)) {
            this.#fault('text that is not UTF-8');
        }

        this.events.push({ type: op === TEXT ? 'text' : 'binary', data });
    }

    #takeClose(payload) {
        const code = payload.length < 2 ? 1005 : payload.readUInt16BE();

        if (payload.length === 1
            || (payload.length > 1 && !isCloseCode(code))
            || !isUtf8(payload.subarray(2)))
        {
            this.#fault(`bad close frame ${payload.toString('hex')}`);
        }

        this.close = { code, reason: payload.toString('utf8', 2) };
        this.closedFirst = !this.closeSent;

        if (!this.closeSent) {
            this.closeSent = true;
            this.#put(frame(CLOSE, payload));
        }
    }
}
