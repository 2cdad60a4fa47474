
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A history in memory, in the form in which the checker asks about it. */

const MS = 1e6;                         /* ns */

const LATE = 20_000 * MS;               /* until a room is missed */

/**
 * What makes a store lose all, or, where there is no room left, a room that
 * nobody is in; members must be told.
 */
const NEW_EPOCHS = {
    redis: ['flushall'],
    shm: ['upgrade', 'zone-size'],
    small: ['upgrade', 'zone-size', 'crowd'],
};
const SMALL = 8;                        /* MB */


/** What is known of one room's log in one epoch. */
class Log {

    /** seq -> entry, as the reader of the logs saw it */
    seen = new Map();

    /** seq -> entry, as it was at the end; null: it was not this epoch then */
    last = null;

    /** seq -> entry that a member heard or was told of */
    heard = new Map();

    /** what was heard under a number after something else was */
    others = [];

    /** numbers between which the reader missed some: [above, below] */
    gaps = [];

    /** when somebody first knew of it */
    born = Infinity;

    top = 0;
    #order = null;

    constructor(room, epoch) {
        this.room = room;
        this.epoch = epoch;
    }

    /** The oldest number that is in the log at the end. */
    get floor() {
        if (this.last === null || this.last.size === 0) {
            return Infinity;
        }

        return this.last.keys().next().value;
    }

    /** Whether an entry of this number must be in what the reader saw. */
    covers(seq) {
        if (this.seen.has(seq) || seq >= this.floor) {
            return true;
        }

        return (this.last !== null || seq <= this.top)
               && !this.gaps.some(([above, below]) => seq > above
                                                      && seq < below);
    }

    has(seq) {
        return seq >= this.floor ? this.last.has(seq) : this.seen.has(seq);
    }

    get(seq) {
        return this.seen.get(seq) ?? this.heard.get(seq);
    }

    /**
     * Numbers in their order: the log's, and where the reader does not know
     * it, what members heard.
     */
    get order() {
        if (this.#order === null) {
            const beyond = [...this.heard.keys()].filter((seq) =>
                !this.covers(seq));
            const all = [...this.seen.keys(), ...beyond];

            all.sort((a, b) => a - b);
            this.#order = { list: all,
                            place: new Map(all.map((seq, i) => [seq, i])) };
        }

        return this.#order;
    }
}


export class Model {

    /** room -> epoch -> Log */
    logs = new Map();

    /** cid -> what became of it */
    sends = new Map();

    /** "client room" -> its deliveries and resets, in its order */
    views = new Map();

    store = 'redis';
    faults = [];
    finals = [];
    who = [];
    reads = [];
    holes = [];
    backs = [];
    strays = [];
    again = [];
    unanswered = [];
    stuck = [];
    resumes = [];
    lost = [];
    processes = [];
    stand = [];
    surprises = new Map();
    tops = new Map();
    healed = null;
    counts = { events: 0, deliveries: 0, resets: 0, resyncs: 0, acked: 0 };

    /** @param {Iterable<any>} events */
    constructor(events) {
        for (const event of events) {
            this.counts.events++;
            this.#take(event);

            if (typeof event.epoch === 'string') {
                const log = this.log(event.room, event.epoch);

                log.born = Math.min(log.born, event.t);
            }
        }
    }

    log(room, epoch) {
        if (!this.logs.has(room)) {
            this.logs.set(room, new Map());
        }

        const logs = this.logs.get(room);

        if (!logs.has(epoch)) {
            logs.set(epoch, new Log(room, epoch));
        }

        return logs.get(epoch);
    }

    *allLogs() {
        for (const logs of this.logs.values()) {
            yield* logs.values();
        }
    }

    /** Whether something made epochs end, before a moment. */
    ended(to = Infinity) {
        return this.#enders.some(({ t, start }) => (start ?? t) <= to);
    }

