
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The history: what every program of the torture test saw, one JSON object a
 * line, and the clock that they share.
 */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync,
         writeSync } from 'node:fs';
import { join } from 'node:path';

const FLUSH_BYTES = 65_536;
const FLUSH_TIME = 200;                 /* ms */
const READ_BYTES = 1 << 20;
const SHA_DIGITS = 12;


/** Nanoseconds of the monotonic clock, the same for all processes. */
export function now() {
    return Number(process.hrtime.bigint());
}


export function sleep(ms) {
    return new Promise((done) => setTimeout(done, ms));
}


export function sha(text) {
    return createHash('sha1').update(text).digest('hex').slice(0, SHA_DIGITS);
}


/** Of a list of log entries: equal lists have the same. */
export function digest(list) {
    return sha(list.map(({ seq, prev, id, sha: body }) =>
        `${seq} ${prev} ${id} ${body}`).join('\n'));
}


/** Writes one file of a history; other programs write theirs beside it. */
export class History {

    #lines = [];
    #bytes = 0;

    constructor(path) {
        this.fd = openSync(path, 'a');
        this.timer = setInterval(() => this.flush(), FLUSH_TIME);
        this.timer.unref();
    }

    write(event) {
        const line = JSON.stringify({ t: now(), ...event }) + '\n';

        this.#lines.push(line);
        this.#bytes += line.length;

        if (this.#bytes >= FLUSH_BYTES) {
            this.flush();
        }
    }

    flush() {
        if (this.#lines.length === 0) {
            return;
        }

        const bytes = Buffer.from(this.#lines.join(''));
        let done = 0;

        while (done < bytes.length) {
            done += writeSync(this.fd, bytes, done);
        }

        this.#lines = [];
        this.#bytes = 0;
    }

    close() {
        clearInterval(this.timer);
        this.flush();
        closeSync(this.fd);
    }
}


/** Every event of a directory's *.jsonl files, file by file. */
export function* readHistory(dir) {
    const files = readdirSync(dir).filter((name) => name.endsWith('.jsonl'));

    for (const name of files.sort()) {
        yield* readFile(join(dir, name));
    }
}


function* readFile(path) {
    const fd = openSync(path, 'r');
    const bytes = Buffer.alloc(READ_BYTES);
    let rest = Buffer.alloc(0);

    for (;;) {
        const n = readSync(fd, bytes, 0, READ_BYTES, null);
        const all = Buffer.concat([rest, bytes.subarray(0, n)]);
        const end = all.lastIndexOf(10) + 1;

        rest = Buffer.from(all.subarray(end));

        if (end > 0) {
            for (const line of all.toString('utf8', 0, end - 1).split('\n')) {
                yield JSON.parse(line);
            }
        }

        if (n === 0) {
            closeSync(fd);
            return;
        }
    }
}


/** A random number generator with a seed: mulberry32. */
export class Random {

    constructor(seed) {
        this.state = seed >>> 0;
    }

    /** @returns {number} in [0, 1) */
    next() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;

        let t = this.state;

        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    }

    /** @returns {number} an integer of from ... to */
    int(from, to) {
        return from + Math.floor(this.next() * (to - from + 1));
    }

    chance(share) {
        return this.next() < share;
    }

    pick(list) {
        return list[Math.floor(this.next() * list.length)];
    }

    /** @param {[any, number][]} weights */
    weighted(weights) {
        const sum = weights.reduce((all, [, weight]) => all + weight, 0);
        let at = this.next() * sum;

        for (const [what, weight] of weights) {
            at -= weight;

            if (at < 0) {
                return what;
            }
        }

        return weights.at(-1)[0];
    }

    shuffle(list) {
        const all = [...list];

        for (let i = all.length - 1; i > 0; i--) {
            const j = this.int(0, i);

            [all[i], all[j]] = [all[j], all[i]];
        }

        return all;
    }
}


/** "--name value" pairs of the command line over defaults. */
export function options(defaults) {
    const all = { ...defaults };
    const args = process.argv.slice(2);

    while (args.length > 0) {
        const name = args.shift().replace(/^--/, '');

        if (!(name in defaults) || args.length === 0) {
            throw new Error(`unknown or unfinished option --${name}; there are `
                            + Object.keys(defaults).join(', '));
        }

        const value = args.shift();

        all[name] = typeof defaults[name] === 'number' ? Number(value) : value;
    }

    return all;
}
