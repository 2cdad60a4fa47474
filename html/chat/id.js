
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Names for messages that no two clients choose alike. */

const BYTES = 16;


/** @returns {string} a "cid": 128 random bits in hex */
export function messageId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(BYTES)),
                      (b) => b.toString(16).padStart(2, '0')).join('');
}
