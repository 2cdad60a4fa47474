
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A stand-in for nginx with the module: serves html/ and speaks chat.v1, as
 * far as the page needs it.  Tests steer it by its methods; run by hand it
 * listens on 127.0.0.1:8081.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HTML = fileURLToPath(new URL('../../html/', import.meta.url));
const TYPES = { '.html': 'text/html', '.css': 'text/css',
                '.js': 'text/javascript', '.svg': 'image/svg+xml' };

export const CSP = 'default-src \'none\'; script-src \'self\'; '
    + 'style-src \'self\'; img-src \'self\'; connect-src \'self\'; '
    + 'base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'; '
    + 'require-trusted-types-for \'script\'';


export class FakeServer {

    storeUp = true;
    epoch = 'k3f9';
    members = new Set();
    rooms = new Map();
    #guests = 0;
    #http = createServer((request, response) =>
        this.#file(request, response));

    async listen(port = 0) {
        this.#http.on('upgrade', (request, socket) =>
            this.#upgrade(request, socket));
        await new Promise((done) => this.#http.listen(port, '127.0.0.1', done));
        return this.#http.address().port;
    }

    /** Cuts every connection, or those of a user, as a bad network does. */
    cut(name) {
        for (const member of this.members) {
            if (name === undefined || member.user.name === name) {
                member.socket.destroy();
            }
        }
    }

    stopStore() {
        this.storeUp = false;

        for (const member of this.members) {
            member.say({ ev: 'error', error: { code: 'unavailable',
                status: 503, message: 'The chat is unavailable.',
                temporary: true } });
        }
    }

    closeAll(code, reason = '') {
        for (const member of this.members) {
            member.close(code, reason);
        }
    }

    stop() {
        this.cut();
        this.#http.close();
        this.#http.closeAllConnections();
    }

    async #file(request, response) {
        const { pathname } = new URL(request.url, 'http://h');
        const path = normalize(pathname === '/' ? '/index.html' : pathname);

        try {
            const body = await readFile(join(HTML, path));

            response.writeHead(200, {
                'Content-Type': TYPES[extname(path)] ?? 'text/plain',
                'Content-Security-Policy': CSP });
            response.end(body);
        } catch {
            response.writeHead(404).end();
        }
    }

    #upgrade(request, socket) {
        const key = request.headers['sec-websocket-key'] + GUID;
        const accept = createHash('sha1').update(key).digest('base64');
        const { searchParams } = new URL(request.url, 'http://h');
        const id = `g${++this.#guests}`;
        const member = new Member(socket, {
            id, name: searchParams.get('name') ?? `Guest ${id}`, guest: true });

        socket.write('HTTP/1.1 101 Switching Protocols\r\n'
            + 'Upgrade: websocket\r\nConnection: Upgrade\r\n'
            + 'Sec-WebSocket-Protocol: chat.v1\r\n'
            + `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);

        this.members.add(member);
        member.onframe = (frame) => this.#command(member, frame);
        member.onend = () => {
            this.members.delete(member);
            [...member.rooms].forEach((room) => this.#leave(member, room));
        };

        member.say({ ev: 'welcome', v: 1, session: id, user: member.user,
            time: Date.now(), heartbeat: 25, features: [],
            limits: { message: 16384, rooms: 100 }, node: 'fake' });
    }

    #command(member, frame) {
        const { op, id, room: name } = frame;
        const ok = (value) => id && member.say({ id, ok: value });
        const fail = (code, status, message, more) => member.say({ id,
            error: { code, status, message, ...more } });

        if (!this.storeUp && ['join', 'send', 'who'].includes(op)) {
            fail('unavailable', 503, 'The chat store is away.',
                 { temporary: true });
            return;
        }

        switch (op) {

        case 'ping':
            ok({ t: frame.t, time: Date.now() });
            break;

        case 'join':
            this.#join(member, name, ok, fail);
            break;

        case 'leave':
            this.#leave(member, name);
            ok({});
            break;

        case 'who':
            ok({ users: this.#users(name), count: this.#users(name).length });
            break;

        case 'send':
            this.#send(member, frame, ok, fail);
            break;

        case 'typing':
            this.#tell(name, { ev: 'typing', room: name, user: member.user,
                               on: frame.on }, member);
            break;

        default:
            fail('unknown_op', 400, 'There is no such command.');
        }
    }

    #room(name) {
        if (!this.rooms.has(name)) {
            this.rooms.set(name, { seq: 0, members: new Set() });
        }

        return this.rooms.get(name);
    }

    #users(name) {
        return [...this.#room(name).members].map(({ user }) => user);
    }

    #join(member, name, ok, fail) {
        if (name === 'secret') {
            fail('forbidden', 403, 'You may not enter this room.');
            return;
        }

        const room = this.#room(name);

        room.members.add(member);
        member.rooms.add(name);
        ok({ room: name, epoch: this.epoch, top: room.seq, floor: 0,
             recovered: false, messages: [], count: room.members.size,
             users: this.#users(name) });
        this.#tell(name, { ev: 'presence', room: name, join: [member.user],
                           leave: [], count: room.members.size }, member);
    }

    #leave(member, name) {
        const room = this.#room(name);

        member.rooms.delete(name);

        if (room.members.delete(member)) {
            this.#tell(name, { ev: 'presence', room: name, join: [],
                leave: [member.user.id], count: room.members.size });
        }
    }

    #send(member, { room: name, cid, text }, ok, fail) {
        const room = this.#room(name);

        if (!room.members.has(member)) {
            fail('not_member', 403, 'Join the room first.');
            return;
        }

        const prev = room.seq++;
        const time = Date.now();

        this.#tell(name, { ev: 'message', room: name, seq: room.seq, prev,
                           time, from: member.user, cid, text });
        ok({ seq: room.seq, time, epoch: this.epoch });
    }

    #tell(name, frame, but) {
        for (const member of this.#room(name).members) {
            if (member !== but) {
                member.say(frame);
            }
        }
    }
}


class Member {

    rooms = new Set();
    onframe = () => {};
    onend = () => {};
    #bytes = Buffer.alloc(0);

    constructor(socket, user) {
        this.socket = socket;
        this.user = user;
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
        const long = body.length > 125;
        const head = Buffer.alloc(long ? 4 : 2);

        head[0] = 0x80 | opcode;
        head[1] = long ? 126 : body.length;

        if (long) {
            head.writeUInt16BE(body.length, 2);
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
