
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One's own messages sealed: a sid and its counter, never used twice. */

import { randomBytes } from './bytes.js';
import { writeContent } from './content.js';
import { messageKey } from './keys.js';
import { COUNTER_LIMIT, SCHEME, seal, SID_BYTES, writePacket }
    from './seal.js';

/** @typedef {import('./keys.js').Key} Key */
/** @typedef {import('./content.js').Content} Content */

/**
 * @typedef {object} Sealed
 * @property {string} data
 * @property {string} enc
 */


/**
 * A sid belongs to one page load, one user, one epoch.  It is in memory only:
 * after a reload there is a new one with a new key, and no nonce comes twice.
 */
export class Sender {

    #room;

    /** @type {Uint8Array | null} */
    #sid = null;

    /** @type {Promise<Key> | null} */
    #key = null;

    /** @type {Key | null} */
    #secret = null;

    #epoch = 0;
    #user = '';
    #counter = 0;

    /** @type {Set<number>} counters that were given up */
    #given = new Set();

    /** @type {Map<string, number>} of the messages that are not answered */
    #counters = new Map();

    /** @param {string} room */
    constructor(room) {
        this.#room = room;
    }

    /**
     * @param {{secret: Key, epoch: number}} now  what is sealed with now
     * @param {{id: string, name?: string}} user
     * @param {string} cid
     * @param {Content} content
     * @returns {Promise<Sealed>}
     */
    async seal({ secret, epoch }, user, cid, content) {
        this.#turn(secret, epoch, user.id);

        const sid = /** @type {Uint8Array} */ (this.#sid);
        const key = /** @type {Promise<Key>} */ (this.#key);

        this.gaveUp(cid);               /* it is sealed anew */

        const counter = this.#counter++;
        const bytes = writeContent({ ...content, name: user.name,
                                     unsent: this.#unsent(counter) });

        this.#counters.set(cid, counter);

        const sealed = await seal(await key, { room: this.#room, epoch, sid,
            user: user.id, counter, id: cid }, bytes);

        return { enc: SCHEME,
                 data: writePacket({ epoch, sid, counter, sealed }) };
    }

    /**
     * The next message says that this one is not missing.
     *
     * @param {string} cid
     */
    gaveUp(cid) {
        const counter = this.#counters.get(cid);

        if (counter !== undefined) {
            this.#given.add(counter);
            this.#counters.delete(cid);
        }
    }

    /** The next message begins another sid: its order is one log's. */
    turn() {
        this.#secret = null;
    }

    /**
     * For tests: as if so many messages had been sealed.
     *
     * @param {number} counter  a larger one, so that none comes twice
     */
    skipTo(counter) {
        this.#counter = Math.max(this.#counter, counter);
    }

    /** @param {string} cid */
    sent(cid) {
        this.#counters.delete(cid);
    }

    /**
     * @param {number} counter
     * @returns {number} counters just before it that were given up
     */
    #unsent(counter) {
        let unsent = 0;

        while (this.#given.has(counter - 1 - unsent)) {
            unsent++;
        }

        return unsent;
    }

    /**
     * @param {Key} secret
     * @param {number} epoch
     * @param {string} user
     */
    #turn(secret, epoch, user) {
        if (secret === this.#secret && epoch === this.#epoch
            && user === this.#user && this.#counter < COUNTER_LIMIT)
        {
            return;
        }

        this.#sid = randomBytes(SID_BYTES);
        this.#secret = secret;
        this.#epoch = epoch;
        this.#user = user;
        this.#counter = 0;
        this.#given.clear();
        this.#counters.clear();
        this.#key = messageKey(secret, { room: this.#room, epoch, user,
                                         sid: this.#sid });
    }
}
