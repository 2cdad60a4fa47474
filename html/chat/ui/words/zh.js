
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Chinese, simplified, a file for each part of the page. */

import { embed } from './zh/embed.js';
import { errors } from './zh/errors.js';
import { log } from './zh/log.js';
import { secret } from './zh/secret.js';
import { shell } from './zh/shell.js';
import { status } from './zh/status.js';
import { talk } from './zh/talk.js';
import { tools } from './zh/tools.js';

export const zh = Object.freeze({
    ...embed, ...errors, ...log, ...secret, ...shell, ...status, ...talk,
    ...tools,
});
