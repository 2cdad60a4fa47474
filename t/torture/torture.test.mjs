
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The torture test's short form: the checker finds seeded bugs, in histories
 * and live, and every kind of fault violates nothing, with either store.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { missing } from '../browser/servers.mjs';
import { liveTests } from './live.mjs';
import { check, record, remove } from './run.mjs';
import { selftest } from './selftest.mjs';

const SEED = Number(process.env.TORTURE_SEED || Date.now() % 1_000_000);
const RUN = { seed: SEED, rate: 100, members: 25, warm: 2000, calm: 12_500,
              faults: { time: 20, gap: '0.8-1.5', cover: 1, longest: 3 } };

const skip = missing();


function say(t, text) {
    text.trimEnd().split('\n').forEach((line) => t.diagnostic(line));
}


test('the checker finds what was seeded into a history', async (t) => {
    for (const { ok, name, why } of selftest()) {
        await t.test(name, () => assert.ok(ok, why));
    }
});


test('the checker finds what goes wrong in front of it', { skip },
     async (t) => {
    for (const { ok, name, why } of await liveTests(SEED)) {
        await t.test(name, () => assert.ok(ok, why));
    }
});


test(`every kind of fault, seed ${SEED}`, { skip, concurrency: true },
     async (t) => {
    await Promise.all(['shm', 'redis'].map((store) =>
        t.test(store, (each) => run(each, store))));
});


async function run(t, store) {
    const dir = await record({ ...RUN, store });
    const { code, output } = await check(dir);

    say(t, output);
    assert.ok(code === 0, `${output}\nthe history is kept in ${dir}`);
    remove(dir);
}