    /** Whether a room may have begun anew at a moment. */
    begins(at) {
        return this.#enders.some(({ t, start }) =>
            (start ?? t) <= at && t + LATE >= at);
    }

    get #enders() {
        return this.faults.filter(({ id, type }) => type !== 'invoke'
            && NEW_EPOCHS[this.store].includes(id));
    }

    get anyLog() {
        return this.tops.size > 0;
    }

    sinceHeal(t) {
        return (t - this.healed) / MS;
    }

    #take(event) {
        switch (event.op) {
        case 'deliver':
            this.#delivered(event);
            return;

        case 'send':
            this.#sent(event);
            return;

        case 'log':
            this.#logged(event);
            return;

        case 'reset':
            this.counts.resets += event.cause === 'lost' ? 1 : 0;
            this.#view(event).push({ reset: event, t: event.t });
            return;

        case 'top':
            this.tops.set(event.room, event);
            this.log(event.room, event.epoch).last ??= new Map();
            return;

        case 'run':
            this.store = event.store === 'shm'
                && parseInt(event.zone, 10) < SMALL ? 'small' : event.store;
            return;

        case 'gap':
            this.log(event.room, event.epoch).gaps.push(
                [event.after, event.before]);
            return;

        case 'phase':
            this.healed = event.id === 'heal' ? event.t : this.healed;
            return;

        case 'resync':
            this.counts.resyncs++;
            return;

        case 'surprise':
            this.#surprise(event);
            return;

        case 'again':
        case 'reuse':
            this.#probed(event);
            return;

        default:
            this.#list(event);
        }
    }

    #list(event) {
        const lists = {
            fault: this.faults, final: this.finals, who: this.who,
            read: this.reads, hole: this.holes, stray: this.strays,
            unanswered: this.unanswered, back: this.backs,
            stuck: this.stuck, resume: this.resumes, lost: this.lost,
            process: this.processes, stand: this.stand,
        };

        lists[event.op]?.push(event);
    }

    #view({ client, room }) {
        const key = `${client} ${room}`;

        if (!this.views.has(key)) {
            this.views.set(key, []);
        }

        return this.views.get(key);
    }

    #delivered({ t, client, room, epoch, seq, prev, sha, id }) {
        const log = this.log(room, epoch);
        const send = this.sends.get(id);
        const entry = { seq, prev, sha: send?.sha === sha ? send.sha : sha,
                        id: send?.id ?? id };
        const known = log.heard.get(seq);

        this.counts.deliveries++;

        /* one object for all who heard the same */
        if (known === undefined) {
            log.heard.set(seq, entry);
            this.#view({ client, room }).push({ t, epoch: log.epoch, entry });
            return;
        }

        const same = known.id === entry.id && known.sha === entry.sha
                     && known.prev === entry.prev;

        if (!same) {
            log.others.push(entry);
        }

        this.#view({ client, room }).push({ t, epoch: log.epoch,
                                            entry: same ? known : entry });
    }

    #sent(event) {
        const send = this.#send(event.id);

        switch (event.type) {
        case 'invoke':
            if (send.first === null) {
                Object.assign(send, { first: event.t, client: event.client,
                                      room: event.room, sha: event.sha,
                                      window: event.window });
            }

            send.last = event.t;
            return;

        case 'ok':
            this.counts.acked++;
            send.oks.push(event);
            return;

        case 'fail':
            send.fails.push(event);
            return;

        default:
            send.refused ||= event.code !== 'lost';
        }
    }

    /** A cid that was answered is used once more. */
    #probed(event) {
        if (event.type === 'invoke') {
            this.#send(event.id).probe = event.sha;

        } else {
            this.again.push(event);
        }
    }

    #send(id) {
        if (!this.sends.has(id)) {
            this.sends.set(id, { id, first: null, last: null, oks: [],
                                 fails: [], refused: false });
        }

        return this.sends.get(id);
    }

    #logged({ t, type, room, epoch, seq, prev, sha, id, floor }) {
        const log = this.log(room, epoch);
        const entry = { seq, prev, sha, id, t, floor };
        const old = log.seen.get(seq);

        if (old !== undefined && (old.id !== id || old.sha !== sha)) {
            log.changed ??= [];
            log.changed.push([old, entry]);
        }

        log.seen.set(seq, old ?? entry);
        log.top = Math.max(log.top, seq);

        if (type === 'ok') {
            log.last ??= new Map();
            log.last.set(seq, entry);
        }
    }

    #surprise({ command, code }) {
        const key = `${command}: ${code}`;

        this.surprises.set(key, (this.surprises.get(key) ?? 0) + 1);
    }
}
