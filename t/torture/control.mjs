
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How the programs of a run talk: a unix socket, one JSON object a line, each
 * answered by one.
 */

import { connect, createServer } from 'node:net';


function lines(socket, take) {
    let rest = '';

    socket.on('data', (bytes) => {
        const all = (rest + bytes).split('\n');

        rest = all.pop();
        all.forEach((line) => take(JSON.parse(line)));
    });
}


/**
 * @param {string} path
 * @param {(order: any) => Promise<any>} obey
 */
export function serve(path, obey) {
    const server = createServer((socket) => {
        socket.on('error', () => {});

        lines(socket, async (what) => {
            socket.write(JSON.stringify(await obey(what) ?? {}) + '\n');
        });
    });

    return new Promise((done) => server.listen(path, () => done(server)));
}


/** @returns {Promise<any>} the answer */
export function order(path, what) {
    return new Promise((resolve, reject) => {
        const socket = connect(path);

        socket.on('error', reject);
        socket.on('close', () => reject(new Error(`${path} was closed`)));
        socket.write(JSON.stringify(what) + '\n');

        lines(socket, (answer) => {
            resolve(answer);
            socket.end();
        });
    });
}
