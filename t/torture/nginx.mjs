
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A node of nginx.  It runs as a daemon, for only so it can upgrade itself:
 * its process is whatever its pid file says, if that is one of this node.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync,
         writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sleep } from './history.mjs';
import { clean, listening, STOP_TIME, titleOf } from './program.mjs';

export const ROOT = new URL('../../', import.meta.url).pathname;
export const MODULE = process.env.CHAT_MODULE
                      ?? join(ROOT, 'build/ngx_http_chat_module.so');
export const NGINX = process.env.NGINX ?? '/usr/sbin/nginx';
export const PREFIX = 'torture';
export const WORKERS = 2;

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
const SANITIZERS = ['ASAN_OPTIONS', 'LSAN_OPTIONS', 'UBSAN_OPTIONS'];

/** What a build of tests knows: how to die in the middle of a change. */
const CRASH = 'NGX_CHAT_CRASH';
const QUICK = 20;                       /* ms */


/** The master of the node of a directory, or 0. */
export function masterOf(dir) {
    try {
        const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));

        return titleOf(pid).includes(dir) ? pid : 0;

    } catch {
        return 0;
    }
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


/** Whether workers of this module can be told to die at a step. */
export function crashes() {
    return readFileSync(MODULE).includes(CRASH);
}


/**
 * Changes the node's configuration at once, for the next reload.
 *
 * @returns {boolean} whether it is another now
 */
export function configure(dir, change) {
    const path = join(dir, 'nginx.conf');
    const old = readFileSync(path, 'utf8');
    const text = change(old);

    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return text !== old;
}


export function withWorkers(text, n) {
    return text.replace(/^worker_processes .*;$/m, `worker_processes ${n};`);
}


export function withZone(text, size) {
    return text.replace(/(chat_zone \w+:)\w+;/, `$1${size};`);
}


export function withCrash(text, what) {
    return text.replace(new RegExp(`^env "${CRASH}=.*$`, 'm'),
                        `env "${CRASH}=${what}";`);
}


/** nginx's configure line. */
function built() {
    return spawnSync(NGINX, ['-V'], { encoding: 'utf8', env: clean() }).stderr;
}


function environment() {
    return [...SANITIZERS.filter((name) => name in process.env),
            ...crashes() ? [`"${CRASH}=none"`] : []]
        .map((each) => `env ${each};`).join('\n');
}


function configuration(dir, listen, { redis, zone, history, wait }) {
    const line = built();
    const temp = TEMPORARY
        .filter((name) => !line.includes(`--without-http_${name}_module`))
        .map((name) => `${name}_temp_path ${dir}/${name};`);
    const kept = readFileSync(MODULE).includes('chat_history_page') ? `
    chat_history ${history};
    chat_history_page 50;` : '';
    /* all clients come from one address */
    const lifted = readFileSync(MODULE).includes('chat_max_connections') ? `
    chat_limit off;
    chat_max_connections off;` : '';
    const store = redis === undefined ? `chat_zone torture:${zone};`
        : `chat_redis redis://127.0.0.1:${redis} prefix=${PREFIX}${
            wait > 0 ? ` wait=${wait}` : ''};`;
    const where = listen.map(({ port, reuseport }) =>
        `listen 127.0.0.1:${port} sndbuf=32k${reuseport ? ' reuseport' : ''};`);

    return `
load_module ${MODULE};
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes ${WORKERS};
worker_shutdown_timeout 8s;
pid ${dir}/pid;
error_log ${dir}/error.log info;
${environment()}
events { worker_connections 1024; }
http {
    access_log off;
    ${temp.join('\n    ')}

    ${store}${kept}${lifted}
    chat_user $arg_user;
    chat_message_size 32k;
    chat_buffer_size 256k;
    chat_drain_time 500ms;
    chat_ping_interval 2s;
    chat_ping_timeout 2s;
    chat_send_timeout 5s;

    server {
        ${where.join('\n        ')}

        location /ws {
            chat;
        }

        # for who only looks: it is in no list
        location /quiet {
            chat;
            chat_presence off;
        }
    }
}
`;
}


export class NginxProgram {

    output = '';

    /** @param {{port: number, reuseport: boolean}[]} listen */
    constructor(dir, listen) {
        this.dir = dir;
        this.listen = listen;
        mkdirSync(dir);
    }

    /** @param {{redis?: number, zone?: string, history: string}} of */
    async run(of) {
        const path = join(this.dir, 'nginx.conf');

        writeFileSync(path, configuration(this.dir, this.listen, of));

        const { status, stderr } = spawnSync(NGINX,
            ['-p', this.dir, '-c', path, '-e', join(this.dir, 'error.log')],
            { encoding: 'utf8', env: clean(),
              stdio: ['ignore', 'ignore', 'pipe'] });

        this.output = stderr;
        await listening(this.listen[0].port, () => status === 0,
                        () => `${NGINX}: ${stderr}`);

        /* they are called so when they have begun */
        while (this.running && this.workers().length < WORKERS) {
            await sleep(QUICK);
        }
    }

    get pid() {
        return masterOf(this.dir);
    }

    get running() {
        return this.pid !== 0;
    }

    get ports() {
        return this.listen.map(({ port }) => port);
    }

    workers() {
        return workersOf(this.pid);
    }

    kill(name) {
        const { pid } = this;

        if (pid !== 0) {
            process.kill(pid, name);
        }
    }

    /** @returns {Promise<boolean>} whether it went by itself */
    async stop(name) {
        const { pid } = this;
        const deadline = Date.now() + STOP_TIME;

        this.workers().forEach((each) => process.kill(each, 'SIGCONT'));
        this.kill(name);

        while (titleOf(pid).includes(this.dir)) {
            if (Date.now() > deadline) {
                [pid, ...workersOf(pid)].forEach((each) =>
                    process.kill(each, 'SIGKILL'));
                return false;
            }

            await sleep(QUICK);
        }

        return true;
    }
}
