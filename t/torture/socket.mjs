
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A raw WebSocket client over TCP that can also misbehave: reset the
 * connection, fall silent without closing, or read slowly.
 */

import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const SLOW_TICK = 1000;                 /* ms; less than a ping may take */


/** One frame; a client's is masked.  RFC 6455, 5.2. */
export function frame(opcode, payload, masked = true) {
    const bytes = Buffer.from(payload);
    const form = bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8;
    const head = Buffer.alloc(2 + form + (masked ? 4 : 0));
    const bit = masked ? 0x80 : 0;

    head[0] = 0x80 | opcode;

    if (form === 0) {
        head[1] = bit | bytes.length;

    } else if (form === 2) {
        head[1] = bit | 126;
        head.writeUInt16BE(bytes.length, 2);

    } else {
        head[1] = bit | 127;
        head.writeBigUInt64BE(BigInt(bytes.length), 2);
    }

    if (masked) {
        const mask = randomBytes(4);

        mask.copy(head, 2 + form);

        for (let i = 0; i < bytes.length; i++) {
            bytes[i] ^= mask[i & 3];
        }
    }

    return Buffer.concat([head, bytes]);
}


/**
 * Where the frame at pos ends, and what it is; null if it is not all there.
 * Its payload is unmasked in place.
 */
export function parseFrame(bytes, pos) {
    let data = pos + 2;

    if (bytes.length < data) {
        return null;
    }

    const masked = (bytes[pos + 1] & 0x80) !== 0;
    let length = bytes[pos + 1] & 0x7f;

    if (length === 126) {
        data += 2;
        length = bytes.length < data ? 0 : bytes.readUInt16BE(pos + 2);

    } else if (length === 127) {
        data += 8;
        length = bytes.length < data ? 0
                                     : Number(bytes.readBigUInt64BE(pos + 2));
    }

    const mask = data;

    data += masked ? 4 : 0;

    if (bytes.length < data + length) {
        return null;
    }

    for (let i = 0; masked && i < length; i++) {
        bytes[data + i] ^= bytes[mask + (i & 3)];
    }

    return { opcode: bytes[pos] & 0x0f, fin: bytes[pos] >= 0x80,
             payload: bytes.subarray(data, data + length),
             pos: data + length };
}


export class ChatSocket {

    open = false;
    gone = false;
    lastByte = Date.now();

    #rest = null;
    #silent = false;
    #text = [];

    /**
     * @param {{port: number, path: string, opened: () => void,
     *          text: (text: string) => void,
     *          closed: (code: number, why: string) => void}} on
     */
    constructor({ port, path, opened, text, closed }) {
        const key = randomBytes(16).toString('base64');

        this.on = { opened, text, closed };
        this.accept = createHash('sha1').update(key + GUID).digest('base64');
        this.code = 1006;
        this.why = '';

        this.socket = connect(port, '127.0.0.1');
        this.socket.setNoDelay(true);
        this.socket.on('data', (bytes) => this.#read(bytes));
        this.socket.on('error', (error) => { this.why ||= error.code; });
        this.socket.on('close', () => this.#end());
        this.socket.write(`GET ${path} HTTP/1.1\r\n`
            + `Host: 127.0.0.1:${port}\r\n`
            + 'Upgrade: websocket\r\nConnection: Upgrade\r\n'
            + 'Sec-WebSocket-Version: 13\r\n'
            + `Sec-WebSocket-Key: ${key}\r\n`
            + 'Sec-WebSocket-Protocol: chat.v1\r\n\r\n');
    }

    send(object) {
        if (!this.#silent && !this.gone) {
            this.socket.write(frame(TEXT, JSON.stringify(object)));
        }
    }

    /** A close frame; the server's answer ends the connection. */
    close() {
        if (!this.#silent && !this.gone) {
            this.socket.write(frame(CLOSE, Buffer.from([0x03, 0xe8])));
            setTimeout(() => this.socket.destroy(), 2000).unref();
        }
    }

    /** The connection ends without a word: FIN. */
    drop() {
        this.socket.destroy();
    }

    /** RST, as SO_LINGER of 0 does; where that fails, no event says so. */
    reset() {
        this.socket.resetAndDestroy();
        this.#end();
    }

    /** The network is cut: nothing is read or written until the end. */
    silence(ms) {
        this.#silent = true;
        this.socket.pause();
        setTimeout(() => this.socket.destroy(), ms).unref();
        this.#end();
    }

    /** Reads a little once a second, for some time. */
    slow(ms) {
        const until = Date.now() + ms;
        const timer = setInterval(() => {
            this.socket.resume();

            if (Date.now() >= until || this.gone) {
                clearInterval(timer);
                this.crawling = false;
            }
        }, SLOW_TICK);

        this.crawling = true;
        timer.unref();
        this.socket.pause();
    }

    #end() {
        if (!this.gone) {
            this.gone = true;
            this.on.closed(this.code, this.why);
        }
    }

    #read(chunk) {
        if (this.gone) {
            return;
        }

        this.lastByte = Date.now();

        if (this.crawling) {
            this.socket.pause();
        }

        let bytes = this.#rest === null ? chunk
                                        : Buffer.concat([this.#rest, chunk]);

        if (!this.open) {
            bytes = this.#handshake(bytes);

            if (bytes === null) {
                return;
            }
        }

        let pos = 0;

        for (;;) {
            const got = parseFrame(bytes, pos);

            if (got === null || this.gone) {
                break;
            }

            pos = got.pos;
            this.#frame(got);
        }

        this.#rest = pos < bytes.length ? bytes.subarray(pos) : null;
    }

    #handshake(bytes) {
        const end = bytes.indexOf('\r\n\r\n', 0, 'latin1');

        if (end < 0) {
            this.#rest = bytes;
            return null;
        }

        const head = bytes.toString('latin1', 0, end);

        if (!head.startsWith('HTTP/1.1 101 ')
            || !head.includes(this.accept))
        {
            this.why = head.split('\r\n')[0];
            this.socket.destroy();
            return null;
        }

        this.open = true;
        this.#rest = null;
        this.on.opened();
        return bytes.subarray(end + 4);
    }

    #frame({ opcode, fin, payload }) {
        if (opcode === PING) {
            this.socket.write(frame(10, payload));

        } else if (opcode === CLOSE) {
            this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
            this.why = payload.toString('utf8', 2);
            this.socket.end(frame(CLOSE, payload));
            setTimeout(() => this.socket.destroy(), 1000).unref();

        } else if (opcode === TEXT || opcode === 0) {
            this.#text.push(payload);

            if (fin) {
                const text = Buffer.concat(this.#text).toString('utf8');

                this.#text = [];
                this.on.text(text);
            }
        }
    }
}
