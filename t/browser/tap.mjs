
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Reports node's tests as TAP that prove reads.  Node's own TAP has YAML with
 * block scalars, at which TAP::Parser gives up; here the reason of a failure
 * goes to stderr, as Test::More's diag() does.
 */

import { inspect, stripVTControlCharacters } from 'node:util';


/** @param {AsyncIterable<{type: string, data: any}>} source */
export default async function* tap(source) {
    let count = 0;

    yield 'TAP version 13\n';

    for await (const { type, data } of source) {

        switch (type) {

        case 'test:pass':
        case 'test:fail':
            if (type === 'test:fail') {
                process.stderr.write(comment(`Failed: ${data.name}\n`
                                             + reason(data.details.error)));
            }

            if (data.nesting === 0) {
                yield line(type === 'test:pass', ++count, data);
            }
            break;

        case 'test:diagnostic':
        case 'test:stdout':
            yield comment(data.message);
            break;

        case 'test:stderr':
            process.stderr.write(data.message);
            break;
        }
    }

    yield `1..${count}\n`;
}


/**
 * @param {boolean} ok
 * @param {number} number
 * @param {any} data
 * @returns {string}
 */
function line(ok, number, { name, skip }) {
    const says = flat(name).replace(/[\\#]/g, '\\$&');
    const why = typeof skip === 'string' ? ` ${flat(skip)}` : '';

    return `${ok ? 'ok' : 'not ok'} ${number} - ${says}`
           + `${skip === undefined ? '' : ` # SKIP${why}`}\n`;
}


/** @param {string} text */
function flat(text) {
    return text.replace(/\s+/g, ' ');
}


/** @param {any} error  with the test's own as its cause */
function reason(error) {
    const cause = error?.cause ?? error;

    return typeof cause === 'string' ? cause : cause?.stack ?? inspect(cause);
}


/** @param {string} text */
function comment(text) {
    return stripVTControlCharacters(text).trimEnd().split('\n')
        .map((each) => `# ${each}`.trimEnd() + '\n').join('');
}
