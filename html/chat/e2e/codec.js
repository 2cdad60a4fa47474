
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The messages of one room, sealed and opened: what Room.seal() takes. */

import { base64url } from './bytes.js';
import { Broken } from './broken.js';
import { readContent } from './content.js';
import { available, messageKey } from './keys.js';
import { Replay } from './replay.js';
import { open, readPacket, SCHEME } from './seal.js';
import { Sender } from './sender.js';

export const SIDS_MOST = 2000;          /* senders that are remembered */
export const OWN_MOST = 1000;           /* own messages on their way */

/** @typedef {import('./keys.js').Key} Key */
/** @typedef {import('./ring.js').Ring} Ring */
/** @typedef {import('./content.js').Content} Content */

/**
 * A message that was opened, or what is wrong with it.
 *
 * @typedef {object} Opened
 * @property {string} [text]
 * @property {number} [re]
 * @property {object} [meta]
 * @property {number} [missing]  messages of its sender just before it that
 *     the server has not delivered
 * @property {import('./broken.js').Reason} [broken]
 */


/**
 * Nothing of an encrypted room is sent in the clear, and nothing that came in
 * the clear is shown.
 *
 * @implements {Pick<import('../seal.js').Codec, 'seal' | 'open'>}
 */
export class Codec {

    #room;
    #ring;
    #name;
    #sender;

    /** @type {Map<string, {key: Promise<Key>, replay: Replay,
     *     name: string}>} */
    #senders = new Map();

    /**
     * By cid: "meta", which the server never has, and the name within.
     *
     * @type {Map<string, {meta: any, name: string | undefined}>}
     */
    #own = new Map();

    /** @type {string | undefined} one's own, as it was told last */
    #last;

    /** @type {(() => void)[]} seals that wait for it */
    #waiting = [];

    /** @type {number | null} before the oldest entry of the view */
    #reach = null;

    /** What is being opened: reach -1, nothing is known of what is around. */
    #now = { older: false, joined: false, reach: -1 };

    /** @type {Map<Replay, number>} of each sender the last one of a page */
    #page = new Map();

    /**
     * @param {string} room
     * @param {Ring} ring  keys may come into it later
     * @param {(() => string | undefined) | null} [name]  as the server tells
     *     one's own; undefined: it does so later, and sealing waits for it
     */
    constructor(room, ring, name = null) {
        this.#room = room;
        this.#ring = ring;
        this.#name = name;
        this.#sender = new Sender(room);
    }

    /**
     * @param {string} text
     * @param {import('../seal.js').About} about
     * @returns {Promise<import('./sender.js').Sealed & {meta?: undefined}>}
     *     rejected with Broken
     */
    async seal(text, { user, cid, re, meta = this.#own.get(cid)?.meta }) {
        await this.#ring.ready;

        const name = await this.#named();

        const { now } = this.#ring;

        if (now === null) {
            throw new Broken('key');
        }

        this.#keepOwn(cid, { meta, name });

        const sealed = await this.#sender.seal(now, { id: user, name }, cid,
                                               { text, re, meta });

        return { ...sealed, ...(meta !== undefined && { meta: undefined }) };
    }

    /**
     * @param {any} frame  as the server tells it, or one's own that is not
     *     sent yet
     * @returns {Promise<Opened>}
     */
    async open(frame) {
        try {
            return await this.#open(frame);
        } catch (error) {
            return { broken: error instanceof Broken ? error.reason
                                                     : 'form' };
        }
    }

    /** Somebody may have been greeted: the name is told while one is here. */
    greeted() {
        this.#last = this.#name?.() ?? this.#last;

        if (this.#last !== undefined) {
            this.#waiting.splice(0).forEach((fn) => fn());
        }
    }

    /**
     * @param {string} cid  of an own message that is not sent yet
     * @returns {boolean} whether it was sealed under another name than one's
     *     own now: nobody would believe it
     */
    stale(cid) {
        const own = this.#own.get(cid);

        this.greeted();
        return this.#name !== null && own !== undefined
               && this.#last !== undefined && own.name !== this.#last;
    }

    /** The room's log began anew, so its messages have other places. */
    reset() {
        this.viewed();
        this.#sender.turn();
        this.#senders.forEach(({ replay }) => replay.reset());
    }

    /** The view of the log begins anew. */
    viewed() {
        this.#reach = null;
        this.#now = { older: false, joined: false, reach: -1 };
    }

