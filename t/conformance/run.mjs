#!/usr/bin/env node

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Runs the catalogue of a public WebSocket conformance suite, with its
 * numbers, against a server that echoes:
 *
 *     run.mjs --port=8080 --path=/room --rooms=64 --set=full
 *
 * Room n is at <path>n, n from 1.  A line for each case:
 *
 *     VERDICT <tab> id <tab> title <tab> note <tab> milliseconds
 *
 * VERDICT is OK, INFORMATIONAL, UNIMPLEMENTED, NON-STRICT, UNCLEAN,
 * WRONG-CODE or FAILED; the last four are no success.  --set: full, short
 * (fewer large messages) or brief (a few of each family); --only=7.1 runs a
 * family.
 */

import { parseArgs } from 'node:util';

import { closeCases } from './catalogue/close.mjs';
import { deflateCases } from './catalogue/deflate.mjs';
import { fragmentCases } from './catalogue/fragments.mjs';
import { frameCases } from './catalogue/frames.mjs';
import { limitCases } from './catalogue/limits.mjs';
import { utf8Cases } from './catalogue/utf8.mjs';
import { runCase } from './judge.mjs';

const TOGETHER = 6;

/* of the large messages and the many ones: what the short sets keep */
const SHORT = new RegExp('^(?:9\\.[12]\\.[136]|9\\.[34]\\.[15]|9\\.[56]\\.[15]'
    + '|9\\.[78]\\.[24]|14\\.[12]\\.[146])$');
const BRIEF = new RegExp('^(?:[12]\\.|5\\.|6\\.[1-4]\\.|7\\.1\\.|7\\.3\\.'
    + '|9\\.[12]\\.[14]|9\\.[34]\\.2|9\\.[56]\\.5|9\\.[78]\\.2|14\\.[12]\\.4'
    + '|10\\.|3\\.[14]|4\\.[12]\\.[15]|7\\.[79]\\.1$|13\\.1\\.)');

const { values: options } = parseArgs({ options: {
    port: { type: 'string' },
    path: { type: 'string', default: '/' },
    rooms: { type: 'string', default: '1' },
    set: { type: 'string', default: 'full' },
    only: { type: 'string', default: '' },
    patience: { type: 'string', default: '1' },
} });


function chosen(test) {
    if (options.only !== '') {
        return `${test.id}.`.startsWith(`${options.only}.`);
    }

    switch (options.set) {
    case 'brief': return BRIEF.test(test.id);
    case 'short': return !test.alone || SHORT.test(test.id);
    default: return true;
    }
}


function verdictOf(test, { messages, close }) {
    if (messages === 'FAILED' || close === 'FAILED') {
        return 'FAILED';
    }

    if (close !== 'OK') {
        return close.replace(' ', '-');
    }

    return messages === 'OK' && test.unimplemented ? 'UNIMPLEMENTED'
                                                   : messages;
}


const cases = [...frameCases(), ...fragmentCases(), ...utf8Cases(),
    ...closeCases(), ...limitCases(), ...deflateCases()].filter(chosen);
const rooms = Array.from({ length: Number(options.rooms) }, (_, i) => i + 1);


/* a room that has been empty for longest */
async function runNext(test) {
    const room = rooms.shift();
    const result = await runCase(test, Number(options.port),
        `${options.path}${room}`, Number(options.patience));

    rooms.push(room);
    console.log([verdictOf(test, result), test.id, test.title, result.note,
        Math.round(result.ms)].join('\t'));
}


async function runAll(queue) {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
        await runNext(test);
    }
}


const together = cases.filter((test) => !test.alone);

await Promise.all(Array.from({ length: Math.min(TOGETHER, rooms.length) },
    () => runAll(together)));

/* the large ones one after another: they share what the store can buffer */
await runAll(cases.filter((test) => test.alone));
