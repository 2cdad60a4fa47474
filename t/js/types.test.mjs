
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types in the comments hold, and the library asks for no page. */

import { execFileSync } from 'node:child_process';
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

for (const config of ['tsconfig.json', 'tsconfig.page.json']) {
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
