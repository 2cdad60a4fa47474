
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The stand of a run: one Redis with an append-only file, and nodes of nginx
 * with two workers each.  What was killed is started again, as an init
 * system would.
 */

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync,
         readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { freePort } from '../browser/servers.mjs';
import { sleep } from './history.mjs';

export const ROOT = new URL('../../', import.meta.url).pathname;
export const MODULE = process.env.CHAT_MODULE
                      ?? join(ROOT, 'build/ngx_http_chat_module.so');
export const NGINX = process.env.NGINX ?? '/usr/sbin/nginx';
export const REDIS = process.env.REDIS ?? '/usr/bin/redis-server';
export const PREFIX = 'torture';

const MEMORY = '/dev/shm';

const START_TIME = 10_000;              /* ms */
const STOP_TIME = 15_000;               /* ms */
const RESTART_PAUSE = [200, 1500];      /* ms */
const WORKERS = 2;
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];


function answers(port) {
    return new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');

        socket.on('connect', () => { socket.destroy(); resolve(true); });
        socket.on('error', () => resolve(false));
    });
}


/** A program that this run started; only its pid is ever signalled. */
class Program {

    output = '';
    wanted = true;

    start(path, args) {
        this.process = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'],
                                           env: clean() });

        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream.on('data', (bytes) => {
                this.output = (this.output + bytes).slice(-4000);
            });
        }

        this.process.on('error', (error) => { this.output += error; });
        this.gone = new Promise((done) => this.process.on('exit', done));
        this.gone.then(() => this.wanted && this.died());
    }

    get pid() {
        return this.process.pid;
    }

    get running() {
        return this.process.exitCode === null
               && this.process.signalCode === null;
    }

    async listening(port) {
        const deadline = Date.now() + START_TIME;

        while (this.running && Date.now() < deadline) {
            if (await answers(port)) {
                return;
            }

            await sleep(20);
        }

        throw new Error(`${this.process.spawnfile} did not start: `
                        + this.output);
    }

    async stop(signal) {
        this.wanted = false;

        if (!this.running) {
            return true;
        }

        this.process.kill('SIGCONT');
        this.process.kill(signal);

        const itself = await Promise.race([this.gone.then(() => true),
                                           sleep(STOP_TIME)]);

        if (itself !== true) {
            this.process.kill('SIGKILL');
        }

        return itself === true;
    }
}


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


class NginxProgram extends Program {

    constructor(dir, port) {
        super();
        this.dir = dir;
        this.port = port;
        mkdirSync(dir);
    }

    /** @param {{redis: number, reuseport: boolean, history: string}} of */
    async run(of) {
        const path = join(this.dir, 'nginx.conf');

        writeFileSync(path, configuration(this.dir, this.port, of));
        this.start(NGINX, ['-p', this.dir, '-c', path,
                           '-e', join(this.dir, 'error.log')]);
        await this.listening(this.port);
    }

    died() {
        this.output += '\nnginx died';
    }

    workers() {
        return workersOf(this.pid);
    }
}


/** nginx's configure line. */
function built() {
    return spawnSync(NGINX, ['-V'], { encoding: 'utf8', env: clean() }).stderr;
}


/** What our own variables are called, nginx takes for open sockets. */
function clean() {
    const { NGINX: _, ...rest } = process.env;

    return rest;
}


/** The workers of a master, those that shut down too. */
export function workersOf(master) {
    const path = `/proc/${master}/task/${master}/children`;

    if (!existsSync(path)) {
        return [];
    }

    return readFileSync(path, 'utf8').trim().split(' ').filter(Boolean)
        .map(Number).filter((pid) => titleOf(pid).includes('worker process'));
}


export function titleOf(pid) {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');

    } catch {
        return '';
    }
}


function configuration(dir, port, { redis, reuseport, history, wait }) {
    const line = built();
    const temp = TEMPORARY
        .filter((name) => !line.includes(`--without-http_${name}_module`))
        .map((name) => `${name}_temp_path ${dir}/${name};`);
    const kept = readFileSync(MODULE).includes('chat_history_page') ? `
    chat_history ${history};
    chat_history_page 50;` : '';

    return `
load_module ${MODULE};
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes ${WORKERS};
worker_shutdown_timeout 8s;
daemon off;
pid ${dir}/pid;
error_log ${dir}/error.log info;
events { worker_connections 1024; }
http {
    access_log off;
    ${temp.join('\n    ')}

    chat_redis redis://127.0.0.1:${redis} prefix=${PREFIX}${
        wait > 0 ? ` wait=${wait}` : ''};${kept}

    server {
        listen 127.0.0.1:${port} sndbuf=32k${reuseport ? ' reuseport' : ''};

        location /ws {
            chat;
            chat_user $arg_user;
            chat_message_size 32k;
            chat_buffer_size 256k;
            chat_drain_time 500ms;
            chat_ping_interval 2s;
            chat_ping_timeout 2s;
            chat_send_timeout 5s;
        }
    }
}
`;
}


export class Stand {

    nodes = [];
    replicas = [];

    /**
     * @param {{dir: string, random: any, count?: number, history?: string,
     *          wait?: number}} options  wait: so many replicas
     */
    constructor({ dir, random, count = 2, history = '20000 1d', wait = 0 }) {
        Object.assign(this, { dir, random, count, history, wait });
    }

    /** @param {(port: number) => Promise<number>} [between] a proxy */
    async start(between = async (port) => port) {
        mkdirSync(this.dir, { recursive: true });
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

        const redis = await between(this.redis.port);

        for (let i = 0; i < this.count; i++) {
            const node = new NginxProgram(join(this.dir, `node${i}`),
                                          await freePort());

            this.nodes.push(node);
            await node.run({ redis, reuseport: i % 2 === 0,
                             history: this.history, wait: this.wait });
        }

        writeFileSync(join(this.dir, 'stand.json'), JSON.stringify({
            redis: this.redis.port, replicas: this.replicas.length,
            nodes: this.nodes.map(({ pid, port }) => ({ pid, port })),
        }));
    }

    get ports() {
        return this.nodes.map(({ port }) => port);
    }

    /** What each worker holds: descriptors and resident memory. */
    processes() {
        return this.nodes.flatMap((node, i) => node.workers().map((pid) =>
            ({ node: i, pid, fds: count(`/proc/${pid}/fd`),
               rss: resident(pid) })));
    }

    /** At the end of this process, whatever its reason. */
    kill() {
        for (const { process: child } of [...this.nodes, ...this.replicas,
                                          this.redis])
        {
            child?.kill('SIGCONT');
            child?.kill('SIGTERM');
        }
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

        for (const redis of [this.redis, ...this.replicas]) {
            await redis?.stop('SIGKILL');
            redis?.settle();
        }

        return faults;
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
        const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(
            readFileSync(`/proc/${pid}/status`, 'utf8'));

        return Number(kilobytes);

    } catch {
        return 0;
    }
}
