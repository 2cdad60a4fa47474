
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The kinds of faults.  Each is a function that breaks something of this run,
 * mends it if that is due, and says what it did.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { order } from './control.mjs';
import { sleep } from './history.mjs';
import { configure, masterOf, withCrash, withWorkers, withZone, WORKERS,
         workersOf } from './nginx.mjs';
import { titleOf } from './program.mjs';

const STORM = [4, 12];                  /* reloads of a storm */
const STORM_PAUSE = [20, 200];          /* ms between two of them */
const WORKER_COUNTS = [1, 2, 3, 4];
const MASTER_TIME = 5000;               /* ms for a new master to come */
const BOTH_TIME = [200, 2500];          /* ms of two masters side by side */
const ALONE_TIME = 12_000;              /* ms for the old one to go */
const CRASH_TIME = 2500;                /* ms for a worker to come to a step */
const MEND_TIME = 1500;                 /* ms for members to be sent on */
const AOF_TIME = 600;                   /* ms under another appendfsync */
const BACK_TIME = 10_000;               /* ms for a Redis to come back */


/** operations of the store, and how often a worker dies in each */
const CRASHES = [['publish', 4], ['history', 2], ['enter', 2], ['leave', 2],
                 ['subscribe', 1], ['unsubscribe', 1], ['list', 1],
                 ['signal', 1], ['sweep', 1]];
const ENDED = /(\d+)#.*this worker kills itself/g;
const STOP_STEPS = 6;                   /* the first of each operation */


/**
 * What a fault may use.
 *
 * @typedef {{dir: string, stand: any, redis: any, random: any,
 *            longest: number, steps: Map<string, number>}} World
 *     longest: seconds, of a long fault; steps: where workers died already
 */

/** @param {World} world  @returns {number} a worker of ours, or 0 */
function worker({ stand, random }) {
    const all = stand.nodes.flatMap(({ dir }) => workersOf(masterOf(dir)));

    return all.length > 0 ? random.pick(all) : 0;
}


function signal(pid, name) {
    try {
        process.kill(pid, name);
        return true;

    } catch {
        return false;
    }
}


async function workerKill(world) {
    const pid = worker(world);

    return { pid, done: pid > 0 && signal(pid, 'SIGKILL') };
}


async function workerStop(world) {
    const pid = worker(world);
    const ms = world.random.int(1000, 1000 * world.longest);

    if (pid === 0 || !signal(pid, 'SIGSTOP')) {
        return { pid, done: false };
    }

    await sleep(ms);
    titleOf(pid).includes('worker process') && signal(pid, 'SIGCONT');
    return { pid, ms };
}


function reload({ stand, random }) {
    return hup(random.pick(stand.nodes));
}


/** The new workers of one come while those of the one before still go. */
async function reloadStorm({ stand, random }) {
    const node = random.pick(stand.nodes);
    const n = random.int(...STORM);

    for (let i = 0; i < n; i++) {
        hup(node);
        await sleep(random.int(...STORM_PAUSE));
    }

    return { n };
}


function hup({ dir }) {
    const pid = masterOf(dir);

    return { pid, done: pid > 0 && signal(pid, 'SIGHUP') };
}


async function workers({ stand, random }) {
    const node = random.pick(stand.nodes);
    const n = random.pick(WORKER_COUNTS);

    configure(node.dir, (text) => withWorkers(text, n));
    return { ...hup(node), n };
}


/** Another size is another zone. */
async function zoneSize({ stand, random }) {
    const node = random.pick(stand.nodes);

    node.zone = (node.zone ?? stand.zone) === stand.zone
        ? `${parseInt(stand.zone, 10) + 1}m` : stand.zone;
    configure(node.dir, (text) => withZone(text, node.zone));
    return { ...hup(node), size: node.zone };
}


