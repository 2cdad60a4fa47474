
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Links that carry a room's secret.  It stands behind "#", which browsers send
 * to nobody, and it has to go from the address bar at once.
 */

import { fromBase64url } from './bytes.js';
import { SECRET_BYTES } from './keys.js';

export const EPOCH_MOST = 2 ** 20;      /* new keys come after each other */

/**
 * @typedef {object} Invitation
 * @property {string | null} room
 * @property {number} epoch
 * @property {string | null} secret  null: it is damaged
 */


/**
 * @param {string} hash  "#room=e~friends&k=...&e=2"
 * @returns {Invitation | null} null without a secret
 */
export function readLink(hash) {
    const fields = new URLSearchParams(hash.replace(/^#/, ''));
    const secret = fields.get('k');
    const epoch = Number(fields.get('e') ?? 1);

    if (secret === null) {
        return null;
    }

    const good = fromBase64url(secret)?.length === SECRET_BYTES
                 && Number.isInteger(epoch)
                 && epoch >= 1 && epoch <= EPOCH_MOST;

    return { room: fields.get('room'), epoch: good ? epoch : 1,
             secret: good ? secret : null };
}


/**
 * @param {string} page  its address; what is behind "#" goes
 * @param {{room: string, epoch: number, secret: string}} invitation
 * @returns {string}
 */
export function writeLink(page, { room, epoch, secret }) {
    const url = new URL(page);
    const fields = new URLSearchParams({ room, k: secret });

    if (epoch !== 1) {
        fields.set('e', String(epoch));
    }

    url.hash = fields.toString();
    return url.href;
}


/**
 * @param {string} hash
 * @returns {string} the same without the secret
 */
export function withoutSecret(hash) {
    const fields = new URLSearchParams(hash.replace(/^#/, ''));

    fields.delete('k');
    fields.delete('e');
    return `#${fields}`;
}
