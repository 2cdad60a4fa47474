
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What must hold of a history.  Each function yields one sentence of evidence
 * for each violation.
 */

import { digest } from './history.mjs';

const TEMPORARY = ['unavailable', 'internal', 'rate_limited'];


function where(room, epoch, seq) {
    return `${room} ${epoch}/${seq}`;
}


function told(entry) {
    return entry === undefined ? 'nothing'
                               : `${entry.id} sha ${entry.sha}`;
}


/** All that members heard of a log. */
function heard(log) {
    return [...log.heard.values(), ...log.others];
}


/** The first number of a list above one; lists are sorted. */
function above(list, seq) {
    let from = 0;
    let to = list.length;

    while (from < to) {
        const middle = (from + to) >> 1;

        if (list[middle] <= seq) {
            from = middle + 1;

        } else {
            to = middle;
        }
    }

    return list[from];
}


/** An ok is in the log; or its epoch has ended, and everybody was told. */
function* stored(model) {
    for (const { id, oks } of model.sends.values()) {
        for (const { t, room, epoch, seq } of oks) {
            const log = model.log(room, epoch);
            const at = where(room, epoch, seq);

            if (model.anyLog && log.covers(seq) && !log.has(seq)) {
                yield `${id} was acknowledged as ${at} at ${t} and is not in `
                      + `the log, which has there ${told(log.get(seq))}`;

            } else if (log.seen.has(seq) && log.seen.get(seq).id !== id) {
                yield `${id} was acknowledged as ${at} at ${t}, where the log `
                      + `has ${told(log.seen.get(seq))}`;
            }
        }
    }

    yield* lostEpochs(model);
}


function* lostEpochs(model) {
    for (const [room, logs] of model.logs) {
        const [, ...others] = [...logs.values()].sort((a, b) =>
            a.born - b.born);

        for (const { epoch, born } of others) {
            if (model.anyLog && !model.begins(born)) {
                yield `${room} began anew at ${born} with epoch ${epoch}, and `
                      + 'nothing was done to the store';
            }
        }
    }

    for (const [key, events] of model.views) {
        const [, room] = key.split(' ');
        const { epoch } = events.at(-1).reset ?? events.at(-1);

        if (model.anyLog && model.log(room, epoch).last === null) {
            yield `${key} was in epoch ${epoch}, which is lost, and was not `
                  + 'told';
        }
    }
}


/** What was refused for good is not in the log. */
function* refused(model) {
    for (const log of model.allLogs()) {
        for (const { id, seq } of log.seen.values()) {
            const send = model.sends.get(id);

            if (send !== undefined && send.oks.length === 0
                && send.fails.some(({ doubt }) => !doubt))
            {
                yield `${id} was refused (${send.fails[0].code}) and is in `
                      + `the log at ${where(log.room, log.epoch, seq)}`;
            }
        }
    }
}


/**
 * No message twice in a log, unless the first had fallen off when it came
 * again; no number with two bodies, anywhere.
 */
function* once(model) {
    for (const log of model.allLogs()) {
        const ids = new Map();

        for (const { id, seq, floor } of log.seen.values()) {
            if (ids.has(id) && !(ids.get(id) < floor)) {
                yield `${id} is in the log twice: at ${ids.get(id)} and at `
                      + where(log.room, log.epoch, seq);
            }

            ids.set(id, seq);
        }

        for (const [old, entry] of log.changed ?? []) {
            yield `${where(log.room, log.epoch, old.seq)} was ${told(old)} `
                  + `and is ${told(entry)}`;
        }
    }

    yield* bodies(model);
}


function* bodies(model) {
    for (const [key, events] of model.views) {
        const [, room] = key.split(' ');

        for (const { entry, epoch, t } of events) {
            if (entry === undefined) {
                continue;
            }

            const truth = model.log(room, epoch).get(entry.seq);

            if (truth.id !== entry.id || truth.sha !== entry.sha
                || truth.prev !== entry.prev)
            {
                yield `${where(room, epoch, entry.seq)} is ${told(truth)} `
                      + `prev ${truth.prev}, and ${key} heard ${told(entry)} `
                      + `prev ${entry.prev} at ${t}`;
            }
        }
    }
}


