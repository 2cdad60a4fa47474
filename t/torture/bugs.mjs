
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Seeded bugs: each makes of a good history what a server with that bug
 * would have caused, and names the invariants of which one must see it.
 */


import { digest } from './history.mjs';


/** The n-th event of which it is true. */
function nth(events, n, what) {
    return events.filter(what)[n];
}


function without(events, gone) {
    return events.filter((event) => event !== gone);
}


function last(events) {
    return events.findLast(({ op }) => op === 'top');
}


/** A delivery in the epoch that lives, to somebody who hears more after. */
function delivery(events, n = 20) {
    const { room, epoch } = last(events);

    return nth(events, n, (event) => event.op === 'deliver'
               && event.room === room && event.epoch === epoch);
}


function ack(events) {
    const { room, epoch } = last(events);

    return nth(events, 10, (event) => event.op === 'send'
               && event.type === 'ok' && event.room === room
               && event.epoch === epoch);
}


function next(events, one) {
    return events.find((event) => event.op === one.op && event.t > one.t
        && event.client === one.client && event.room === one.room);
}


function swap(a, b, ...names) {
    for (const name of names) {
        [a[name], b[name]] = [b[name], a[name]];
    }
}


/** The deliveries of one entry, and of the next one, to m1 and m3. */
function onOneWorker(events) {
    const one = delivery(events);
    const two = next(events, one);
    const heard = ({ seq }) => events.filter((event) =>
        event.op === 'deliver' && ['m1', 'm3'].includes(event.client)
        && event.room === one.room && event.epoch === one.epoch
        && event.seq === seq);

    return [heard(one), heard(two)];
}


function replace(events, what, change) {
    return events.map((event) => what(event) ? { ...event, ...change }
                                             : event);
}


function append(events, ...more) {
    return [...events, ...more];
}


/**
 * name: what the server did; finds: the invariants; make: the history of it;
 * store: of this one only
 *
 * @type {{name: string, finds: string[], make: (events: any[]) => any[],
 *         store?: string}[]}
 */
