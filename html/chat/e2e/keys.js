
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * From a room's secret to its keys.  The secret itself is imported once, as
 * a key that no script can read again; all others are derived from it.
 */

import { base64url, fromBase64url, join, lp, randomBytes, u32, utf8 }
    from './bytes.js';
import { Broken } from './broken.js';

export const SECRET_BYTES = 32;
export const PASSPHRASE_ROUNDS = 600_000;
export const PASSPHRASE_LEAST = 12;     /* characters */

const FINGERPRINT_BITS = 128;

/** @typedef {any} Key  a CryptoKey */

/**
 * Whose key, and for what.
 *
 * @typedef {object} Place
 * @property {string} room
 * @property {number} epoch
 * @property {string} user
 * @property {Uint8Array} sid
 */


/** @returns {boolean} browsers encrypt on pages that came by https only */
export function available() {
    return globalThis.crypto?.subtle !== undefined;
}


/** @returns {string} a new secret, as it stands in a link */
export function newSecret() {
    return base64url(randomBytes(SECRET_BYTES));
}


/**
 * @param {unknown} text  as it stands in a link
 * @returns {Promise<Key | null>} null if it is none
 */
export async function roomKey(text) {
    const secret = fromBase64url(text);

    if (secret === null || secret.length !== SECRET_BYTES) {
        return null;
    }

    const key = await importSecret(secret);

    secret.fill(0);
    return key;
}


/**
 * Takes a while, since who has a message can try passphrases, too.
 *
 * @param {string} passphrase
 * @param {string} room
 * @returns {Promise<Key>}
 */
export async function passphraseKey(passphrase, room) {
    const ikm = await subtle().importKey('raw',
        utf8(passphrase.normalize('NFKC').trim()), 'PBKDF2', false,
        ['deriveBits']);
    const salt = join(lp('chat-e2e/1 passphrase'), lp(room));
    const bits = new Uint8Array(await subtle().deriveBits({ name: 'PBKDF2',
        hash: 'SHA-256', salt, iterations: PASSPHRASE_ROUNDS }, ikm,
        SECRET_BYTES * 8));
    const key = await importSecret(bits);

    bits.fill(0);
    return key;
}


/**
 * One sender's key: nobody else has a nonce of it to use.
 *
 * @param {Key} secret
 * @param {Place} place
 * @returns {Promise<Key>}
 */
export function messageKey(secret, place) {
    return subtle().deriveKey(messageHkdf(place), secret,
        { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}


/**
 * For the test vector: the key above as bytes.
 *
 * @param {Key} secret
 * @param {Place} place
 * @returns {Promise<Uint8Array>}
 */
export async function messageKeyBytes(secret, place) {
    return new Uint8Array(await subtle().deriveBits(messageHkdf(place),
                                                    secret, 256));
}


/**
 * The same for two people if they have the same secret.
 *
 * @param {Key} secret
 * @param {string} room
 * @param {number} epoch
 * @returns {Promise<Uint8Array>} 16 bytes
 */
export async function fingerprint(secret, room, epoch) {
    const info = join(lp('chat-e2e/1 fingerprint'), lp(room), u32(epoch));

    return new Uint8Array(await subtle().deriveBits(
        { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info },
        secret, FINGERPRINT_BITS));
}


/** @returns {any} the browser's SubtleCrypto */
export function subtle() {
    if (!available()) {
        throw new Broken('here');
    }

    return crypto.subtle;
}


/**
 * @param {Place} place
 * @returns {object}
 */
function messageHkdf({ room, epoch, user, sid }) {
    return { name: 'HKDF', hash: 'SHA-256', salt: sid,
             info: join(lp('chat-e2e/1 msg'), lp(room), u32(epoch), lp(user),
                        lp(sid)) };
}


/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Key>}
 */
function importSecret(bytes) {
    return subtle().importKey('raw', bytes, 'HKDF', false,
                              ['deriveKey', 'deriveBits']);
}
