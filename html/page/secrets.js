
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which rooms are encrypted, and the keys of them that are here. */

import { available, encrypt, fingerprint, Keep, newSecret, passphraseKey,
         readLink, Ring, roomKey, writeLink } from '../chat/e2e/index.js';
import { SECRET_PREFIX } from '../chat/plain.js';
import { ROOM_FORM } from './address.js';

const NEWS = 'ngx_chat_keys';

const BASE64 = 3 / 4;                   /* bytes of a character */
const CONTENT_REST = 512;               /* bytes around a text, and its name */
const FRAME_REST = 512;                 /* bytes around what is sealed */
const STEP = 1024;                      /* bytes, by which it is padded */

/** @typedef {import('../chat/index.js').Client} Client */
/** @typedef {import('../chat/index.js').Room} Room */
/** @typedef {import('../chat/e2e/link.js').Invitation} Invitation */

/**
 * A new key: the link that opens it, and whether a reload of the page will
 * find it.
 *
 * @typedef {{link: string, kept: boolean}} Made
 */

/**
 * open  there is a key
 * key   there is none
 * here  there is no encryption on this page
 *
 * @typedef {'open'|'key'|'here'} Lock
 */


/**
 * @param {string} room
 * @returns {boolean}
 */
export function isSecret(room) {
    return room.startsWith(SECRET_PREFIX);
}


/**
 * @param {string} room
 * @returns {string} as people see it
 */
export function shownName(room) {
    return isSecret(room) ? room.slice(SECRET_PREFIX.length) || room : room;
}


/**
 * What is sealed needs more room in a frame than its text.
 *
 * @param {number | undefined} message  bytes of a frame, 0: any number
 * @returns {number | undefined} for which the texts fit that fit into it
 */
export function sealedLimit(message) {
    return !message ? message
        : Math.floor((message - FRAME_REST) * BASE64 / STEP) * STEP
          - CONTENT_REST;
}


export class Secrets {

    /** @type {Map<string, Ring>} */
    #rings = new Map();

    #keep;
    #changed;
    #now;
    #news = new BroadcastChannel(NEWS);

    /**
     * @param {string} scope  which chat
     * @param {(room: string) => void} changed  there is another key
     * @param {() => number} now  ms UTC by the server's clock, as its messages
     */
    constructor(scope, changed, now) {
        this.#now = now;
        this.#keep = new Keep(scope);
        this.#changed = changed;
        this.#news.onmessage = ({ data }) => void this.#heard(data);
    }

