
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
import { titleOf, workersOf } from './stand.mjs';

const AOF_TIME = 600;                   /* ms under another appendfsync */
const BACK_TIME = 10_000;               /* ms for a Redis to come back */


/**
 * What a fault may use.
 *
 * @typedef {{dir: string, stand: any, redis: any, random: any,
 *            longest: number}} World   longest: seconds, of a long fault
 */

/** @param {World} world  @returns {number} a worker of ours, or 0 */
function worker({ stand, random }) {
    const all = stand.nodes.flatMap(({ pid }) => workersOf(pid));

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


async function reload({ stand, random }) {
    const { pid } = random.pick(stand.nodes);

    return { pid, done: signal(pid, 'SIGHUP') };
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


/**
 * run: the fault; uses: what no other fault may use meanwhile; weight;
 * replicas: it needs one
 */
export const FAULTS = {
    'worker-kill': { run: workerKill, weight: 4 },
    'worker-stop': { run: workerStop, weight: 3 },
    'reload': { run: reload, weight: 6 },
    'redis-kill-everysec': { run: redisKill('everysec'), uses: 'redis',
                             weight: 2 },
    'redis-kill-always': { run: redisKill('always'), uses: 'redis',
                           weight: 2 },
    'redis-stop': { run: redisStop('redis'), uses: 'redis', weight: 2 },
    'replica-kill': { run: replicaKill, uses: 'replica', replicas: true,
                      weight: 3 },
    'replica-stop': { run: redisStop('replica0'), uses: 'replica',
                      replicas: true, weight: 3 },
    'client-kill-normal': { run: clientKill('normal'), uses: 'redis',
                            weight: 3 },
    'client-kill-pubsub': { run: clientKill('pubsub'), uses: 'redis',
                            weight: 4 },
    'script-flush': { run: scriptFlush, uses: 'redis', weight: 2 },
    'maxmemory': { run: maxmemory, uses: 'redis', weight: 2 },
    'flushall': { run: flushAll, uses: 'redis', weight: 0.5 },
    'cut-reset': { run: cut('reset'), weight: 4 },
    'cut-silence': { run: cut('silence'), weight: 3 },
    'slow-readers': { run: slow, weight: 3 },
};
