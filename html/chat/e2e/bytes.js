
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Numbers, names and texts as bytes, in one way only. */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });


/**
 * @param {string} text
 * @returns {Uint8Array}
 */
export function utf8(text) {
    return encoder.encode(text);
}


/**
 * @param {Uint8Array} bytes
 * @returns {string} throws if they are no UTF-8
 */
export function fromUtf8(bytes) {
    return decoder.decode(bytes);
}


/**
 * With its length in front, so that no two lists of names look alike.
 *
 * @param {string | Uint8Array} value  of at most 65,535 bytes
 * @returns {Uint8Array}
 */
export function lp(value) {
    const bytes = typeof value === 'string' ? utf8(value) : value;

    if (bytes.length > 0xffff) {
        throw new RangeError('too long for a length of two bytes');
    }

    return join([bytes.length >> 8, bytes.length & 0xff], bytes);
}


/**
 * @param {number} n  0 to 2^32 - 1
 * @returns {Uint8Array} big-endian
 */
export function u32(n) {
    return big(n, 4);
}


/**
 * @param {number} n  0 to 2^53
 * @returns {Uint8Array} big-endian
 */
export function u64(n) {
    return big(n, 8);
}


/**
 * @param {Uint8Array} bytes  big-endian
 * @returns {number} not exact above 2^53
 */
export function number(bytes) {
    return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}


/**
 * @param {...ArrayLike<number>} parts
 * @returns {Uint8Array}
 */
export function join(...parts) {
    const all = new Uint8Array(parts.reduce((sum, { length }) =>
        sum + length, 0));
    let at = 0;

    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }

    return all;
}


/**
 * @param {number} length
 * @returns {Uint8Array}
 */
export function randomBytes(length) {
    return crypto.getRandomValues(new Uint8Array(length));
}


/**
 * @param {Uint8Array} bytes
 * @returns {string} base64url without padding
 */
export function base64url(bytes) {
    let text = '';

    bytes.forEach((byte) => { text += String.fromCharCode(byte); });
    return btoa(text).replace(/\+/g, '-').replace(/\//g, '_')
        .replace(/=+$/, '');
}


/**
 * @param {unknown} text
 * @returns {Uint8Array | null} null for what base64url() would not write
 */
export function fromBase64url(text) {
    if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text)
        || text.length % 4 === 1)
    {
        return null;
    }

    const bytes = Uint8Array.from(
        atob(text.replace(/-/g, '+').replace(/_/g, '/')),
        (character) => character.charCodeAt(0));

    return base64url(bytes) === text ? bytes : null;
}


/**
 * @param {number} n
 * @param {number} length
 * @returns {Uint8Array}
 */
function big(n, length) {
    const bytes = new Uint8Array(length);

    if (!Number.isSafeInteger(n) || n < 0) {
        throw new RangeError('no number that can be written');
    }

    for (let i = length - 1; i >= 0; i--) {
        bytes[i] = n % 256;
        n = Math.floor(n / 256);
    }

    if (n > 0) {
        throw new RangeError('too large a number');
    }

    return bytes;
}
