
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A program that the run started, and ends. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

import { sleep } from './history.mjs';

export const STOP_TIME = 15_000;        /* ms */

const START_TIME = 30_000;              /* ms */


function answers(port) {
    return new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');

        socket.on('connect', () => { socket.destroy(); resolve(true); });
        socket.on('error', () => resolve(false));
    });
}


/** Waits until the port answers. */
export async function listening(port, running, why) {
    const deadline = Date.now() + START_TIME;

    while (running() && Date.now() < deadline) {
        if (await answers(port)) {
            return;
        }

        await sleep(20);
    }

    throw new Error(`a program did not start: ${why()}`);
}


/** What our own variables are called, nginx takes for open sockets. */
export function clean() {
    const { NGINX: _, ...rest } = process.env;

    return rest;
}


export function titleOf(pid) {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');

    } catch {
        return '';
    }
}


/** A program that this run started; only its pid is ever signalled. */
export class Program {

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
        await listening(port, () => this.running,
                        () => `${this.process.spawnfile}: ${this.output}`);
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
