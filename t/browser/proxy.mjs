
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The network between a browser and nginx, with its faults. */

import { connect, createServer } from 'node:net';
import { Transform } from 'node:stream';

const BLANK = '\r\n\r\n';
const TEXT = 0x81;                      /* a whole text */
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * @typedef {(frame: any) => any[]} Alter  what comes in place of what the
 *     server says
 */

export class Proxy {

    #pairs = new Set();
    #server = createServer((client) => this.#accept(client));
    #target;
    #down = false;
    #noChat = false;
    #holds = false;
    #alter;

    /**
     * @param {number} target  port
     * @param {Alter | null} [alter]  it cheats
     */
    constructor(target, alter = null) {
        this.#target = target;
        this.#alter = alter;
    }

    async listen() {
        await new Promise((done) => this.#server.listen(0, '127.0.0.1', done));
        this.#server.unref();
        this.port = this.#server.address().port;
        return this;
    }

    /** Resets each connection; new ones pass. */
    cut() {
        for (const { client, server } of this.#pairs) {
            client.resetAndDestroy();
            server.destroy();
        }
    }

    /** Pages come, but no WebSocket lives, until up(). */
    noChat() {
        this.#noChat = true;
        this.cut();
    }

    /** Streams are kept for later, those that begin until up(). */
    hold() {
        this.#holds = true;
    }

    /** No connection lives or comes, until up(). */
    down() {
        this.#down = true;
        this.cut();
    }

    up() {
        this.#down = false;
        this.#holds = false;
        this.#noChat = false;
    }

    /** What the chat says is lost, what the client says is not. */
    mute() {
        for (const { server, chat } of this.#pairs) {
            if (chat) {
                server.unpipe();
                server.resume();
            }
        }
    }

    /** The connections of now carry nothing more, and nobody hears of it. */
    stall() {
        for (const pair of this.#pairs) {
            pair.client.unpipe(pair.server);
            pair.server.unpipe();
        }
    }

    close() {
        this.cut();
        this.#server.close();
    }

    #accept(client) {
        if (this.#down) {
            client.resetAndDestroy();
            return;
        }

        client.on('error', () => {});
        client.once('data', (bytes) => {
            const chat = /^upgrade: *websocket/im.test(bytes);

            if (this.#noChat && chat) {
                client.resetAndDestroy();
                return;
            }

            this.#join(client, bytes, chat);
        });
    }

    #join(client, bytes, chat) {
        const server = connect(this.#target, '127.0.0.1');
        const pair = { client, server, chat };

        server.write(bytes);

        this.#pairs.add(pair);

        for (const [one, other] of [[client, server], [server, client]]) {
            one.setNoDelay(true);
            one.on('error', () => {});
            one.on('close', () => {
                this.#pairs.delete(pair);
                other.destroy();
            });
        }

        client.pipe(server);

        if (chat && this.#alter !== null) {
            server.pipe(altered(this.#alter)).pipe(client);
        } else {
            server.pipe(withheld(() => this.#holds)).pipe(client);
        }
    }
}


/**
 * A stream of events waits for its end, as with a proxy that buffers.
 *
 * @param {() => boolean} holds
 */
function withheld(holds) {
    let stream = false;

    return new Transform({
        transform(chunk, _, done) {
            stream ||= holds() && chunk.includes('text/event-stream');
            done(null, stream ? undefined : chunk);
        },
    });
}


/**
 * What a server says over a WebSocket, as somebody in between wants it.
 *
 * @param {Alter} alter
 */
function altered(alter) {
    let bytes = Buffer.alloc(0);
    let head = true;

    return new Transform({
        transform(chunk, _, done) {
            bytes = Buffer.concat([bytes, chunk]);

            for (;;) {
                const end = head ? headersEnd(bytes) : frameEnd(bytes);

                if (end > bytes.length) {
                    break;
                }

                const frame = bytes.subarray(0, end);

                this.push(head || frame[0] !== TEXT ? frame
                    : Buffer.concat(alter(JSON.parse(payload(frame)))
                        .map((each) => frameOf(JSON.stringify(each)))));
                bytes = bytes.subarray(end);
                head = false;
            }

            done();
        },
    });
}


function headersEnd(bytes) {
    const at = bytes.indexOf(BLANK);

    return at === -1 ? Infinity : at + BLANK.length;
}


/** RFC 6455, 5.2.  Base Framing Protocol; a server masks nothing. */
function headEnd(bytes) {
    return bytes[1] === LENGTH_16 ? 4 : bytes[1] === LENGTH_64 ? 10 : 2;
}


function frameEnd(bytes) {
    const head = headEnd(bytes);

    if (bytes.length < head) {
        return Infinity;
    }

    return head + (head === 4 ? bytes.readUInt16BE(2)
                   : head === 10 ? Number(bytes.readBigUInt64BE(2)) : bytes[1]);
}


function payload(frame) {
    return frame.subarray(headEnd(frame)).toString();
}


function frameOf(text) {
    const body = Buffer.from(text);
    const head = Buffer.alloc(body.length < LENGTH_16 ? 2
                              : body.length <= 0xffff ? 4 : 10);

    head[0] = TEXT;

    if (head.length === 2) {
        head[1] = body.length;
    } else if (head.length === 4) {
        head[1] = LENGTH_16;
        head.writeUInt16BE(body.length, 2);
    } else {
        head[1] = LENGTH_64;
        head.writeBigUInt64BE(BigInt(body.length), 2);
    }

    return Buffer.concat([head, body]);
}