    /**
     * Entries are going to be opened.
     *
     * @param {any[]} frames  one that came, or a page of older ones
     * @param {boolean} [older]
     */
    comes(frames, older = false) {
        const prev = frames[0]?.prev;
        const reach = Number.isSafeInteger(prev) ? prev : -1;

        this.#page.clear();

        const before = this.#reach ?? reach;
        const joined = older && frames.at(-1)?.seq >= before;

        this.#reach = joined ? Math.min(before, reach) : before;
        this.#now = { older, joined,
                      reach: older && !joined ? reach : this.#reach };
    }

    /**
     * The page was opened: what is missing between it and what came before,
     * and, where it is the first, at its beginning.
     *
     * @returns {{after: Map<number, number>,
     *     lost: {name: string, count: number}[]}}
     */
    ends() {
        const { joined, reach } = this.#now;
        const lost = [];

        if (joined && reach === 0) {
            for (const { replay, name } of this.#senders.values()) {
                const count = replay.start();

                if (count > 0) {
                    lost.push({ name, count });
                }
            }
        }

        return { lost, after: new Map(joined
            ? [...this.#page].map(([replay, seq]) =>
                [seq, replay.behind(seq)]) : []) };
    }

    /** @param {string} cid  of an own message that is not sent any more */
    gaveUp(cid) {
        this.#sender.gaveUp(cid);
        this.#own.delete(cid);
    }

    /** @param {string} cid  of an own message that the server has */
    sent(cid) {
        this.#sender.sent(cid);
        this.#own.delete(cid);
    }

    /** @returns {Promise<string | undefined>} one's own name, once known */
    async #named() {
        this.greeted();

        if (this.#name !== null && this.#last === undefined) {
            await new Promise((done) => {
                this.#waiting.push(() => done(undefined));
            });
        }

        return this.#last;
    }

    /**
     * @param {any} frame
     * @returns {Promise<Opened>} rejected with Broken
     */
    async #open(frame) {
        if (frame.enc === undefined && frame.data === undefined) {
            throw new Broken('clear');
        }

        if (frame.enc !== SCHEME) {
            throw new Broken('scheme');
        }

        /* nothing is sealed as one: it is a message under another number */

        if (frame.ev === 'edit') {
            throw new Broken('forged');
        }

        if (!available()) {
            throw new Broken('here');
        }

        await this.#ring.ready;

        const packet = readPacket(frame.data);
        const ringKey = this.#ring.get(packet.epoch);

        if (ringKey === undefined) {
            throw new Broken('key');
        }

        const place = { room: this.#room, epoch: packet.epoch,
                        sid: packet.sid, user: String(frame.from?.id ?? '') };
        const name = [packet.epoch, base64url(packet.sid), place.user]
            .join(' ');
        const sender = this.#senders.get(name)
            ?? { key: messageKey(ringKey.secret, place),
                 replay: new Replay(), name: '' };
        const content = readContent(await open(await sender.key,
            { ...place, counter: packet.counter,
              id: String(frame.cid ?? '') }, packet.sealed));

        sender.name = content.name ?? place.user;
        this.#keepSender(name, sender);
        return this.#judge(frame, packet, content, sender.replay);
    }

    /**
     * It is what was sealed; what was it sealed for?
     *
     * @param {any} frame
     * @param {import('./seal.js').Packet} packet
     * @param {Content} content
     * @param {Replay} replay
     * @returns {Opened}
     */
    #judge(frame, { epoch, counter }, content, replay) {
        const { now } = this.#ring;
        const { text, re, meta, unsent, name } = content;

        if (frame.seq === undefined) {
            this.#keepOwn(frame.cid, { meta, name });
            return { text, re, meta };
        }

        if (name !== undefined && name !== frame.from.name) {
            throw new Broken('sender');
        }

        const missing = replay.take(frame.seq, counter, unsent,
                                    this.#now.reach);

        if (this.#now.older) {
            this.#page.set(replay, frame.seq);
        }

        /* who was sent away has the old keys still */

        if (now !== null && epoch < now.epoch && frame.time > now.since) {
            throw new Broken('old');
        }

        return { text, re, meta, missing };
    }

    /**
     * @param {string} name
     * @param {{key: Promise<Key>, replay: Replay, name: string}} sender
     */
    #keepSender(name, sender) {
        this.#senders.delete(name);
        this.#senders.set(name, sender);
        shrink(this.#senders, SIDS_MOST);
    }

    /**
     * @param {string} cid
     * @param {{meta: any, name: string | undefined}} own
     */
    #keepOwn(cid, own) {
        this.#own.set(cid, own);
        shrink(this.#own, OWN_MOST);
    }
}


/**
 * @param {Map<string, any>} map
 * @param {number} most  the oldest go
 */
function shrink(map, most) {
    if (map.size > most) {
        map.delete(map.keys().next().value ?? '');
    }
}
