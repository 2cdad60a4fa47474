
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The checker: reads the history of --dir, says for each invariant how often
 * it was violated, and shows the first cases.  Exit status 1: there are some.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { HEALTH } from './health.mjs';
import { options, readHistory } from './history.mjs';
import { INVARIANTS } from './invariants.mjs';
import { Model } from './model.mjs';

const SHOWN = 5;                        /* cases of each invariant */


/** @returns {{name: string, what: string, count: number, first: string[]}} */
function verdict([name, what, test], model, dir) {
    const first = [];
    let count = 0;

    for (const evidence of test(model, dir)) {
        count++;

        if (count <= SHOWN) {
            first.push(evidence);
        }
    }

    return { name, what, count, first };
}


/** @param {Iterable<any>} events */
export function judge(events, dir) {
    const model = new Model(events);
    const verdicts = [...INVARIANTS, ...HEALTH].map((each) =>
        verdict(each, model, dir));

    return { model, verdicts };
}


function faultsByKind({ faults }) {
    const kinds = new Map();

    for (const { id, type, done } of faults) {
        if (type === 'ok' && done !== false) {
            kinds.set(id, (kinds.get(id) ?? 0) + 1);
        }
    }

    return [...kinds].sort();
}


function row(name, value) {
    return `    ${name.padEnd(46)} ${String(value).padStart(10)}`;
}


export function report({ model, verdicts }) {
    const { counts } = model;
    const codes = new Map();

    for (const { code } of model.lost) {
        codes.set(code, (codes.get(code) ?? 0) + 1);
    }

    return [
        row('messages acknowledged', counts.acked),
        row('deliveries checked', counts.deliveries),
        row('connections lost', model.lost.length),
        ...[...codes].sort().map(([code, n]) => row(`  by ${code}`, n)),
        row('resets', counts.resets),
        row('resyncs', counts.resyncs),
        row('faults', faultsByKind(model).reduce((all, [, n]) => all + n, 0)),
        ...faultsByKind(model).map(([kind, n]) => row(`  ${kind}`, n)),
        ...[...model.surprises].map(([what, n]) => row(`unexpected ${what}`,
                                                       n)),
        row('violations', ''),
        ...verdicts.flatMap(({ name, what, count, first }) => [
            row(`  ${name.padEnd(3)} ${what}`, count),
            ...first.map((evidence) => `        ${evidence}`),
        ]),
    ].join('\n') + '\n';
}


export function violated(verdicts) {
    return verdicts.filter(({ count }) => count > 0).map(({ name }) => name);
}


if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const { dir } = options({ dir: '.' });
    const judged = judge(readHistory(dir), dir);

    process.stdout.write(report(judged));
    writeFileSync(join(dir, 'verdicts.json'),
                  JSON.stringify(judged.verdicts, null, 4) + '\n');
    process.exitCode = violated(judged.verdicts).length > 0 ? 1 : 0;
}
