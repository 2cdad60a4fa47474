
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The reader of the logs where they can only be had from the chat itself: a
 * member of all rooms that asks for their history, over and over.  What it
 * writes down is what it was answered, never what it heard; at the end it
 * reads all there is from the beginning, and from the end.
 */

import { join } from 'node:path';

import { serve } from './control.mjs';
import { digest, History, options, sha, sleep } from './history.mjs';
import { Line } from './line.mjs';

const PAUSE = 100;                      /* ms between two looks */
const PAGE = 50;                        /* entries */
const TOP = Number.MAX_SAFE_INTEGER;
const TRIES = 100;                      /* of the last reading of a room */

const option = options({ dir: '', ports: '', rooms: 8 });
const history = new History(join(option.dir, 'reader.jsonl'));
const rooms = Array.from({ length: option.rooms }, (_, i) =>
    ({ room: `room${i}`, epoch: null, ends: new Map() }));
const line = new Line(option.ports.split(',').map(Number),
                      rooms.map(({ room }) => room));

let following = true;


await serve(join(option.dir, 'reader.sock'), async () => {
    following = false;
    await followed;

    for (const each of rooms) {
        await readAll(each);
    }

    history.close();
    line.stop();
    setTimeout(() => process.exit(0), 100);
    return {};
});

const followed = follow();


async function follow() {
    while (following) {
        await Promise.all(rooms.map((each) => look(each).catch(() => {})));
        await sleep(PAUSE);
    }
}


function entry({ seq, prev, cid, text, from }) {
    return { seq, prev, id: cid, sha: sha(text ?? ''), user: from?.id };
}


/** All that is new in the epoch that was seen last. */
async function look(each) {
    const { room, epoch } = each;

    if (epoch === null) {
        await turn(each);
        return;
    }

    const after = each.ends.get(epoch) ?? 0;
    const { ok, error } = await line.ask('history', { room, after, epoch,
                                                      limit: PAGE });

    if (error?.code === 'gone') {
        await skip(each, after);

    } else if (error?.code === 'epoch_changed') {
        await turn(each);

    } else if (ok !== undefined) {
        await take(each, ok);
    }
}


async function take(each, { epoch, floor, messages, more }) {
    for (const message of messages) {
        history.write({ op: 'log', type: 'info', room: each.room, epoch,
                        floor, ...entry(message) });
        each.ends.set(epoch, message.seq);
    }

    if (more && messages.length > 0) {
        await look(each);
    }
}


/** Where the room is now; with an upgrade there are two of it for a while. */
async function turn(each) {
    const { ok } = await latest(each);

    each.epoch = ok?.epoch ?? each.epoch;
}


function latest({ room }) {
    return line.ask('history', { room, before: TOP, limit: 1 });
}


/** What was overwritten before it was read is not known, and that is said. */
async function skip(each, after) {
    const { ok } = await latest(each);

    if (ok !== undefined && ok.epoch === each.epoch && ok.floor > after + 1) {
        history.write({ op: 'gap', type: 'info', room: each.room,
                        epoch: ok.epoch, after, before: ok.floor });
        each.ends.set(ok.epoch, ok.floor - 1);
    }
}


/** Until an answer comes. */
async function insist(op, fields) {
    for (let i = 0; i < TRIES; i++) {
        const { ok } = await line.ask(op, fields);

        if (ok !== undefined) {
            return ok;
        }

        await sleep(PAUSE);
    }

    throw new Error(`no answer to ${op} ${JSON.stringify(fields)}`);
}


async function readAll(each) {
    const { room } = each;

    for (let i = 0; i < TRIES; i++) {
        const { epoch, top } = await insist('history', { room, before: TOP,
                                                         limit: 1 });

        await look(each).catch(() => {});

        if (each.epoch === epoch && (each.ends.get(epoch) ?? 0) >= top) {
            break;
        }
    }

    const forward = await readForward(room);
    const back = await readBack(room);

    for (const message of forward.list) {
        history.write({ op: 'log', type: 'ok', room, epoch: forward.epoch,
                        floor: forward.floor, ...entry(message) });
    }

    history.write({ op: 'back', type: 'ok', room, epoch: forward.epoch,
                    length: back.length, sha: digest(back.map(entry)) });
    history.write({ op: 'top', type: 'ok', room, epoch: forward.epoch,
                    seq: forward.top, length: forward.list.length });
}


async function readForward(room) {
    const { epoch, top, floor } = await insist('history',
                                               { room, before: TOP, limit: 1 });
    const list = [];

    for (;;) {
        const ok = await insist('history', {
            room, limit: PAGE, after: list.at(-1)?.seq ?? floor - 1 });

        list.push(...ok.messages);

        if (!ok.more || ok.messages.length === 0) {
            return { epoch, top, floor, list };
        }
    }
}


async function readBack(room) {
    const list = [];

    for (;;) {
        const ok = await insist('history', {
            room, limit: PAGE, before: list[0]?.seq ?? TOP });

        list.unshift(...ok.messages);

        if (!ok.more || ok.messages.length === 0) {
            return list;
        }
    }
}
