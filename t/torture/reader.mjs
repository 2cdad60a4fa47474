
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The reader of the logs: follows every room's stream in Redis during a run,
 * and at the end reads them all from the beginning.
 */

import { join } from 'node:path';

import { serve } from './control.mjs';
import { History, options, sha, sleep } from './history.mjs';
import { Redis } from './resp.mjs';
import { parsePayload } from './wire.mjs';

const PAUSE = 200;                      /* ms between two looks */
const PAGE = 2000;                      /* entries */

const option = options({ dir: '', port: 0, rooms: 8, prefix: 'torture' });
const history = new History(join(option.dir, 'reader.jsonl'));
const redis = new Redis(option.port);
const rooms = Array.from({ length: option.rooms }, (_, i) =>
    ({ room: `room${i}`, epoch: null, last: 0 }));

let following = true;


await serve(join(option.dir, 'reader.sock'), async () => {
    following = false;
    await followed;

    for (const each of rooms) {
        await readAll(each.room);
    }

    history.close();
    setTimeout(() => process.exit(0), 100);
    return {};
});

const followed = follow();


async function follow() {
    while (following) {
        for (const each of rooms) {
            await look(each).catch(() => {});
        }

        await sleep(PAUSE);
    }
}


function key(room, what) {
    return `${option.prefix}:{${room}}:${what}`;
}


/** Epoch and entries belong together: nothing may come between. */
async function page(room, after) {
    redis.call('MULTI').catch(() => {});
    redis.call('HMGET', key(room, 'm'), 'e', 's').catch(() => {});
    redis.call('XRANGE', key(room, 'l'), `(${after}-0`, '+', 'COUNT', PAGE)
        .catch(() => {});

    const [[epoch, top], entries] = await redis.call('EXEC');

    return { epoch: epoch?.toString() ?? null,
             top: Number((top ?? '0').toString().split(' ')[0]),
             entries: entries.map(entry) };
}


/** The one field holds the record: a header line, and the payload. */
function entry([id, [name, record]]) {
    const end = record.indexOf(10);
    const prev = record.subarray(0, end).toString().split(' ')[2];
    const payload = parsePayload(record.subarray(end + 1));

    if (name.toString() !== 'm1') {
        throw new Error(`an entry of another form: ${name}`);
    }

    return { seq: Number(id.toString().split('-')[0]), prev: Number(prev),
             id: payload.cid, sha: sha(payload.body ?? ''),
             user: payload.user };
}


async function look(each) {
    const { epoch, entries } = await page(each.room, each.last);

    if (epoch !== each.epoch && each.epoch !== null) {
        each.last = 0;
        each.epoch = epoch;
        return;
    }

    each.epoch = epoch;

    for (const one of entries) {
        history.write({ op: 'log', type: 'info', room: each.room, epoch,
                        ...one });
        each.last = one.seq;
    }
}


async function readAll(room) {
    let after = 0;

    for (;;) {
        const { epoch, top, entries } = await page(room, after);

        for (const one of entries) {
            history.write({ op: 'log', type: 'ok', room, epoch, ...one });
        }

        if (entries.length < PAGE) {
            history.write({ op: 'top', type: 'ok', room, epoch, seq: top,
                            length: await redis.call('XLEN',
                                                     key(room, 'l')) });
            return;
        }

        after = entries.at(-1).seq;
    }
}