/** Between resets a member hears a slice of the log, whole, in its order. */
function* slices(model) {
    for (const [key, events] of model.views) {
        yield* slice(model, key, events);
    }

    for (const { client, room, epoch, seq, why, t } of model.holes) {
        yield `${client} at ${where(room, epoch, seq)}: ${why} (at ${t})`;
    }

    yield* ends(model);
    yield* pages(model);
    yield* backwards(model);
}


/** Read from its end, a log has the same entries as from its beginning. */
function* backwards(model) {
    for (const { room, epoch, length, sha } of model.backs) {
        const list = [...model.log(room, epoch).last?.values() ?? []];

        if (sha !== digest(list)) {
            yield `read backward, ${room} has not the ${list.length} entries `
                  + `that it has forward, but ${length}`;
        }
    }

    for (const [room, { epoch, seq }] of model.tops) {
        const last = [...model.log(room, epoch).last.keys()].at(-1) ?? seq;

        if (last !== seq) {
            yield `${room} says that its top is ${seq}, and ends at ${last}`;
        }
    }
}


function* slice(model, key, events) {
    const [, room] = key.split(' ');
    let epoch = null;
    let last = 0;

    for (const event of events) {
        if (event.reset !== undefined) {
            ({ epoch, seq: last } = event.reset);
            continue;
        }

        const { seq } = event.entry;
        const { list, place } = model.log(room, event.epoch).order;

        if (event.epoch !== epoch) {
            yield `${key} heard epoch ${event.epoch} in ${epoch}`;
            epoch = event.epoch;

        } else if (seq <= last) {
            yield `${key} heard ${seq} after ${last} at ${event.t}`;

        } else if (place.has(seq) && above(list, last) !== seq) {
            yield `${key} heard ${where(room, epoch, seq)} after ${last} at `
                  + `${event.t}: ${above(list, last)} is missing`;
        }

        last = seq;
    }
}


function* ends(model) {
    for (const { client, room, epoch, seq } of model.finals) {
        const { list } = model.log(room, epoch).order;
        const top = model.tops.get(room);

        if (top !== undefined && top.epoch !== epoch) {
            yield `${client} ends in epoch ${epoch} of ${room}, which is in `
                  + top.epoch;

        } else if (list.length > 0 && seq !== list.at(-1)) {
            yield `${client} ends at ${where(room, epoch, seq)}, and the log `
                  + `at ${list.at(-1)}`;
        }
    }
}


function* pages(model) {
    for (const { client, room, epoch, before, top, list } of model.reads) {
        const { list: all } = model.log(room, epoch).order;

        if (all.length === 0 || list.length === 0) {
            continue;
        }

        const wanted = [...list.map(([seq]) => seq),
                        ...before <= top ? [before] : []];

        for (let i = 1; i < wanted.length; i++) {
            const next = above(all, wanted[i - 1]);

            if (next < wanted[i]) {
                yield `a page before ${before} for ${client} lacks `
                      + where(room, epoch, next);
            }
        }
    }
}


/** What one has sent in order is in order. */
function* senders(model) {
    const latest = new Map();

    for (const send of model.sends.values()) {
        if (send.oks.length === 0) {
            continue;
        }

        const { epoch, seq } = send.oks[0];
        const key = `${send.client} ${send.room} ${epoch}`;
        const before = latest.get(key);

        if (before === undefined || before.seq < seq) {
            latest.set(key, { seq, send });

        } else if (before.send.window === 1 || before.send.first
                   === before.send.last && send.first === send.last)
        {
            yield `${send.id} has ${seq}, and ${before.send.id} of the same `
                  + `sender, sent before it, ${before.seq}`;
        }
    }
}


/** What was answered before another was sent comes before it. */
function* realTime(model) {
    const moments = [];

    for (const send of model.sends.values()) {
        if (send.oks.length > 0) {
            moments.push({ t: send.first, send },
                         { t: send.oks[0].t, send, ok: send.oks[0] });
        }
    }

    moments.sort((a, b) => a.t - b.t);

    const highest = new Map();

    for (const { send, ok } of moments) {
        const { room, epoch } = send.oks[0];
        const key = `${room} ${epoch}`;

        if (ok === undefined) {
            send.floor = highest.get(key);
            continue;
        }

        const { floor } = send;

        if (floor !== undefined && floor.seq >= ok.seq) {
            yield `${send.id} was sent after ${floor.id} was answered, and `
                  + `is ${where(room, epoch, ok.seq)}, not above ${floor.seq}`;
        }

        if ((highest.get(key)?.seq ?? -1) < ok.seq) {
            highest.set(key, { seq: ok.seq, id: send.id });
        }
    }
}


