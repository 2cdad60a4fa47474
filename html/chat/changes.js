
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Edits and deletions: asking for them, and what a page makes of them. */

import { ChatError } from './error.js';
import { messageId } from './id.js';

/** The name in welcome.features. */
export const EDIT = 'edit';

/**
 * @typedef {object} Change
 * @property {number} seq      of the event
 * @property {boolean} deleted
 * @property {string} [text]   absent where it cannot be read
 */

/** @typedef {{cid?: string}} Again  the same one repeats it safely */


/** Each is a promise of the server's answer, or of a ChatError. */
export class Changes {

    #room;

    /** @type {Map<number, Change>} the last one, by the message's number */
    #known = new Map();

    /** @param {Pick<import('./room.js').Room, 'change' | 'sealed'>} room */
    constructor(room) {
        this.#room = room;
    }

    /**
     * What is encrypted is not edited: the server would read the new text.
     *
     * @param {number} ref   the message's number
     * @param {string} text
     * @param {Again} [again]
     * @returns {Promise<any>}
     */
    async edit(ref, text, { cid = messageId() } = {}) {
        if (this.#room.sealed !== null) {
            throw new ChatError({ code: 'forbidden', status: 403, message:
                'Messages of an encrypted room cannot be edited.' });
        }

        return this.#room.change('edit', { ref, text, cid });
    }

    /**
     * @param {number} ref
     * @param {Again & {reason?: string}} [more]  a moderator may say why
     * @returns {Promise<any>}
     */
    remove(ref, { cid = messageId(), reason } = {}) {
        return this.#room.change('delete', { ref, cid,
            ...(reason !== undefined && { reason }) });
    }

    /**
     * An event "edit" or "delete", live or of a page.
     *
     * @param {any} frame
     * @returns {Change | null} null: something later is known already
     */
    note({ deleted, ev, ref, seq, text }) {
        const last = this.#known.get(ref);

        if (last !== undefined && (last.deleted || last.seq >= seq)) {
            return null;
        }

        const change = { seq, deleted: ev === 'delete' || deleted === true,
                         text };

        this.#known.set(ref, change);
        return change;
    }

    /**
     * What has become of a message.
     *
     * @param {any} frame
     * @returns {Change | null} null: it is as it was said
     */
    of({ deleted, seq }) {
        return deleted === true ? { seq, deleted }
                                : this.#known.get(seq) ?? null;
    }

    /** The room begins anew. */
    clear() {
        this.#known.clear();
    }
}
