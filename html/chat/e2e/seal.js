
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One message sealed and opened: AES-256-GCM, and what it is bound to. */

import { base64url, fromBase64url, join, lp, number, u32, u64 }
    from './bytes.js';
import { Broken } from './broken.js';
import { subtle } from './keys.js';

export const SCHEME = 'chat-e2e/1';
export const SID_BYTES = 16;
export const COUNTER_LIMIT = 2 ** 20;   /* messages of one sid */

const EPOCH_BYTES = 4;
const COUNTER_BYTES = 8;
const NONCE_HEAD = [0, 0, 0, 0];
const TAG_BYTES = 16;
const HEAD = EPOCH_BYTES + SID_BYTES + COUNTER_BYTES;

/** @typedef {import('./keys.js').Key} Key */

/**
 * What a message is bound to: it opens nowhere else.
 *
 * @typedef {import('./keys.js').Place & {counter: number, id: string}} Binding
 */

/**
 * @typedef {object} Packet  what stands in "data"
 * @property {number} epoch
 * @property {Uint8Array} sid
 * @property {number} counter
 * @property {Uint8Array} sealed
 */


/**
 * A counter is used once with a key: the caller sees to that.
 *
 * @param {Key} key  of the sender
 * @param {Binding} binding
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 */
export async function seal(key, binding, bytes) {
    return new Uint8Array(await subtle().encrypt(gcm(binding), key, bytes));
}


/**
 * @param {Key} key
 * @param {Binding} binding
 * @param {Uint8Array} sealed
 * @returns {Promise<Uint8Array>} rejected with Broken
 */
export async function open(key, binding, sealed) {
    try {
        return new Uint8Array(await subtle().decrypt(gcm(binding), key,
                                                     sealed));
    } catch {
        throw new Broken('forged');
    }
}


/**
 * @param {Binding} binding
 * @returns {Uint8Array}
 */
export function boundTo({ room, epoch, user, sid, counter, id }) {
    return join(lp(SCHEME), lp(room), u32(epoch), lp(user), lp(sid),
                u64(counter), lp(id));
}


/**
 * @param {number} counter
 * @returns {Uint8Array}
 */
export function nonce(counter) {
    return join(NONCE_HEAD, u64(counter));
}


/**
 * @param {Packet} packet
 * @returns {string}
 */
export function writePacket({ epoch, sid, counter, sealed }) {
    return base64url(join(u32(epoch), sid, u64(counter), sealed));
}


/**
 * @param {unknown} data
 * @returns {Packet} throws Broken
 */
export function readPacket(data) {
    const bytes = fromBase64url(data);

    if (bytes === null || bytes.length < HEAD + TAG_BYTES) {
        throw new Broken('form');
    }

    const epoch = number(bytes.subarray(0, EPOCH_BYTES));
    const sid = bytes.slice(EPOCH_BYTES, EPOCH_BYTES + SID_BYTES);
    const counter = number(bytes.subarray(EPOCH_BYTES + SID_BYTES, HEAD));

    if (counter >= COUNTER_LIMIT || epoch < 1) {
        throw new Broken('form');
    }

    return { epoch, sid, counter, sealed: bytes.slice(HEAD) };
}


/**
 * @param {Binding} binding
 * @returns {object}
 */
function gcm(binding) {
    return { name: 'AES-GCM', iv: nonce(binding.counter),
             additionalData: boundTo(binding), tagLength: TAG_BYTES * 8 };
}
