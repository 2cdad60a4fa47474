
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * "make torture": one run with faults, and its summary.  TORTURE_STORE is shm
 * or redis, TORTURE_TIME the time of the faults in seconds, TORTURE_SEED makes
 * a run repeatable as far as chance is concerned; see README.md for the others.
 */

import { check, record, remove } from './run.mjs';

const env = process.env;
const seed = Number(env.TORTURE_SEED || Date.now() % 1_000_000);
const store = env.TORTURE_STORE || 'shm';
const time = Number(env.TORTURE_TIME || 900);
const faults = { time, gap: env.TORTURE_GAP || '1-4', cover: 1,
                 longest: Number(env.TORTURE_LONGEST || 20),
                 kinds: env.TORTURE_KINDS || '' };

if (store !== 'shm' && store !== 'redis') {
    throw new Error(`no store ${store}; there are shm, redis`);
}

console.log(`store ${store}, seed ${seed}, ${time} s of faults`);

const dir = await record({
    seed, store, dir: env.TORTURE_DIR || undefined,
    faults: time > 0 ? faults : undefined,
    rate: Number(env.TORTURE_RATE || 250),
    members: Number(env.TORTURE_MEMBERS || 40),
    rooms: Number(env.TORTURE_ROOMS || 8),
    library: Number(env.TORTURE_LIBRARY || 0.5),
    zone: env.TORTURE_ZONE || undefined,
    wait: Number(env.TORTURE_WAIT || 0),
    history: env.TORTURE_HISTORY || undefined,
});
const { code, output } = await check(dir);

console.log(output);

if (code === 0 && env.TORTURE_KEEP !== '1') {
    remove(dir);

} else {
    console.log(`the history is kept in ${dir}`);
    console.log(`again: make torture TORTURE_STORE=${store} `
                + `TORTURE_SEED=${seed} TORTURE_TIME=${time}`);
}

process.exitCode = code;