export const BUGS = [
    {
        name: 'publish before XADD, and XADD fails',
        finds: ['I8'],
        make: (events) => {
            const { id, room, epoch } = ack(events);
            const ours = (event) => event.id === id && event.room === room
                                    && event.epoch === epoch
                                    && ['log', 'send'].includes(event.op);

            return [...events.filter((event) => !ours(event)),
                    { t: 1, op: 'send', type: 'info', id, code: 'unavailable',
                      room }];
        },
    },
    {
        name: 'acknowledged before it was stored, and lost',
        finds: ['I1'],
        make: (events) => {
            const ok = ack(events);
            const { id, room, epoch } = ok;

            return events.filter((event) => event === ok || event.id !== id
                || event.op === 'send' || event.room !== room
                || event.epoch !== epoch);
        },
    },
    {
        name: 'read before subscribe: what came between is not heard',
        finds: ['I4'],
        make: (events) => {
            const first = delivery(events);
            const second = next(events, first);

            return without(without(events, first), second);
        },
    },
    {
        name: 'one delivery dropped, and none after it to show it',
        finds: ['I4'],
        make: (events) => {
            const { client, room, epoch } = delivery(events);
            const end = events.findLast((event) => event.op === 'deliver'
                && event.client === client && event.room === room
                && event.epoch === epoch);
            const rest = without(events, end);

            return replace(rest, (event) => event.op === 'final'
                && event.client === client && event.room === room,
                { seq: end.prev });
        },
    },
    {
        name: 'one delivery dropped',
        finds: ['I4'],
        make: (events) => without(events, delivery(events)),
    },
    {
        name: 'two swapped for one member',
        finds: ['I4'],
        make: (events) => {
            const a = delivery(events);

            swap(a, next(events, a), 'seq', 'prev', 'id', 'sha');
            return events;
        },
    },
    {
        name: 'two bodies swapped for one member',
        finds: ['I3'],
        make: (events) => {
            const a = delivery(events);

            swap(a, next(events, a), 'id', 'sha');
            return events;
        },
    },
    {
        name: 'one doubled',
        finds: ['I4'],
        make: (events) => {
            const one = delivery(events);

            return events.flatMap((event) => event === one ? [one, one]
                                                           : [event]);
        },
    },
    {
        name: 'a repeated send is stored again',
        finds: ['I3'],
        make: (events) => {
            const { room, epoch, seq } = last(events);
            const { id, sha } = nth(events, 3, (event) => event.op === 'log'
                && event.room === room && event.epoch === epoch);

            return append(replace(events, (event) => event.room === room
                                  && event.op === 'final', { seq: seq + 1 }),
                          { t: 1, op: 'log', type: 'ok', room, epoch, id, sha,
                            seq: seq + 1, prev: seq });
        },
    },
    {
        name: 'two bodies under one number',
        finds: ['I3'],
        make: (events) => {
            const one = delivery(events);
            const other = next(events, next(events, one));

            one.id = other.id;
            one.sha = other.sha;
            return events;
        },
    },
    {
        name: 'a body changed on its way',
        finds: ['I7'],
        make: (events) => {
            const one = delivery(events);

            return replace(events, (event) => event.op === 'deliver'
                && event.id === one.id, { sha: '000000000000' });
        },
    },
    {
        name: 'refused, and yet stored',
        finds: ['I2'],
        make: (events) => {
            const ok = ack(events);

            return replace(events, (event) => event === ok,
                           { type: 'fail', code: 'too_large', doubt: false });
        },
    },
    {
        name: 'a sender\'s two messages stored the wrong way round',
        finds: ['I5', 'I6'],
        make: (events) => {
            const one = ack(events);
            const two = next(events, one);
            const other = events.find((event) => event.op === 'send'
                && event.type === 'ok' && event.client === one.client
                && event.room === one.room && event.epoch === one.epoch
                && event.t > two.t && event.id !== one.id);
            const [a, b] = [one, other].map((ok) => events.find(
                (event) => event.op === 'log' && event.id === ok.id
                           && event.type === 'info'));
            const names = (id) => id === a.id ? b : id === b.id ? a : null;

            return events.map((event) => {
                const to = names(event.id);

                return to === null || event.room !== one.room ? event
                     : event.op === 'send' && event.type === 'ok'
                       ? { ...event, seq: to.seq }
                     : ['log', 'deliver'].includes(event.op)
                       ? { ...event, seq: to.seq, prev: to.prev } : event;
            });
        },
    },
    {
        name: 'a later send of another stored before an answered one',
        finds: ['I6'],
        make: (events) => {
            const ok = ack(events);
            const invoke = events.find((event) => event.op === 'send'
                && event.type === 'invoke' && event.t > ok.t
                && event.client !== ok.client && event.room === ok.room);
            const later = events.find((event) => event.op === 'send'
                && event.type === 'ok' && event.id === invoke.id);

            swap(ok, later, 'seq');
            return events;
        },
    },
    {
        name: 'all is lost, and one member is not told',
        finds: ['I1'],
        make: (events) => {
            const reset = nth(events, 0, (event) => event.op === 'reset'
                              && event.cause === 'lost');

            return events.filter((event) => event.client !== reset.client
                || event.room !== reset.room || event.t < reset.t
                || event.op === 'send');
        },
    },
    {
        name: 'a new epoch for nothing',
        finds: ['I1', 'I13'],
        make: (events) => events.filter(({ op }) => op !== 'fault'),
    },
    {
        name: 'a send is never answered',
        finds: ['I9'],
        make: (events) => without(events, ack(events)),
    },
    {
        name: 'a repeated send gets another number',
        finds: ['I9'],
        make: (events) => {
            const one = nth(events, 2, ({ op }) => op === 'again');

            return replace(events, (event) => event === one,
                           { seq: one.seq + 7 });
        },
    },
    {
        name: 'a cid for another text is taken',
        finds: ['I9'],
        make: (events) => {
            const one = nth(events, 2, ({ op }) => op === 'reuse');
            const { epoch, seq } = events.find(({ op, type, id }) =>
                op === 'send' && type === 'ok' && id === one.id);

            return replace(events, (event) => event === one,
                           { type: 'ok', code: undefined, epoch, seq });
        },
    },
    {
        name: 'a ghost',
        finds: ['I10'],
        make: (events) => replace(events, ({ op }) => op === 'who',
                                  { list: ['m0', 'm1', 'm2', 'm3', 'm9'] }),
    },
    {
        name: 'one is missing',
        finds: ['I10'],
        make: (events) => replace(events, ({ op, client }) =>
            op === 'who' && client === 'm2', { list: ['m0', 'm1', 'm2'] }),
    },
    {
        name: 'nothing works after the heal',
        finds: ['I11'],
        make: (events) => {
            const { t: heal } = events.find(({ op }) => op === 'phase');

            return events.map((event) => event.op === 'send'
                && event.type === 'ok' && event.t > heal
                ? { ...event, t: event.t + 2e9 } : event);
        },
    },
    {
        name: 'a worker is not woken, and looks much later',
        finds: ['I11'],
        make: (events) => events.map((event) => event.op === 'deliver'
            && ['m1', 'm3'].includes(event.client)
            ? { ...event, t: event.t + 2e9 } : event),
    },
    {
        name: 'descriptors leak',
        finds: ['I12'],
        make: (events) => replace(events, ({ op, id }) => op === 'process'
                                  && id === 'empty', { fds: 40 }),
    },
    {
        name: 'a member is told to begin anew for nothing',
        finds: ['I13'],
        make: (events) => {
            const one = delivery(events, 40);
            const reset = { t: one.t, op: 'reset', type: 'ok', cause: 'lost',
                            client: one.client, room: one.room,
                            epoch: one.epoch, seq: one.prev, top: one.seq,
                            floor: 1,
                            asked: { after: one.prev, epoch: one.epoch } };

            return events.flatMap((event) => event === one ? [reset, one]
                                                           : [event]);
        },
    },
    {
        name: 'a record is lost between two workers',
        finds: ['I4'],
        make: (events) => {
            const [lost, after] = onOneWorker(events);

            after.forEach((event) => { event.prev = lost[0].prev; });
            return events.filter((event) => !lost.includes(event));
        },
    },
    {
        name: 'two records are swapped between two workers',
        finds: ['I4'],
        make: (events) => {
            const [ones, twos] = onOneWorker(events);

            ones.forEach((one) => swap(one, twos.find(({ client }) =>
                client === one.client), 'seq', 'prev', 'id', 'sha'));
            return events;
        },
    },
    {
        name: 'a record is doubled between two workers',
        finds: ['I4'],
        make: (events) => {
            const [ones] = onOneWorker(events);

            return events.flatMap((event) => ones.includes(event)
                ? [event, { ...event }] : [event]);
        },
    },
    {
        name: 'a worker dies, and the log loses its end',
        finds: ['I1'],
        make: (events) => {
            const { room, epoch, seq } = last(events);
            const { prev } = events.find((event) => event.op === 'log'
                && event.room === room && event.epoch === epoch
                && event.seq === seq);
            const rest = events.filter((event) => event.op === 'send'
                || event.room !== room || event.epoch !== epoch
                || event.seq !== seq || event.op === 'top'
                || event.op === 'final');

            return replace(rest, (event) => event.room === room
                && (event.op === 'top' || event.op === 'final'),
                { seq: prev });
        },
    },
    {
        name: 'a worker dies, and the rooms begin anew',
        finds: ['I1', 'I13'],
        make: (events) => replace(events, ({ op }) => op === 'fault',
                                  { id: 'worker-kill' }),
    },
    {
        name: 'what fell off is passed over in silence',
        store: 'shm',
        finds: ['I4'],
        make: (events) => without(events, nth(events, 0, ({ op, asked, epoch,
            cause }) => op === 'reset' && cause === 'lost'
                        && asked.epoch === epoch)),
    },
    {
        name: 'backward there is one entry less',
        store: 'shm',
        finds: ['I4'],
        make: (events) => {
            const back = nth(events, 0, ({ op }) => op === 'back');
            const list = events.filter(({ op, type, room }) => op === 'log'
                && type === 'ok' && room === back.room);

            return replace(events, (event) => event === back,
                           { sha: digest(list.slice(1)) });
        },
    },
];


/** @returns {any[]} a copy of the history, with the bug */
export function seed(bug, events) {
    return bug.make(events.map((event) => ({ ...event })));
}