/** For a while two masters with their workers, then the old ones go. */
async function upgrade({ stand, random }) {
    const { dir } = random.pick(stand.nodes);
    const pid = masterOf(dir);
    const fresh = () => ![0, pid].includes(masterOf(dir));

    if (pid === 0 || !signal(pid, 'SIGUSR2')
        || !await until(fresh, MASTER_TIME))
    {
        return { pid, done: false };
    }

    await sleep(random.int(...BOTH_TIME));
    signal(pid, 'SIGQUIT');
    await until(() => !titleOf(pid).includes(dir), ALONE_TIME);
    return { pid, to: masterOf(dir) };
}


async function until(what, ms) {
    const deadline = Date.now() + ms;

    while (!what() && Date.now() < deadline) {
        await sleep(20);
    }

    return what();
}


/**
 * A worker dies at the next step of an operation, until all its steps have
 * had their turn; what it was is in the error log.
 */
async function crash(world) {
    const { random, steps } = world;
    const op = random.weighted(CRASHES);
    const step = (steps.get(op) ?? 0) + 1;
    const pid = await atStep(world, op, step);

    steps.set(op, pid > 0 ? step : 0);
    return { pid, done: pid > 0, crash: op, step };
}


/** A worker is stopped while it changes the store, and goes on later. */
async function crashStop(world) {
    const { random, longest } = world;
    const op = random.weighted(CRASHES);
    const step = random.int(1, STOP_STEPS);
    const ms = random.int(500, 1000 * longest);
    const pid = await atStep(world, op, -step);

    if (pid > 0) {
        await sleep(ms);
        signal(pid, 'SIGCONT');
    }

    return { pid, done: pid > 0, stopped: op, step, ms };
}


/** @returns {Promise<number>} whom the step ended, or 0 */
async function atStep({ stand, random, steps }, op, step) {
    const { dir } = random.pick(stand.nodes);
    const turn = (steps.get('turn') ?? 0) + 1;
    const ended = () => [...readFileSync(join(dir, 'error.log'), 'utf8')
        .matchAll(ENDED)];
    const before = ended().length;

    steps.set('turn', turn);
    configure(dir, (text) => withCrash(text, `${op} ${step} ${turn}`));
    hup({ dir });
    await until(() => ended().length > before, CRASH_TIME);
    configure(dir, (text) => withCrash(text, 'none'));
    return Number(ended()[before]?.[1] ?? 0);
}


function redisPid({ dir }, name = 'redis') {
    const pid = Number(readFileSync(join(dir, name, 'pid'), 'utf8'));

    return titleOf(pid).includes('redis-server') ? pid : 0;
}


async function redisBack({ redis }) {
    const deadline = Date.now() + BACK_TIME;

    while (Date.now() < deadline) {
        try {
            await redis.call('PING');
            return true;

        } catch {
            await sleep(50);
        }
    }

    return false;
}


function redisKill(fsync) {
    return async (world) => {
        await world.redis.call('CONFIG', 'SET', 'appendfsync', fsync);
        await sleep(AOF_TIME);

        const pid = redisPid(world);

        signal(pid, 'SIGKILL');
        await sleep(100);
        return { pid, done: await redisBack(world) };
    };
}


async function replicaKill(world) {
    const pid = redisPid(world, 'replica0');

    return { pid, done: pid > 0 && signal(pid, 'SIGKILL') };
}


function redisStop(name) {
    return (world) => stop(world, redisPid(world, name));
}


async function stop(world, pid) {
    const ms = world.random.int(1000, Math.min(5, world.longest) * 1000);

    signal(pid, 'SIGSTOP');
    await sleep(ms);
    signal(pid, 'SIGCONT');
    return { pid, ms };
}


function clientKill(type) {
    return async ({ redis }) =>
        ({ killed: await redis.call('CLIENT', 'KILL', 'TYPE', type) });
}


async function scriptFlush({ redis }) {
    await redis.call('SCRIPT', 'FLUSH');
    return {};
}


