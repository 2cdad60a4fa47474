
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The fault injector: faults at random, of processes that this run started.
 *
 *     --kinds worker-kill=4,reload=1   only these, with these weights
 *     --gap 1-4                        seconds between two
 *     --cover 1                        first each kind once
 *     --time 60                        seconds in all
 *     --longest 20                     seconds, of the longest fault
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { FAULTS, mend } from './faults.mjs';
import { History, now, options, Random, sleep } from './history.mjs';
import { Redis } from './resp.mjs';

const option = options({ dir: '', seed: 1, kinds: '', gap: '1-4', cover: 0,
                         time: 60, longest: 20 });
const [shortest, longest] = option.gap.split('-').map((s) => s * 1000);
const random = new Random(option.seed);
const history = new History(join(option.dir, 'faults.jsonl'));
const stand = JSON.parse(readFileSync(join(option.dir, 'stand.json'), 'utf8'));
const redis = stand.store === 'redis' ? new Redis(stand.redis) : undefined;
const world = { dir: option.dir, stand, redis, random, steps: new Map(),
                longest: option.longest };
const weights = kinds();
const busy = new Map();
const running = new Set();


await main();


function kinds() {
    if (option.kinds === '') {
        return Object.entries(FAULTS)
            .filter(([, { needs }]) => needs?.(stand) ?? true)
            .map(([kind, { weight }]) => [kind, weight]);
    }

    return option.kinds.split(',').map((each) => {
        const [kind, weight = '1'] = each.split('=');

        if (!(FAULTS[kind]?.needs?.(stand) ?? kind in FAULTS)) {
            throw new Error(`no fault ${kind} here; there are `
                            + Object.keys(FAULTS).join(', '));
        }

        return [kind, Number(weight)];
    });
}


async function main() {
    const end = Date.now() + option.time * 1000;
    const first = option.cover
        ? random.shuffle(weights.map(([kind]) => kind)) : [];

    while (Date.now() < end || first.length > 0) {
        const kind = first.length > 0 ? first.shift()
                                      : random.weighted(weights);
        const gap = random.int(shortest, longest);

        await inject(kind);
        await sleep(gap);
    }

    await Promise.all(running);
    await mend(world);
    history.close();
    process.exit(0);
}


/** Begins a fault as soon as what it uses is free. */
async function inject(kind) {
    const { uses } = FAULTS[kind];

    await busy.get(uses);

    const one = perform(kind).finally(() => running.delete(one));

    running.add(one);

    if (uses !== undefined) {
        busy.set(uses, one);
    }
}


async function perform(kind) {
    const start = now();

    history.write({ op: 'fault', type: 'invoke', id: kind });

    try {
        const did = await FAULTS[kind].run(world);

        history.write({ op: 'fault', type: 'ok', id: kind, start, ...did });

    } catch (error) {
        history.write({ op: 'fault', type: 'info', id: kind, start,
                        why: error.message });
    }

    history.flush();
}
