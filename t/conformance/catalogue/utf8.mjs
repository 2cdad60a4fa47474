/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Family 6: UTF-8. */

import { setTimeout as sleep } from 'node:timers/promises';

import { text } from '../judge.mjs';
import { CONT, TEXT, fragments, frame } from '../peer.mjs';

const KOSME = Buffer.from('cebae1bdb9cf83cebcceb5', 'hex');
const hex = (bytes) => Buffer.from(bytes.replaceAll(' ', ''), 'hex');
const part = (op, payload, fin = false) => frame(op, payload, { fin });

/* [family, what, valid, sequences] */
const SEQUENCES = [
    ['6.5', 'valid', true, [
        '68656c6c6f24776f726c64', '68656c6c6fc2a2776f726c64',
        '68656c6c6fe282ac776f726c64', '68656c6c6ff0a4ada2776f726c64',
        KOSME.toString('hex'),
    ]],
    ['6.7', 'first sequence of its length', true, [
        '00', 'c280', 'e0a080', 'f0908080',
    ]],
    ['6.8', 'first sequence of 5 and 6', false, [
        'f888808080', 'fc8480808080',
    ]],
    ['6.9', 'last sequence of its length', true, [
        '7f', 'dfbf', 'efbfbf', 'f48fbfbf',
    ]],
    ['6.10', 'last sequence of 4, 5 and 6', false, [
        'f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf',
    ]],
    ['6.11', 'boundary', true, [
        'ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf',
    ]],
    ['6.11', 'boundary', false, [
        'f4908080',
    ]],
    ['6.12', 'unexpected continuation', false, [
        '80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80',
        '80bf80bf80bf', range(0x80, 0xbf, ''),
    ]],
    ['6.13', 'lonely start', false, [
        range(0xc0, 0xdf, '20'), range(0xe0, 0xef, '20'),
        range(0xf0, 0xf7, '20'), range(0xf8, 0xfb, '20'),
        range(0xfc, 0xfd, '20'),
    ]],
    ['6.14', 'last continuation missing', false, [
        'c0', 'e080', 'f08080', 'f8808080', 'fc80808080',
        'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf',
    ]],
    ['6.15', 'concatenation of incomplete ones', false, [
        'c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf',
    ]],
    ['6.16', 'impossible bytes', false, [
        'fe', 'ff', 'fefeffff',
    ]],
    ['6.17', 'overlong slash', false, [
        'c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af',
    ]],
    ['6.18', 'longest overlong', false, [
        'c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf',
    ]],
    ['6.19', 'overlong zero', false, [
        'c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080',
    ]],
    ['6.20', 'surrogate', false, [
        'eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf',
    ]],
    ['6.21', 'pair of surrogates', false, [
        'eda080edb080', 'eda080edbfbf', 'edadbfedb080', 'edadbfedbfbf',
        'edae80edb080', 'edae80edbfbf', 'edafbfedb080', 'edafbfedbfbf',
    ]],
    ['6.22', 'noncharacter', true, noncharacters()],
    ['6.23', 'special', true, [
        'efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf',
    ]],
];


function range(first, last, behind) {
    let all = '';

    for (let byte = first; byte <= last; byte++) {
        all += byte.toString(16) + behind;
    }

    return all;
}


function noncharacters() {
    return Array.from({ length: 34 }, (_, i) => (
        Buffer.from(String.fromCodePoint((i >> 1) * 0x10000 + 0xfffe
            + (i & 1))).toString('hex')
    ));
}


function sequence(id, what, valid, bytes) {
    return {
        id,
        title: `${what}: ${bytes.length <= 24 ? bytes.toString('hex')
                                              : `${bytes.length} bytes`}`,
        send: (peer) => peer.write(frame(TEXT, bytes)),
        ...(valid ? { strict: [text(bytes)] } : { strict: [], fails: [1007] }),
    };
}


function* wholes() {
    const said = Buffer.from('Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0'
        + '\u00e1-UTF-8!!');
    const bad = Buffer.concat([KOSME, hex('eda080'), Buffer.from('edited')]);

    const echo = (id, title, expected, frames) => ({
        id,
        title,
        send: (peer) => peer.writeEach(frames()),
        strict: [text(expected)],
    });

    yield echo('6.1.1', 'text of 0 bytes', '', () => [frame(TEXT)]);
    yield echo('6.1.2', 'text in 3 fragments of 0 bytes', '', () => [
        part(TEXT, ''), part(CONT, ''), part(CONT, '', true),
    ]);
    yield echo('6.1.3', 'text in 3 fragments, first and last of 0 bytes',
        'middle frame payload', () => [
            part(TEXT, ''), part(CONT, 'middle frame payload'),
            part(CONT, '', true),
        ]);

    yield echo('6.2.1', 'text', said, () => [frame(TEXT, said)]);
    yield echo('6.2.2', 'text cut between two characters', said, () => [
        part(TEXT, said.subarray(0, 12)),
        part(CONT, said.subarray(12), true),
    ]);
    yield echo('6.2.3', 'a fragment an octet', said,
        () => fragments(TEXT, said, 1));
    yield echo('6.2.4', 'a fragment an octet', KOSME,
        () => fragments(TEXT, KOSME, 1));

    yield sequence('6.3.1', 'invalid', false, bad);

    yield {
        id: '6.3.2',
        title: 'invalid, a fragment an octet',
        send: (peer) => peer.writeEach(fragments(TEXT, bad, 1)),
        strict: [],
        fails: [1007],
    };
}


/* the third part should find the connection failed */
function failFast(id, title, parts) {
    return {
        id,
        title: `invalid ${title}, must fail after the second`,
        strict: [],
        fails: [1007],

        async send(peer, left) {
            const [first, second, third] = parts();

            await peer.write(first);
            await sleep(200);

            if (peer.close !== null || peer.over) {
                throw new Error('failed after the first part, still valid');
            }

            await peer.write(second);

            if (await peer.wait(() => peer.close !== null,
                Math.min(1000, left())))
            {
                return {};
            }

            await peer.write(third);
            return { lax: 'failed after the third part only' };
        },
    };
}


function* failFasts() {
    const all = Buffer.concat([KOSME, hex('f4908080'), Buffer.from('edited')]);
    const cuts = [
        [11, 15, 'parts'],
        [12, 13, 'parts, the second is one octet'],
    ];

    for (const [i, [a, b, title]] of cuts.entries()) {
        yield failFast(`6.4.${i + 1}`, `${title}, a frame each`, () => [
            part(TEXT, all.subarray(0, a)),
            part(CONT, all.subarray(a, b)),
            part(CONT, all.subarray(b), true),
        ]);
    }

    for (const [i, [a, b, title]] of cuts.entries()) {
        yield failFast(`6.4.${i + 3}`, `${title}, in one frame`, () => {
            const whole = frame(TEXT, all);
            const head = whole.length - all.length;

            return [whole.subarray(0, head + a),
                whole.subarray(head + a, head + b),
                whole.subarray(head + b)];
        });
    }
}


export function* utf8Cases() {
    const counts = {};

    yield* wholes();
    yield* failFasts();

    for (let n = 1; n <= KOSME.length; n++) {
        yield sequence(`6.6.${n}`, 'prefix', [2, 5, 7, 9, 11].includes(n),
            KOSME.subarray(0, n));
    }

    for (const [family, what, valid, list] of SEQUENCES) {
        for (const bytes of list) {
            counts[family] = (counts[family] ?? 0) + 1;
            yield sequence(`${family}.${counts[family]}`, what, valid,
                hex(bytes));
        }
    }
}
