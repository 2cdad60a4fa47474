
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The chat of a stand-in server: rooms, their logs, who is in them.  Members
 * come over a network (fake-server.mjs) or from within the process.
 */

const DENIED = { code: 'forbidden', status: 403,
                 message: 'You may not enter this room.' };
const AWAY = { code: 'unavailable', status: 503, temporary: true,
               message: 'The chat store is away.' };
const STRANGER = { code: 'not_member', status: 403,
                   message: 'Join the room first.' };


export class FakeChat {

    storeUp = true;
    epoch = 'k3f9';
    history = true;

    /** Entries kept of a room. */
    keep = 1000;

    /** Entries of one answer. */
    page = 100;

    /** The same user on each connection, or null for guests. */
    login = null;

    /** Every command that came, newest last. */
    commands = [];

    /** An error for a command, or undefined. */
    refuse = () => undefined;

    /** Whether a command's answer gets lost. */
    swallow = () => false;

    members = new Set();
    rooms = new Map();
    #guests = 0;

    /**
     * @param {{say: (frame: any) => void,
     *     close: (code: number, reason: string) => void}} line
     * @param {string} url
     */
    enter(line, url) {
        const { searchParams } = new URL(url, 'http://h');
        const id = `g${++this.#guests}`;
        const member = { ...line, rooms: new Set(),
            user: this.login ?? { id, guest: true,
                name: searchParams.get('name') ?? `Guest ${id}` } };

        this.members.add(member);
        member.say({ ev: 'welcome', v: 1, session: id, user: member.user,
            time: Date.now(), heartbeat: 25,
            features: this.history ? ['history'] : [],
            limits: { message: 16384, text: 4000, rooms: 100,
                      history: this.page },
            node: 'fake' });
        return member;
    }

    exit(member) {
        this.members.delete(member);
        [...member.rooms].forEach((name) => this.#leave(member, name));
    }

    command(member, frame) {
        const { op, id } = frame;

        this.commands.push(frame);

        if (!this.members.has(member)) {
            return;
        }

        const error = this.refuse(frame, member) ?? this.#away(op);
        const answer = error === undefined ? this.#do(member, frame)
                                           : { error };

        if (id !== undefined && !this.swallow(frame, member)) {
            member.say({ id, ...answer });
        }

        if (op === 'join' && answer.ok !== undefined) {
            this.#tell(frame.room, { ev: 'presence', room: frame.room,
                join: [member.user], leave: [],
                count: this.#room(frame.room).members.size }, member);
        }
    }

    stopStore() {
        this.storeUp = false;

        for (const member of this.members) {
            member.say({ ev: 'error', error: AWAY });
        }
    }

    /** The store lost everything. */
    forget(epoch) {
        this.epoch = epoch;

        for (const room of this.rooms.values()) {
            Object.assign(room, { seq: 0, log: [], cids: new Map() });
        }
    }

    closeAll(code, reason = '') {
        for (const member of [...this.members]) {
            member.close(code, reason);
        }
    }

    /** Somebody says something, who is not here. */
    post(name, text, from = { id: 'x', name: 'Xenia' }) {
        return this.#append(name, { from, cid: `x${Math.random()}`, text });
    }

    texts(name) {
        return this.#room(name).log.map(({ text }) => text);
    }

    #away(op) {
        return !this.storeUp && ['join', 'send', 'who', 'history'].includes(op)
               ? AWAY : undefined;
    }

    #do(member, frame) {
        const { op, room: name } = frame;

