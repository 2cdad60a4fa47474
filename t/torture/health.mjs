
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The invariants about the servers' health: presence, liveness, error logs,
 * what the processes hold, and whether a reset had a cause.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PATIENCE = 10_000;                /* ms after the heal, until ... */
const SOON = 1000;                      /* ms */
const RESUMED = 30_000;                 /* ms after the heal */
const SAMPLES = 20;                     /* sends, at least */
const SPARE_FDS = 2;
const RSS_GROWTH = 2;                   /* times what it was under load */
const RSS_SPARE = 32_768;               /* KB */

const BAD_LINE = /\[(?:alert|emerg)\]|Sanitizer|runtime error:/;
const KILLED = new RegExp('worker process (\\d+) exited on signal 9\\b'
                          + '|zone ".*" was locked by (\\d+)');
const SUICIDE = /(\d+)#.*this worker kills itself/g;


/** After the heal every list of a room's users is that of the live ones. */
export function* presence(model) {
    for (const { client, room, list, expect, ms } of model.who) {
        if (list === null) {
            yield `${client} got no list of ${room}, ${ms} ms after the heal`;
            continue;
        }

        const ghosts = list.filter((user) => !expect.includes(user));
        const missing = expect.filter((user) => !list.includes(user));

        if (ghosts.length > 0 || missing.length > 0
            || list.length !== expect.length)
        {
            yield `${client} sees in ${room}, ${ms} ms after the heal: `
                  + `ghosts [${ghosts}], missing [${missing}], `
                  + `${list.length} of ${expect.length}`;
        }
    }

    if (model.who.length === 0) {
        yield 'nobody asked who is there';
    }
}


/** After the heal answers come soon, and everybody hears, and comes back. */
export function* liveness(model) {
    yield* soon('answers', answers(model), 0.99);
    yield* soon('deliveries', deliveries(model), 0.9);

    for (const { client, online, rooms } of model.stuck) {
        yield `${client} did not come back: online ${online}, `
              + JSON.stringify(rooms);
    }

    yield* resumed(model);
}


/** @param {number[]} times  ms  @param {number} share  so many of them */
function* soon(what, times, share) {
    times.sort((a, b) => a - b);

    const time = times[Math.floor(times.length * share)];

    if (times.length < SAMPLES) {
        yield `only ${times.length} ${what} of what was sent later than 10 s `
              + 'after the heal';

    } else if (time > SOON) {
        yield `${Math.round((1 - share) * 100)} % of ${times.length} ${what} `
              + `take ${Math.round(time)} ms and more, 10 s after the heal`;
    }
}


function answers(model) {
    return [...model.sends.values()].filter(({ first, oks }) =>
        oks.length > 0 && model.sinceHeal(first) >= PATIENCE)
        .map(({ first, oks }) => (oks[0].t - first) / 1e6);
}


/** Of what was sent when a member was there again for a while. */
function deliveries(model) {
    const times = [];
    const back = new Map();

    for (const { client, t } of model.resumes) {
        back.set(client, t);
    }

    for (const [key, events] of model.views) {
        const since = back.get(key.split(' ')[0]) ?? 0;

        for (const { entry, t } of events) {
            const first = model.sends.get(entry?.id)?.first ?? 0;

            if (model.sinceHeal(first) >= PATIENCE && first > since) {
                times.push((t - first) / 1e6);
            }
        }
    }

    return times;
}


function* resumed(model) {
    const away = new Map();

    for (const { client, t } of model.lost) {
        if (t < model.healed) {
            away.set(client, t);
        }
    }

    for (const { client, t } of model.resumes) {
        if (t >= away.get(client) && model.sinceHeal(t) <= RESUMED) {
            away.delete(client);
        }
    }

    for (const client of away.keys()) {
        yield `${client} had not resumed 30 s after the heal`;
    }
}


/** No line that says impossible, nothing lost in the processes. */
export function* logs(model, dir) {
    for (let i = 0; existsSync(join(dir, `node${i}`)); i++) {
        const log = readFileSync(join(dir, `node${i}`, 'error.log'), 'utf8');
        const killed = new Set(model.faults.filter(({ id }) =>
            id === 'worker-kill').map(({ pid }) => pid));

        for (const [, pid] of log.matchAll(SUICIDE)) {
            killed.add(Number(pid));
        }

        for (const line of log.split('\n')) {
            const pid = Number(KILLED.exec(line)?.slice(1).find(Boolean));

            if (BAD_LINE.test(line) && !killed.has(pid)) {
                yield `node ${i}: ${line}`;
            }
        }
    }

    for (const { why } of model.stand) {
        yield why;
    }

    yield* leaks(model);
}


function* leaks(model) {
    const most = (id, what) => Math.max(0, ...model.processes
        .filter((each) => each.id === id).map((each) => each[what]));
    const fds = most('idle', 'fds');
    const rss = most('warm', 'rss');

    for (const each of model.processes.filter(({ id }) => id === 'empty')) {
        if (each.fds > fds + SPARE_FDS) {
            yield `worker ${each.pid} of node ${each.node} holds ${each.fds} `
                  + `descriptors when all have gone, ${fds} at first`;
        }

        if (each.rss > rss * RSS_GROWTH + RSS_SPARE) {
            yield `worker ${each.pid} of node ${each.node} holds ${each.rss} `
                  + `KB when all have gone, ${rss} under load`;
        }
    }
}


/** Who asks to go on is only told to begin anew if it must. */
export function* causes(model) {
    for (const [key, events] of model.views) {
        for (const { reset, t } of events) {
            if (reset?.cause === 'lost') {
                yield* cause(model, key, reset, t);
            }
        }
    }
}


function* cause(model, key, { room, epoch, asked, floor, top }, t) {
    if (asked.epoch !== epoch) {
        if (!model.ended(t)) {
            yield `${key}: epoch ${asked.epoch} became ${epoch} at ${t} and `
                  + 'nothing was done to the store';
        }

        return;
    }

    const log = model.log(room, epoch);
    const oldest = log.get(floor);
    const known = oldest !== undefined || log.covers(floor);

    if (asked.after > top || known && !(oldest?.prev > asked.after)) {
        yield `${key} asked to go on after ${epoch}/${asked.after} and was `
              + `refused at ${t}, with floor ${floor} (prev ${oldest?.prev}) `
              + `and top ${top}`;
    }
}


export const HEALTH = [
    ['I10', 'who is there is who is there', presence],
    ['I11', 'after the heal all goes on', liveness],
    ['I12', 'clean logs, nothing held', logs],
    ['I13', 'no reset without a cause', causes],
];
