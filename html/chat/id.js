
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Names for messages that no two clients choose alike. */

const BYTES = 16;


/**
 * A "cid": 128 random bits in hex.  Without a cryptographic source (Node 18)
 * chance must do: it has to be unique, not secret.
 *
 * @returns {string}
 */
export function messageId() {
    const bytes = new Uint8Array(BYTES);

    if (typeof globalThis.crypto === 'object') {
        globalThis.crypto.getRandomValues(bytes);

    } else {
        bytes.forEach((_, i) => { bytes[i] = Math.random() * 256; });
    }

    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
