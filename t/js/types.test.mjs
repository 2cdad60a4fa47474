
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The types in the comments hold, the library asks for no page, and what users
 * are told of it (*.d.ts) is what it is.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const require = createRequire(import.meta.url);


function compiler() {
    try {
        return require.resolve('typescript/bin/tsc');
    } catch {
        return null;
    }
}


const tsc = compiler();
const skip = tsc === null && process.env.CHAT_SKIP === '1'
    ? 'typescript is not installed; run "npm install"' : false;

for (const config of ['tsconfig.json', 'tsconfig.page.json',
                      'tsconfig.user.json'])
{
    test(`tsc --checkJs, ${config}`, { skip }, () => {
        const path = fileURLToPath(new URL(config, import.meta.url));

        if (tsc === null) {
            throw new Error('typescript is not installed; run "npm install", '
                            + 'or skip this: CHAT_SKIP=1');
        }

        try {
            execFileSync(process.execPath, [tsc, '-p', path]);
        } catch (error) {
            throw new Error(String(error.stdout || error));
        }
    });
}


/** Methods and getters, as far as a .d.ts shows them. */
function members(text) {
    return [...text.matchAll(/^ {4}(?:static |readonly )*(\w+)[(<:]/gm)]
        .map(([, name]) => name).filter((name) => name !== 'constructor');
}


/** Of a class, with what its objects inherit, but nothing for insiders. */
function methods({ prototype }) {
    const names = Object.getOwnPropertyNames(prototype);
    const parent = Object.getPrototypeOf(prototype);

    return [...names, ...Object.getOwnPropertyNames(parent)].filter((name) =>
        !(name in Object.prototype) && !['emit', 'bare', 'close', 'texts']
            .includes(name));
}


for (const name of ['index', 'changes', 'memory', 'moderator', 'seal', 'shared',
    'e2e/index'])
{
    test(`${name}.d.ts names what ${name}.js exports`, async () => {
        const told = readFileSync(new URL(`../../html/chat/${name}.d.ts`,
                                          import.meta.url), 'utf8');
        const real = await import(`../../html/chat/${name}.js`);
        const names = [...told.matchAll(
            /^export (?:class|const|function) (\w+)/gm)]
            .map(([, each]) => each);

        assert.deepEqual(names.sort(), Object.keys(real).sort());
        assert.ok(names.length > 0);
    });
}


for (const [file, name, inner] of [['memory', 'MemoryStore', []],
    ['changes', 'Changes', []],
    ['moderator', 'Moderator', []], ['seal', 'Seal', []],
    ['shared', 'Share', ['client', 'close']], ['shared', 'Seat', ['room']]])
{
    test(`${file}.d.ts tells what a ${name} has`, async () => {
        const told = readFileSync(new URL(`../../html/chat/${file}.d.ts`,
                                          import.meta.url), 'utf8');
        const [, body] = new RegExp(`class ${name} .*?\\{\n(.*?)^\\}`, 'ms')
            .exec(told);
        const { [name]: real } = await import(`../../html/chat/${file}.js`);

        assert.deepEqual([...new Set(members(body))].sort(),
                         [...new Set([...methods(real), ...inner])].sort());
    });
}
