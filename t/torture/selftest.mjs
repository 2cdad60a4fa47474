
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The checker tested: a good history passes, and each seeded bug is found. */

import { BUGS, seed } from './bugs.mjs';
import { judge, violated } from './check.mjs';
import { sample } from './sample.mjs';

const NOWHERE = '/nonexistent';         /* there are no error logs */


/** @returns {{ok: boolean, name: string, why: string}[]} */
export function selftest() {
    return ['redis', 'shm'].flatMap(testOf);
}


function testOf(store) {
    const events = sample(store);
    const found = (list) => violated(judge(list, NOWHERE).verdicts);
    const good = found(events);
    const bugs = BUGS.filter((bug) => (bug.store ?? store) === store);

    return [
        { ok: good.length === 0, name: `${store}: a good history passes`,
          why: good.join() },
        ...bugs.map((bug) => {
            const names = found(seed(bug, events));

            return { ok: bug.finds.some((name) => names.includes(name)),
                     name: `${store}: found: ${bug.name} `
                           + `(${names.join(' ')})`,
                     why: `not by ${bug.finds.join(' or ')}` };
        }),
    ];
}