    /**
     * From its first word on; a room that is not encrypted stays as it is.
     *
     * @param {Room} room
     * @param {Client} client
     */
    seal(room, client) {
        if (isSecret(room.name)) {
            encrypt(room, this.#ring(room.name), () => client.user?.name);
        }
    }

    /**
     * @param {string} room
     * @returns {Promise<Lock | null>} null: it is not encrypted
     */
    async lock(room) {
        if (!isSecret(room)) {
            return null;
        }

        await this.#ring(room).ready;
        return this.lockNow(room);
    }

    /**
     * @param {string} room
     * @returns {Lock | null}
     */
    lockNow(room) {
        if (!isSecret(room)) {
            return null;
        }

        return !available() ? 'here'
               : this.#ring(room).now === null ? 'key' : 'open';
    }

    /**
     * @param {string} room
     * @returns {Promise<Uint8Array | null>} null without a key
     */
    async fingerprint(room) {
        const ring = this.#ring(room);

        await ring.ready;
        return ring.now === null ? null
               : fingerprint(ring.now.secret, room, ring.now.epoch);
    }

    /**
     * A new room with a new key.
     *
     * @param {string} room
     * @returns {Promise<Made>}
     */
    async create(room) {
        return this.#newKey(room, 1);
    }

    /**
     * A new key in place of the one before, for those who stay.
     *
     * @param {string} room
     * @returns {Promise<Made>}
     */
    async renew(room) {
        const ring = this.#ring(room);

        await ring.ready;
        return this.#newKey(room, (ring.now?.epoch ?? 0) + 1);
    }

    /**
     * @param {string} room
     * @param {string} passphrase
     * @returns {Promise<boolean>} whether a reload of the page will find it
     */
    async unlock(room, passphrase) {
        return this.#add(room, { epoch: 1, since: this.#now(),
            secret: await passphraseKey(passphrase, room) });
    }

    /**
     * @param {Invitation} invitation
     * @returns {Promise<'new'|'same'|'other'|'damaged'>}  other: there is
     *     another key here, so that people have to decide
     */
    async judge({ room, epoch, secret }) {
        if (room === null || !ROOM_FORM.test(room) || !isSecret(room)
            || secret === null)
        {
            return 'damaged';
        }

        const ring = this.#ring(room);
        const key = await roomKey(secret);

        await ring.ready;

        if (ring.now === null) {
            return 'new';
        }

        const prints = await Promise.all(ring.keys.map((each) =>
            fingerprint(each.secret, room, epoch)));
        const print = String(await fingerprint(key, room, epoch));

        return prints.some((each) => String(each) === print) ? 'same'
                                                             : 'other';
    }

    /**
     * @param {Invitation} invitation  that is not damaged
     * @returns {Promise<boolean>} whether a reload of the page will find it
     */
    async accept({ room, epoch, secret }) {
        return this.#add(String(room), { epoch, since: this.#now(),
                                         secret: await roomKey(secret) });
    }

    /**
     * @param {string} room  cannot be read here any more
     * @returns {Promise<boolean>} whether the browser has forgotten, too
     */
    async forget(room) {
        let gone = true;

        try {
            await this.#keep.forget(room);
        } catch {
            gone = false;
        }

        this.#ring(room).clear();
        this.#tell(room, true);
        return gone;
    }

    /**
     * @param {string} room
     * @returns {Ring}
     */
    #ring(room) {
        let ring = this.#rings.get(room);

        if (ring === undefined) {
            ring = new Ring();
            ring.wait(available() ? this.#keep.load(room)
                                  : Promise.resolve([]));
            this.#rings.set(room, ring);
        }

        return ring;
    }

    /**
     * @param {string} room
     * @param {number} epoch
     * @returns {Promise<Made>}
     */
    async #newKey(room, epoch) {
        const secret = newSecret();
        const kept = await this.#add(room, { epoch, since: this.#now(),
            secret: await roomKey(secret) });

        return { kept, link: writeLink(location.href,
                                       { room, epoch, secret }) };
    }

    /**
     * @param {string} room
     * @param {import('../chat/e2e/ring.js').RingKey} key
     * @returns {Promise<boolean>}
     */
    async #add(room, key) {
        const ring = this.#ring(room);

        await ring.ready;
        ring.add(key);

        const kept = await this.#keep.put(room, key);

        this.#tell(room);
        return kept;
    }

    /**
     * @param {string} room
     * @param {boolean} [forgotten]
     */
    #tell(room, forgotten = false) {
        this.#news.postMessage({ room, forgotten });
        this.#changed(room);
    }

    /**
     * Another tab has another key, or has forgotten all.  A key that the
     * browser does not keep is in this tab only: it stays.
     *
     * @param {any} news
     */
    async #heard(news) {
        const room = String(news?.room);
        const ring = this.#rings.get(room);

        if (ring === undefined) {
            return;
        }

        if (news.forgotten === true) {
            ring.clear();

        } else {
            const keys = await this.#keep.load(room).catch(() => []);

            keys.forEach((key) => ring.add(key));
        }

        this.#changed(room);
    }
}


/**
 * Takes the secret out of the address bar, at once.
 *
 * @returns {Invitation | null} null: there was none
 */
export function takeInvitation() {
    const invitation = readLink(location.hash);

    if (invitation !== null) {
        const { room } = invitation;

        history.replaceState(null, '',
            room !== null && ROOM_FORM.test(room) ? `#${room}`
                : location.pathname + location.search);
    }

    return invitation;
}
