
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A fingerprint as people compare it: 16 pictures, or 8 numbers. */

/** First and last code points; all together are 256. */
const RANGES = [
    [0x1f400, 0x1f43e], [0x1f330, 0x1f335], [0x1f337, 0x1f37c],
    [0x1f380, 0x1f393], [0x1f3a0, 0x1f3c1], [0x1f680, 0x1f6a2],
    [0x1f451, 0x1f463], [0x1f4a1, 0x1f4a3], [0x1f4b0, 0x1f4b0],
    [0x1f4bb, 0x1f4bb], [0x1f4d5, 0x1f4d5], [0x1f4e6, 0x1f4e6],
    [0x1f4f7, 0x1f4f7], [0x1f511, 0x1f511],
];

/** A picture for each byte. */
export const PICTURES = Object.freeze(RANGES.flatMap(([first, last]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) =>
        String.fromCodePoint(Number(first) + i))));


/**
 * @param {Uint8Array} bytes
 * @returns {string[]} one for each byte
 */
export function pictures(bytes) {
    return Array.from(bytes, (byte) => String(PICTURES[byte]));
}


/**
 * @param {Uint8Array} bytes
 * @returns {string[]} five digits for two bytes
 */
export function numbers(bytes) {
    return Array.from({ length: bytes.length / 2 }, (_, i) =>
        String(Number(bytes[2 * i]) * 256 + Number(bytes[2 * i + 1]))
            .padStart(5, '0'));
}
