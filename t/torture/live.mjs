
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The checker tested on live runs: behind a proxy that misbehaves, or that
 * loses what the module must find again.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROXIES, proxy } from './proxy.mjs';
import { check, record, remove } from './run.mjs';

const LOAD = 3000;                      /* ms */
const TOO_SHORT = 'I11';                /* such a run says nothing about it */


async function live({ name, where, store, filters, finds }, seed) {
    const between = (port) => proxy(port, filters);
    const dir = await record({
        seed, store, nodes: 1, rooms: 2, members: 10, rate: 150, warm: LOAD,
        calm: 0,
        between: where === 'redis' ? between : undefined,
        ports: where === 'nginx'
            ? (ports) => Promise.all(ports.map(between)) : undefined,
    });
    const { output } = await check(dir);
    const verdicts = JSON.parse(readFileSync(join(dir, 'verdicts.json')));
    const names = verdicts.filter(({ count }) => count > 0)
        .map((each) => each.name).filter((each) => each !== TOO_SHORT);
    const ok = finds.length === 0
        ? names.length === 0
        : finds.some((each) => names.includes(each));

    if (ok) {
        remove(dir);
    }

    return { ok, name: `live, ${store}: ${name} (${names.join(' ')})`,
             why: `${output}\nthe history is kept in ${dir}` };
}


/** @returns {Promise<{ok: boolean, name: string, why: string}[]>} */
export function liveTests(seed, proxies = PROXIES) {
    return Promise.all(proxies.map((each) => live(each, seed)));
}
