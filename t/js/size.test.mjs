
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the library costs a page: bytes, minified and gzipped. */

import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const INDEX = fileURLToPath(new URL('../../html/chat/index.js',
                                    import.meta.url));
const BUDGET = 10_000;                  /* bytes */
const LATE = new Map([                  /* what is loaded when needed */
    ['fallback.js', 5500],
    ['pass.js', 1000],
    ['refusal.js', 1000],
]);


async function bundler() {
    try {
        return await import('esbuild');
    } catch {
        return null;
    }
}


const esbuild = await bundler();
const skip = esbuild === null && process.env.CHAT_SKIP === '1'
    ? 'esbuild is not installed; run "npm install"' : false;

test('the library takes 10 kB, and only what is rare is loaded late',
     { skip }, async (context) => {
    assert.notEqual(esbuild, null, 'esbuild is not installed; run '
                    + '"npm install", or skip this: CHAT_SKIP=1');

    const { outputFiles, metafile } = await esbuild.build({
        entryPoints: [INDEX], bundle: true, splitting: true, minify: true,
        format: 'esm', target: 'es2022', outdir: 'out', write: false,
        metafile: true, chunkNames: '[name]', logLevel: 'error' });
    const sizes = new Map(outputFiles.map(({ path, contents }) =>
        [basename(path), gzipSync(contents, { level: 9 }).length]));

    for (const [name, size] of sizes) {
        context.diagnostic(`${name}: ${size} bytes`);
    }

    assert.deepEqual([...sizes.keys()].sort(),
                     ['index.js', ...LATE.keys()].sort());
    assert.ok(sizes.get('index.js') <= BUDGET,
              `${sizes.get('index.js')} of ${BUDGET} bytes`);
    LATE.forEach((most, name) => assert.ok(sizes.get(name) <= most, name));

    const [early] = Object.values(metafile.outputs)
        .filter(({ entryPoint }) => entryPoint?.endsWith('chat/index.js'));
    const inputs = Object.keys(early.inputs).map((path) => basename(path));

    assert.ok(inputs.includes('outbox.js') && inputs.includes('indexed.js'));
    assert.ok(!inputs.includes('seal.js'), 'encryption is not in it');
});
