
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* English, a file for each part of the page. */

import { embed } from './en/embed.js';
import { errors } from './en/errors.js';
import { log } from './en/log.js';
import { secret } from './en/secret.js';
import { shell } from './en/shell.js';
import { status } from './en/status.js';
import { talk } from './en/talk.js';
import { tools } from './en/tools.js';

export const en = Object.freeze({
    ...embed, ...errors, ...log, ...secret, ...shell, ...status, ...talk,
    ...tools,
});