/** Nothing is heard that was not said, or not so. */
function* authentic(model) {
    for (const log of model.allLogs()) {
        for (const [from, entries] of [['log', log.seen],
                                       ['members', heard(log)]])
        {
            for (const entry of entries.values()) {
                yield* said(model, log.room, entry,
                            `${from}: ${where(log.room, log.epoch,
                                              entry.seq)}`);
            }
        }
    }

    for (const { client, room, list } of model.reads) {
        for (const [seq, prev, id, sha] of list) {
            yield* said(model, room, { seq, prev, id, sha },
                        `a page for ${client}: ${seq}`);
        }
    }

    for (const { client, room, seq, t } of model.strays) {
        yield `${client} is not in ${room} and heard ${seq} at ${t}`;
    }
}


function* said(model, room, { id, sha, floor }, at) {
    const send = model.sends.get(id);

    if (send === undefined || send.room !== room) {
        yield `${at} has ${id}, which nobody sent there`;

    } else if (send.sha !== sha && !(send.probe === sha
                                     && forgotten(model, send, floor)))
    {
        yield `${at} has ${id} with sha ${sha}, sent was ${send.sha}`;
    }
}


/** Whether the store may take a cid, which it answered once, for a new one. */
function forgotten(model, { oks }, floor) {
    return model.ended() || oks[0]?.seq < floor;
}


/** Nothing is heard that is not in the log. */
function* phantoms(model) {
    if (!model.anyLog) {
        return;
    }

    for (const log of model.allLogs()) {
        for (const entry of heard(log)) {
            const { seq, id } = entry;

            if (log.covers(seq) && (!log.has(seq) || log.get(seq).id !== id)) {
                yield `members heard ${where(log.room, log.epoch, seq)} `
                      + `${told(entry)}, which is not in the log`;
            }
        }
    }
}


/** Every send is answered in the end, and always with the same. */
function* answered(model) {
    for (const send of model.sends.values()) {
        const [ok, ...others] = send.oks;

        if (ok === undefined && send.fails.length === 0) {
            yield `${send.id} was never answered`;

        } else if (send.fails.length > 0) {
            yield `${send.id} was refused for good: ${send.fails[0].code}`;
        }

        for (const other of others) {
            if (other.seq !== ok.seq || other.epoch !== ok.epoch) {
                yield `${send.id} is ${ok.epoch}/${ok.seq} and `
                      + `${other.epoch}/${other.seq}`;
            }
        }
    }

    for (const probe of model.again) {
        yield* probed(model, probe);
    }

    for (const { client, command, t } of model.unanswered) {
        yield `a ${command} of ${client} was not answered until ${t}`;
    }
}


function* probed(model, { op, type, id, epoch, seq, dup, code }) {
    const ok = model.sends.get(id)?.oks[0];

    if (TEMPORARY.includes(code) || ok === undefined
        || type === 'ok' && epoch !== ok.epoch && model.ended())
    {
        return;
    }

    if (op === 'reuse') {
        if (type === 'ok' || code !== 'cid_reused') {
            yield `${id} was used for another text, and the answer was `
                  + (code ?? `ok, ${seq}`);
        }

    } else if (type !== 'ok') {
        yield `${id} was repeated after its ok and refused: ${code}`;

    } else if (seq !== ok.seq || epoch !== ok.epoch || dup !== true) {
        yield `${id} was ${ok.epoch}/${ok.seq} and, repeated, `
              + `${epoch}/${seq}, dup ${dup}`;
    }
}


export const INVARIANTS = [
    ['I1', 'what was acknowledged is in the log', stored],
    ['I2', 'what was refused is not in the log', refused],
    ['I3', 'nothing twice, no number with two bodies', once],
    ['I4', 'no gap, no double, one order for all', slices],
    ['I5', 'a sender\'s order is kept', senders],
    ['I6', 'answered before sent means before', realTime],
    ['I7', 'nothing is heard that was not said', authentic],
    ['I8', 'nothing is heard that is not in the log', phantoms],
    ['I9', 'every send gets its one answer', answered],
];
