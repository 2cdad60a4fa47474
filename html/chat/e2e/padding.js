
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Lengths that tell little: texts are padded before they are sealed. */

export const BUCKETS = Object.freeze([64, 256, 1024]);  /* bytes */

const STEP = 1024;                      /* bytes, above the last bucket */
const END = 0x80;                       /* behind the text, then zeros */


/**
 * @param {number} length
 * @returns {number} of what stands for it
 */
export function padded(length) {
    const least = length + 1;

    return BUCKETS.find((bucket) => least <= bucket)
           ?? Math.ceil(least / STEP) * STEP;
}


/**
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function pad(bytes) {
    const all = new Uint8Array(padded(bytes.length));

    all.set(bytes);
    all[bytes.length] = END;
    return all;
}


/**
 * @param {Uint8Array} all
 * @returns {Uint8Array | null} null if it is not what pad() makes
 */
export function unpad(all) {
    let end = all.length - 1;

    while (end >= 0 && all[end] === 0) {
        end--;
    }

    return end >= 0 && all[end] === END && padded(end) === all.length
           ? all.subarray(0, end) : null;
}
