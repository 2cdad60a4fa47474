#!/usr/bin/env node

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Runs the browser's tests, as TAP.  CHAT_MODULE, NGINX, REDIS and CHROMIUM
 * name other binaries; CHAT_FAKE=1 tests the page without nginx.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const tests = readdirSync(here).filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(here, name)).sort();

const { status } = spawnSync(process.execPath,
    ['--test', '--test-concurrency=1',
     `--test-reporter=${join(here, 'tap.mjs')}`, ...tests],
    { stdio: 'inherit' });

process.exitCode = status ?? 1;
