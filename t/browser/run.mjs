#!/usr/bin/env node

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Runs the browser's tests, or those named ("chat" is chat.test.mjs), as TAP.
 * CHAT_MODULE, NGINX, REDIS and CHROMIUM name other binaries; CHAT_FAKE=1 tests
 * the page without nginx.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const named = process.argv.slice(2).map((name) => `${name}.test.mjs`);
const files = named.length > 0 ? named
    : readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort();
const tests = files.map((name) => join(here, name));

const { status } = spawnSync(process.execPath,
    ['--test', '--test-concurrency=1',
     `--test-reporter=${join(here, 'tap.mjs')}`, ...tests],
    { stdio: 'inherit' });

process.exitCode = status ?? 1;
