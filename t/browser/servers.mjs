
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A private redis-server and nginx, on loopback, in their own directories. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync,
         writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MODULE = process.env.CHAT_MODULE
                      ?? join(ROOT, 'build/ngx_http_chat_module.so');

const NGINX = process.env.NGINX ?? '/usr/sbin/nginx';
const REDIS = process.env.REDIS ?? '/usr/bin/redis-server';
const START_WAIT = 10_000;              /* ms */
const STOP_WAIT = 10_000;               /* ms */


/**
 * What is missing fails the tests; with CHAT_SKIP=1 it skips them.
 *
 * @param {string} reason
 */
export function absent(reason) {
    if (process.env.CHAT_SKIP === '1') {
        return reason;
    }

    throw new Error(`${reason}; or skip these tests: CHAT_SKIP=1`);
}


/** @returns {string | false} why the module cannot be tested */
export function missing() {
    for (const path of [MODULE, NGINX, REDIS]) {
        if (!existsSync(path)) {
            return absent(`${path} is not there`);
        }
    }

    return false;
}


/** A sleep that nobody waits for any more keeps no process alive. */
export function sleep(ms, value) {
    return new Promise((done) => {
        const timer = setTimeout(done, ms, value);

        if (value !== undefined) {
            timer.unref();
        }
    });
}


/**
 * Below those that the kernel gives to whoever connects: a server may be
 * started there again later.
 */
export async function freePort() {
    for (let tries = 0; tries < 1000; tries++) {
        const port = 10_000 + Math.floor(Math.random() * 10_000);

        if (await isFree(port)) {
            return port;
        }
    }

    throw new Error('no free port');
}


export function isFree(port) {
    return new Promise((resolve) => {
        const server = createServer();

        server.on('error', () => resolve(false));
        server.listen(port, '127.0.0.1',
                      () => server.close(() => resolve(true)));
    });
}


function answers(port) {
    return new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');

        socket.on('connect', () => { socket.destroy(); resolve(true); });
        socket.on('error', () => resolve(false));
    });
}


class Server {

    process = null;
    output = '';

    /** However the test ends, nothing is left running. */
    #atExit = () => this.process?.kill('SIGTERM');

    async run(path, args, port) {
        this.port = port;
        this.process = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        process.once('exit', this.#atExit);

        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream.on('data', (bytes) => { this.output += bytes; });
        }

        this.gone = new Promise((done) => this.process.on('exit', done));

        for (let waited = 0; waited < START_WAIT; waited += 50) {
            if (this.process.exitCode !== null) {
                break;
            }

            if (await answers(port)) {
                return;
            }

            await sleep(50);
        }

        await this.end('SIGTERM');
        throw new Error(`${path} did not start: ${this.output}`);
    }

    /** @returns {Promise<boolean>} whether it went by itself */
    async end(signal) {
        const server = this.process;

        this.process = null;
        process.off('exit', this.#atExit);

        if (server === null || server.exitCode !== null) {
            return true;
        }

        server.kill(signal);

        const late = Symbol('late');
        const timer = sleep(STOP_WAIT, late);

        if (await Promise.race([this.gone, timer]) !== late) {
            return true;
        }

        server.kill('SIGKILL');
        return false;
    }
}


export class Redis extends Server {

    dir = mkdtempSync(join(tmpdir(), 'chat-redis-'));

    async start() {
        const port = this.port ?? await freePort();

        await this.run(REDIS, ['--port', String(port), '--bind', '127.0.0.1',
            '--save', '', '--appendonly', 'no', '--dir', this.dir], port);
        return port;
    }

    async stop() {
        await this.end('SIGKILL');
    }

    async remove() {
        await this.stop();
        rmSync(this.dir, { recursive: true, force: true });
    }
}


export class Nginx extends Server {

    dir = mkdtempSync(join(tmpdir(), 'chat-nginx-'));

    /**
     * @param {string} http  what stands in the http block
     * @param {number} port
     * @param {string} [level]  of the error log
     */
    async start(http, port, level = 'info') {
        const conf = join(this.dir, 'nginx.conf');
        const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
            .map((name) => `${name}_temp_path ${this.dir}/${name};`);

        writeFileSync(conf, `
load_module ${MODULE};
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 2;
daemon off;
pid ${this.dir}/pid;
error_log ${this.dir}/error.log ${level};
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    access_log off;
    ${temp.join('\n    ')}
    ${http}
}
`);

        await this.run(NGINX, ['-p', this.dir, '-c', conf,
                               '-e', join(this.dir, 'error.log')], port);
    }

    reload() {
        this.process.kill('SIGHUP');
    }

    /** @returns {string[]} lines that no run may leave */
    complaints() {
        const log = readFileSync(join(this.dir, 'error.log'), 'utf8');

        return log.split('\n').filter((line) =>
            /\[(alert|emerg|crit)\]|AddressSanitizer|runtime error/.test(line));
    }

    /** @returns {Promise<string[]>} complaints */
    async remove() {
        const itself = await this.end('SIGQUIT');
        const complaints = this.complaints();

        if (!itself) {
            complaints.push('nginx did not stop within 10 s of SIGQUIT');
        }

        if (complaints.length === 0) {
            rmSync(this.dir, { recursive: true, force: true });
        }

        return complaints;
    }
}
