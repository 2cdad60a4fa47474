
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What a promise of this library is rejected with. */

/**
 * @typedef {object} Details
 * @property {string} code         the protocol's, or one of this library's:
 *                                 offline, unknown, expired, discarded,
 *                                 elsewhere, not_sealed
 * @property {string} message      a sentence for people
 * @property {number} [status]     as in HTTP
 * @property {boolean} [temporary] the same may work later
 * @property {number} [retry_after] seconds
 * @property {number} [until]      ms UTC, end of a ban or mute
 * @property {string} [cid]        the message's id, to repeat it with
 */


export class ChatError extends Error {

    /** @param {Details} details */
    constructor(details) {
        super(details.message);

        this.name = 'ChatError';
        this.code = details.code;
        this.status = details.status ?? 0;
        this.temporary = details.temporary === true;
        this.retryAfter = details.retry_after ?? null;
        this.until = details.until ?? null;
        this.cid = details.cid ?? null;
    }

    /** @returns {boolean} nobody knows whether it was done */
    get unknown() {
        return this.code === 'unknown' || this.code === 'unavailable';
    }

    /**
     * @param {any} frame  the "error" member of an answer
     * @param {string} [cid]
     * @returns {ChatError}
     */
    static from(frame, cid) {
        const { code = 'internal', message, ...more } = frame ?? {};

        return new ChatError({ ...more, code, cid,
            message: message || `The server said "${code}".` });
    }
}
