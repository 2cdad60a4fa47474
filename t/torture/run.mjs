
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * One run of the torture test: the stand, the generator, the faults, the
 * healing, the last reading, the checker.  See README.md.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { order } from './control.mjs';
import { History, Random, sleep } from './history.mjs';
import { PREFIX, WORKERS } from './nginx.mjs';
import { Stand } from './stand.mjs';

const HERE = new URL('.', import.meta.url).pathname;
const WARM_TIME = 5000;                 /* ms of load before the faults */
const CALM_TIME = 13_000;               /* ms of load after them */
const GONE_TIME = 9000;                 /* ms for old workers to go */
const SOCKET_TIME = 30_000;              /* ms */
const NODES = { redis: 2, shm: 1 };
const PRESENCE = { redis: 20, shm: 3 }; /* s after the heal */
const HEAP = '--max-old-space-size=6144';


process.setMaxListeners(0);
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));


/** A program of this directory, ended with the run. */
export function program(name, args) {
    const child = spawn(process.execPath, [HEAP, join(HERE, name), ...args],
                        { stdio: ['ignore', 'pipe', 'inherit'] });
    const kill = () => child.kill();
    let output = '';

    child.stdout.on('data', (bytes) => { output += bytes; });
    process.once('exit', kill);

    const done = new Promise((resolve) => child.on('close', (code) => {
        process.off('exit', kill);
        resolve({ code, output });
    }));

    return { child, done };
}


/** An order to a program that may be starting still. */
async function tell(path, what) {
    const deadline = Date.now() + SOCKET_TIME;

    for (;;) {
        try {
            return await order(path, what);

        } catch (error) {
            if (error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED'
                || Date.now() > deadline)
            {
                throw error;
            }

            await sleep(50);
        }
    }
}


function args(object) {
    return Object.entries(object).flatMap(([name, value]) =>
        [`--${name}`, String(value)]);
}


/**
 * @param {{seed: number, store: 'redis' | 'shm', dir?: string, rate?: number,
 *          members?: number, rooms?: number, library?: number,
 *          nodes?: number, zone?: string, wait?: number, faults?: object,
 *          history?: string, ports?: Function, between?: Function,
 *          warm?: number, calm?: number}} run
 * @returns {Promise<string>} the directory of the history
 */
export async function record(run) {
    const dir = run.dir ?? mkdtempSync(join(tmpdir(), 'chat-torture-'));
    const random = new Random(run.seed);
    const { store, zone, wait } = run;
    const stand = new Stand({ dir, random, store, zone, wait,
                              count: run.nodes ?? NODES[store],
                              history: run.history });
    const kill = () => stand.kill();

    process.once('exit', kill);

    try {
        await stand.start(run.between);
        await drive(run, dir, stand);

    } finally {
        await stand.stop();
        process.off('exit', kill);
    }

    return dir;
}


/** Who reads the rooms' logs, to compare with: as near the store as can be. */
function readerOf({ dir, store, redis, ports }, rooms) {
    return store === 'redis'
        ? program('reader.mjs', args({ dir, port: redis.port, rooms,
                                       prefix: PREFIX }))
        : program('follower.mjs', args({ dir, ports: ports.join(), rooms }));
}


async function drive(run, dir, stand) {
    const history = new History(join(dir, 'run.jsonl'));
    const rooms = run.rooms ?? 8;
    const ports = await run.ports?.(stand.ports) ?? stand.ports;
    const { seed } = run;

    history.write({ op: 'run', type: 'info', store: stand.store,
                    zone: stand.zone });
    sample(history, stand, 'idle');

    const reader = readerOf(stand, rooms);
    const load = program('load.mjs', args({
        dir, ports: ports.join(), seed, rooms, rate: run.rate ?? 250,
        members: run.members ?? 40, salt: seed.toString(36),
        library: run.library ?? 0.5, presence: PRESENCE[stand.store],
        publishers: Math.ceil((run.members ?? 40) / 2),
    }));

    try {
        await phases(run, dir, () => sample(history, stand, 'warm'));
        await Promise.all([load.done, reader.done]);

    } finally {
        /* they have ended, unless something failed */
        load.child.kill();
        reader.child.kill();
    }

    await settled(stand);
    sample(history, stand, 'empty');

    for (const fault of await stand.stop()) {
        history.write({ op: 'stand', type: 'fail', why: fault });
    }

    history.close();
}


async function phases({ seed, faults, warm, calm }, dir, warmed) {
    const generator = join(dir, 'load.sock');

    await tell(generator, { do: 'load' });
    await sleep(warm ?? WARM_TIME);
    warmed();

    if (faults !== undefined) {
        await program('inject.mjs', args({ dir, seed, ...faults })).done;
    }

    await order(generator, { do: 'heal' });
    await sleep(calm ?? CALM_TIME);
    await order(generator, { do: 'finish' });
    await order(join(dir, 'reader.sock'), {});
    await order(generator, { do: 'empty' });
}


/** Workers that shut down may take their time, and no more. */
async function settled(stand) {
    const deadline = Date.now() + GONE_TIME;
    const expected = stand.nodes.length * WORKERS;

    while (stand.processes().length !== expected && Date.now() < deadline) {
        await sleep(100);
    }
}


function sample(history, stand, id) {
    for (const each of stand.processes()) {
        history.write({ op: 'process', type: 'info', id, ...each });
    }
}


/** @returns {Promise<{code: number, output: string}>} */
export function check(dir, ...more) {
    return program('check.mjs', ['--dir', dir, ...more]).done;
}


export function remove(dir) {
    rmSync(dir, { recursive: true, force: true });
}


export function save(dir, name, text) {
    writeFileSync(join(dir, name), text);
}
