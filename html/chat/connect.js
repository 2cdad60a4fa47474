
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The way in. */

import { Client } from './client.js';


/**
 * Opens a chat.  The client comes back by itself until close() is called or
 * the server says that coming back is no use.
 *
 * @param {string | URL} url  where the location with "chat" is, ws or wss
 * @param {import('./client.js').Options} [options]
 * @returns {Client}
 */
export function connect(url, options) {
    const client = new Client(url, options);

    client.connect();
    return client;
}
