
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A stand-in for nginx with the module: serves html/ and speaks chat.v1, as
 * far as the page needs it.  Run by hand it listens on 127.0.0.1:8081.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { FakeChat } from './fake-chat.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HTML = fileURLToPath(new URL('../../html/', import.meta.url));
const CLOSED = '/closed/chat/ws';
const TYPES = { '.html': 'text/html', '.css': 'text/css',
                '.js': 'text/javascript', '.svg': 'image/svg+xml' };

export const CSP = 'default-src \'none\'; script-src \'self\'; '
    + 'style-src \'self\'; img-src \'self\' data:; connect-src \'self\'; '
    + 'base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'; '
    + 'require-trusted-types-for \'script\'; trusted-types \'none\'';


export class FakeServer {

    chat = new FakeChat();
    #lines = new Set();
    #http = createServer((request, response) =>
        this.#file(request, response));

    async listen(port = 0) {
        this.#http.on('upgrade', (request, socket) =>
            this.#upgrade(request, socket));
        await new Promise((done) => this.#http.listen(port, '127.0.0.1', done));
        return this.#http.address().port;
    }

    stop() {
        this.#lines.forEach(({ socket }) => socket.destroy());
        this.#http.close();
        this.#http.closeAllConnections();
    }

    async #file(request, response) {
        const { pathname } = new URL(request.url, 'http://h');
        const path = normalize(pathname === '/' ? '/index.html' : pathname);

        if (path.endsWith('/chat/ws')) {
            response.writeHead(path === CLOSED ? 403 : 426).end();
            return;
        }

        try {
            const body = await readFile(join(HTML,
                path.replace(/^\/closed\/$/, '/index.html')
                    .replace(/^\/closed\//, '/')));

            response.writeHead(200, {
                'Content-Type': TYPES[extname(path)] ?? 'text/plain',
                'Content-Security-Policy': CSP });
            response.end(body);
        } catch {
            response.writeHead(404).end();
        }
    }

    #upgrade(request, socket) {
        if (request.url.startsWith(CLOSED)) {
            socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
            return;
        }

        const key = request.headers['sec-websocket-key'] + GUID;
        const accept = createHash('sha1').update(key).digest('base64');
        const line = new Line(socket);

        socket.write('HTTP/1.1 101 Switching Protocols\r\n'
            + 'Upgrade: websocket\r\nConnection: Upgrade\r\n'
            + 'Sec-WebSocket-Protocol: chat.v1\r\n'
            + `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);

        const member = this.chat.enter({
            say: (frame) => line.say(frame),
            close: (code, reason) => line.close(code, reason),
        }, request.url);

        this.#lines.add(line);
        line.onframe = (frame) => this.chat.command(member, frame);
        line.onend = () => {
            this.#lines.delete(line);
            this.chat.exit(member);
        };
    }
}


class Line {

    onframe = () => {};
    onend = () => {};
    #bytes = Buffer.alloc(0);

    constructor(socket) {
        this.socket = socket;
        socket.on('data', (bytes) => this.#read(bytes));
        socket.on('end', () => socket.end());
        socket.on('error', () => {});
        socket.on('close', () => this.onend());
    }

    say(frame) {
        this.#write(1, Buffer.from(JSON.stringify(frame)));
    }

    close(code, reason) {
        const body = Buffer.alloc(2 + Buffer.byteLength(reason));

        body.writeUInt16BE(code);
        body.write(reason, 2);
        this.#write(8, body);
        this.socket.end();
    }

    #write(opcode, body) {
        const head = Buffer.alloc(body.length < 126 ? 2
                                  : body.length < 65536 ? 4 : 10);

        head[0] = 0x80 | opcode;

        if (head.length === 2) {
            head[1] = body.length;

        } else if (head.length === 4) {
            head[1] = 126;
            head.writeUInt16BE(body.length, 2);

        } else {
            head[1] = 127;
            head.writeUInt32BE(body.length, 6);
        }

        if (this.socket.writable) {
            this.socket.write(Buffer.concat([head, body]));
        }
    }

    /* RFC 6455, 5.2.  Base Framing Protocol; browsers send whole messages. */
    #read(bytes) {
        this.#bytes = Buffer.concat([this.#bytes, bytes]);

        for (;;) {
            const buffer = this.#bytes;
            const long = (buffer[1] & 0x7f) === 126;
            const start = long ? 8 : 6;

            if (buffer.length < start) {
                return;
            }

            const length = long ? buffer.readUInt16BE(2) : buffer[1] & 0x7f;

            if (buffer.length < start + length) {
                return;
            }

            const mask = buffer.subarray(start - 4, start);
            const body = Buffer.from(buffer.subarray(start, start + length));

            body.forEach((byte, i) => { body[i] = byte ^ mask[i % 4]; });
            this.#bytes = buffer.subarray(start + length);
            this.#frame(buffer[0] & 0x0f, body);
        }
    }

    #frame(opcode, body) {
        if (opcode === 8) {
            this.#write(8, body);
            this.socket.end();

        } else if (opcode === 1) {
            this.onframe(JSON.parse(body.toString()));
        }
    }
}


if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const port = await new FakeServer().listen(8081);

    process.stdout.write(`http://127.0.0.1:${port}/\n`);
}