async function maxmemory({ redis, random }) {
    await redis.call('CONFIG', 'SET', 'maxmemory', '1mb');
    await sleep(random.int(500, 2000));
    await redis.call('CONFIG', 'SET', 'maxmemory', '0');
    return {};
}


async function flushAll({ redis }) {
    await redis.call('FLUSHALL');
    return {};
}


function cut(how) {
    return ({ dir, random, longest }) =>
        order(join(dir, 'load.sock'), {
            do: 'cut', how, share: random.next() * 0.6,
            ms: random.int(1000, 1000 * longest),
        });
}


function slow({ dir, random, longest }) {
    return order(join(dir, 'load.sock'), {
        do: 'slow', share: 0.4,
        ms: random.int(1000, 1000 * Math.min(longest, 8)),
    });
}


function crowd({ dir, random, longest }) {
    return order(join(dir, 'load.sock'), {
        do: 'crowd', rooms: random.int(50, 1500),
        ms: random.int(500, 1000 * Math.min(longest, 5)),
    });
}


/** After the last fault: all as it was. */
export async function mend({ stand, redis }) {
    for (const { dir } of stand.nodes) {
        if (configure(dir, (text) => withWorkers(text, WORKERS))) {
            hup({ dir });
            await sleep(MEND_TIME);
        }
    }

    await redis?.call('CONFIG', 'SET', 'maxmemory', '0');
    redis?.close();
}


/**
 * run: the fault; uses: what no other fault may use meanwhile; weight;
 * needs: what the stand must have
 */
export const FAULTS = {
    'worker-kill': { run: workerKill, weight: 4 },
    'worker-stop': { run: workerStop, weight: 3 },
    'reload': { run: reload, weight: 6 },
    'reload-storm': { run: reloadStorm, weight: 1 },
    'workers': { run: workers, uses: 'nginx', weight: 2 },
    'upgrade': { run: upgrade, uses: 'nginx', weight: 0.5 },
    'zone-size': { run: zoneSize, uses: 'nginx', needs: isShm, weight: 0.5 },
    'crowd': { run: crowd, needs: isShm, weight: 2 },
    'crash': { run: crash, uses: 'nginx', needs: canCrash, weight: 10 },
    'crash-stop': { run: crashStop, uses: 'nginx', needs: canCrash,
                    weight: 2 },
    'redis-kill-everysec': { run: redisKill('everysec'), uses: 'redis',
                             needs: isRedis, weight: 2 },
    'redis-kill-always': { run: redisKill('always'), uses: 'redis',
                           needs: isRedis, weight: 2 },
    'redis-stop': { run: redisStop('redis'), uses: 'redis', needs: isRedis,
                    weight: 2 },
    'replica-kill': { run: replicaKill, uses: 'replica', needs: replicated,
                      weight: 3 },
    'replica-stop': { run: redisStop('replica0'), uses: 'replica',
                      needs: replicated, weight: 3 },
    'client-kill-normal': { run: clientKill('normal'), uses: 'redis',
                            needs: isRedis, weight: 3 },
    'client-kill-pubsub': { run: clientKill('pubsub'), uses: 'redis',
                            needs: isRedis, weight: 4 },
    'script-flush': { run: scriptFlush, uses: 'redis', needs: isRedis,
                      weight: 2 },
    'maxmemory': { run: maxmemory, uses: 'redis', needs: isRedis,
                   weight: 2 },
    'flushall': { run: flushAll, uses: 'redis', needs: isRedis,
                  weight: 0.5 },
    'cut-reset': { run: cut('reset'), weight: 4 },
    'cut-silence': { run: cut('silence'), weight: 3 },
    'slow-readers': { run: slow, weight: 3 },
};


function isShm({ store }) {
    return store === 'shm';
}


function canCrash({ crashes }) {
    return crashes;
}


function isRedis({ store }) {
    return store === 'redis';
}


function replicated({ replicas }) {
    return replicas > 0;
}
