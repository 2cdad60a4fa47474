
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The stand of a run: one Redis with an append-only file, and nodes of nginx
 * with two workers each; or one node, whose workers share their memory.  What
 * was killed is started again, as an init system would.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync,
         readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from '../browser/servers.mjs';
import { crashes, NginxProgram } from './nginx.mjs';
import { Program } from './program.mjs';

export const REDIS = process.env.REDIS ?? '/usr/bin/redis-server';

const MEMORY = '/dev/shm';
const RESTART_PAUSE = [200, 1500];      /* ms */


/*
 * Its files lie in memory: while a disk is busy with an fsync, Redis writes
 * its append-only file up to 2 s late, and a kill may then lose what it has
 * acknowledged, which is no fault of the chat.
 */
class RedisProgram extends Program {

    constructor(dir, port, random, more = []) {
        super();
        Object.assign(this, { dir, port, random, more });

        if (existsSync(MEMORY)) {
            this.memory = mkdtempSync(join(MEMORY, 'chat-torture-'));
            symlinkSync(this.memory, dir);

        } else {
            mkdirSync(dir);
        }
    }

    /** What may be looked at later is moved to where it was expected. */
    settle() {
        if (this.memory !== undefined) {
            rmSync(this.dir);
            cpSync(this.memory, this.dir, { recursive: true });
            rmSync(this.memory, { recursive: true });
            this.memory = undefined;
        }
    }

    async run() {
        this.start(REDIS, ['--port', String(this.port),
            '--bind', '127.0.0.1', '--dir', this.dir, '--save', '',
            '--appendonly', 'yes', '--appendfsync', 'everysec',
            '--maxmemory-policy', 'noeviction',
            '--logfile', join(this.dir, 'redis.log'), ...this.more]);
        writeFileSync(join(this.dir, 'pid'), String(this.pid));
        await this.listening(this.port);
    }

    died() {
        setTimeout(() => this.wanted && this.run().catch(console.error),
                   this.random.int(...RESTART_PAUSE)).unref();
    }
}


export class Stand {

    nodes = [];
    replicas = [];

    /**
     * @param {{dir: string, random: any, store: string, count: number,
     *          history?: string, zone?: string, wait?: number}} options
     *     wait: so many replicas
     */
    constructor({ dir, random, store, count, history = '20000 1d',
                  zone = '64m', wait = 0 }) {
        Object.assign(this, { dir, random, store, count, history, zone,
                              wait });
    }

    /** @param {(port: number) => Promise<number>} [between] a proxy */
    async start(between = async (port) => port) {
        mkdirSync(this.dir, { recursive: true });

        const redis = this.store === 'redis'
            ? await between(await this.#databases()) : undefined;

        for (let i = 0; i < this.count; i++) {
            const node = new NginxProgram(join(this.dir, `node${i}`),
                                          await this.#listen(i));

            this.nodes.push(node);
            await node.run({ redis, zone: this.zone, history: this.history,
                             wait: this.wait });
        }

        writeFileSync(join(this.dir, 'stand.json'), JSON.stringify({
            store: this.store, zone: this.zone, redis: this.redis?.port,
            replicas: this.replicas.length,
            crashes: this.store === 'shm' && crashes(),
            nodes: this.nodes.map(({ dir, ports }) => ({ dir, ports })),
        }));
    }

    /** @returns {Promise<number>} the port of the master */
    async #databases() {
        this.redis = new RedisProgram(join(this.dir, 'redis'),
                                      await freePort(), this.random);
        await this.redis.run();

        for (let i = 0; i < this.wait; i++) {
            const replica = new RedisProgram(join(this.dir, `replica${i}`),
                await freePort(), this.random,
                ['--replicaof', '127.0.0.1', String(this.redis.port),
                 '--repl-diskless-sync-delay', '0']);

            this.replicas.push(replica);
            await replica.run();
        }

        return this.redis.port;
    }

    /** Workers share a port, or each has its own queue: both are tried. */
    async #listen(node) {
        const one = { port: await freePort(), reuseport: node % 2 === 0 };

        return this.store === 'redis' ? [one]
            : [one, { port: await freePort(), reuseport: !one.reuseport }];
    }

    get ports() {
        return this.nodes.flatMap(({ ports }) => ports);
    }

    /** What each worker holds: descriptors, and memory of its own. */
    processes() {
        return this.nodes.flatMap((node, i) => node.workers().map((pid) =>
            ({ node: i, pid, fds: count(`/proc/${pid}/fd`),
               rss: resident(pid) })));
    }

    /** At the end of this process, whatever its reason. */
    kill() {
        for (const { process: child } of this.#redises) {
            child.kill('SIGCONT');
            child.kill('SIGTERM');
        }

        this.nodes.forEach((node) => node.kill('SIGTERM'));
    }

    /** @returns {Promise<string[]>} what went wrong at the end */
    async stop() {
        const faults = [];

        await Promise.all(this.nodes.map(async (node, i) => {
            if (!node.running) {
                faults.push(`node ${i} had died: ${node.output}`);

            } else if (!await node.stop('SIGQUIT')) {
                faults.push(`node ${i} did not stop`);
            }
        }));

        for (const redis of this.#redises) {
            await redis.stop('SIGKILL');
            redis.settle();
        }

        return faults;
    }

    get #redises() {
        return [this.redis, ...this.replicas].filter(Boolean);
    }
}


function count(dir) {
    try {
        return readdirSync(dir).length;

    } catch {
        return 0;
    }
}


function resident(pid) {
    try {
        const [, kilobytes] = /RssAnon:\s+(\d+)/.exec(
            readFileSync(`/proc/${pid}/status`, 'utf8'));

        return Number(kilobytes);

    } catch {
        return 0;
    }
}
