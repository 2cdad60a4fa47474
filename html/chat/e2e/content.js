
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is sealed: a text and what belongs to it, as bytes. */

import { fromUtf8, utf8 } from './bytes.js';
import { Broken } from './broken.js';
import { pad, unpad } from './padding.js';

/** The texts that the server would let pass, if it could read them. */
export const TEXT_MOST = 100_000;       /* characters */
export const MARKS_MOST = 8;            /* combining marks in a row */

const FORBIDDEN = new RegExp('[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f]|\\p{Cs}'
                             + '|\\p{Noncharacter_Code_Point}', 'u');
const MARKS = new RegExp(`[\\p{Mn}\\p{Me}]{${MARKS_MOST + 1}}`, 'u');

/**
 * @typedef {object} Content
 * @property {string} text
 * @property {string} [name]  the sender's, as the server tells it, too
 * @property {number} [re]    the number of the message that this one answers
 * @property {object} [meta]
 * @property {number} [unsent]  counters just before this one that were given
 *     up: nothing is missing there
 */


/**
 * @param {Content} content
 * @returns {Uint8Array}
 */
export function writeContent({ text, name, re, meta, unsent }) {
    return pad(utf8(JSON.stringify({ text, name, re, meta,
                                     unsent: unsent || undefined })));
}


/**
 * Members have sealed this, not all of whom need to be friends.
 *
 * @param {Uint8Array} bytes
 * @returns {Content} throws Broken
 */
export function readContent(bytes) {
    const found = parse(bytes);

    if (typeof found?.text !== 'string' || !isText(found.text)) {
        throw new Broken('text');
    }

    return {
        text: found.text,
        ...(typeof found.name === 'string' && { name: found.name }),
        ...(isNumber(found.re) && { re: found.re }),
        ...(isObject(found.meta) && { meta: found.meta }),
        ...(isNumber(found.unsent) && { unsent: found.unsent }),
    };
}


/**
 * @param {string} text
 * @returns {boolean} whether it may be shown
 */
export function isText(text) {
    return text.length > 0 && text.length <= TEXT_MOST
           && !FORBIDDEN.test(text) && !MARKS.test(text);
}


/**
 * @param {Uint8Array} bytes
 * @returns {any}
 */
function parse(bytes) {
    const found = unpad(bytes);

    if (found === null) {
        throw new Broken('form');
    }

    try {
        return JSON.parse(fromUtf8(found));
    } catch {
        throw new Broken('form');
    }
}


/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isNumber(value) {
    return Number.isSafeInteger(value) && Number(value) > 0;
}


/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isObject(value) {
    return typeof value === 'object' && value !== null
           && !Array.isArray(value);
}