        switch (op) {

        case 'ping':
            return { ok: { t: frame.t, time: Date.now() } };

        case 'join':
            return this.#join(member, frame);

        case 'leave':
            this.#leave(member, name);
            return { ok: {} };

        case 'who':
            return { ok: { users: this.#users(name),
                           count: this.#users(name).length } };

        case 'send':
            return this.#send(member, frame);

        case 'history':
            return this.#history(member, frame);

        case 'typing':
            this.#tell(name, { ev: 'typing', room: name, user: member.user,
                               on: frame.on }, member);
            return { ok: {} };

        default:
            return { error: { code: 'unknown_op', status: 400,
                              message: 'There is no such command.' } };
        }
    }

    #room(name) {
        if (!this.rooms.has(name)) {
            this.rooms.set(name, { seq: 0, log: [], cids: new Map(),
                                   members: new Set() });
        }

        return this.rooms.get(name);
    }

    #users(name) {
        return [...this.#room(name).members].map(({ user }) => user);
    }

    #join(member, { room: name, after, epoch, limit = 50 }) {
        if (name === 'secret') {
            return { error: DENIED };
        }

        const room = this.#room(name);
        const { log } = room;
        const floor = this.#floor(room);
        const recovered = this.history && after !== undefined
                          && epoch === this.epoch && after <= room.seq
                          && (log[0]?.prev ?? room.seq) <= after;
        const found = recovered ? log.filter(({ seq }) => seq > after)
                      : this.history ? log.slice(-limit) : [];

        room.members.add(member);
        member.rooms.add(name);
        return { ok: { room: name, epoch: this.epoch, top: room.seq, floor,
            recovered, messages: found.slice(0, limit),
            more: recovered ? found.length > limit
                            : found.length < log.length && this.history,
            count: room.members.size, users: this.#users(name) } };
    }

    #history(member, { room: name, before = Infinity, after, limit, epoch }) {
        const room = this.#room(name);
        const { log } = room;
        const most = Math.min(limit ?? 50, this.page);

        if (!room.members.has(member)) {
            return { error: STRANGER };
        }

        if (epoch !== undefined && epoch !== this.epoch) {
            return { error: { code: 'epoch_changed', status: 409,
                              message: 'The room began anew.' } };
        }

        if (after !== undefined && (log[0]?.prev ?? room.seq) > after) {
            return { error: { code: 'gone', status: 410,
                              message: 'These messages are gone.' } };
        }

        const found = log.filter(({ seq }) => seq < before
                                              && seq > (after ?? 0));

        return { ok: { more: found.length > most, top: room.seq,
            floor: this.#floor(room), epoch: this.epoch,
            messages: after === undefined ? found.slice(-most)
                                          : found.slice(0, most) } };
    }

    #floor(room) {
        return room.log[0]?.seq ?? room.seq + 1;
    }

    #leave(member, name) {
        const room = this.#room(name);

        member.rooms.delete(name);

        if (room.members.delete(member)) {
            this.#tell(name, { ev: 'presence', room: name, join: [],
                leave: [member.user.id], count: room.members.size });
        }
    }

    #send(member, { room: name, cid, text, data, enc, re, meta }) {
        const room = this.#room(name);
        const key = `${member.user.id} ${cid}`;
        const body = JSON.stringify([text, data, enc, re, meta]);
        const known = room.cids.get(key);

        if (!room.members.has(member)) {
            return { error: STRANGER };
        }

        if (known !== undefined) {
            return known.body === body ? { ok: { ...known.ok, dup: true } }
                : { error: { code: 'cid_reused', status: 422,
                             message: 'This cid was used before.' } };
        }

        const { seq, time } = this.#append(name,
            { from: member.user, cid, text, data, enc, re, meta });
        const ok = { seq, time, epoch: this.epoch };

        room.cids.set(key, { body, ok });
        return { ok };
    }

    #append(name, fields) {
        const room = this.#room(name);
        const frame = { ev: 'message', room: name, seq: room.seq + 1,
                        prev: room.seq, time: Date.now(), ...fields };

        room.seq = frame.seq;
        room.log.push(frame);
        room.log.splice(0, Math.max(room.log.length - this.keep, 0));
        this.#tell(name, frame);
        return frame;
    }

    #tell(name, frame, but) {
        for (const member of this.#room(name).members) {
            if (member !== but) {
                member.say(frame);
            }
        }
    }
}


/**
 * A WebSocket class that leads into a chat of the same process.  What goes
 * either way arrives later, and in order; cut() breaks all lines.
 *
 * @param {FakeChat} chat
 */
export function socketsTo(chat) {
    const lines = new Set();

    class LocalSocket {

        #member = null;

        constructor(url) {
            lines.add(this);
            this.#later(() => this.#begin(url));
        }

        send(text) {
            this.#later(() => chat.command(this.#member, JSON.parse(text)));
        }

        close() {
            this.end(1000, '');
        }

        end(code, reason = '') {
            if (lines.delete(this)) {
                if (this.#member !== null) {
                    chat.exit(this.#member);
                }

                this.onclose({ code, reason });
            }
        }

        #begin(url) {
            if (LocalSocket.down) {
                this.end(1006);
                return;
            }

            this.onopen();
            this.#member = chat.enter({
                say: (frame) => {
                    const data = JSON.stringify(frame);

                    this.#later(() => this.onmessage({ data }));
                },
                close: (code, reason) => this.#later(() =>
                    this.end(code, reason)),
            }, url);
        }

        #later(fn) {
            setImmediate(() => {
                if (lines.has(this)) {
                    fn();
                }
            });
        }
    }

    LocalSocket.down = false;
    LocalSocket.cut = () => [...lines].forEach((line) => line.end(1006));
    return LocalSocket;
}
