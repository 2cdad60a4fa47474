
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The messages of one room, sealed and opened: what Room.seal() takes. */

import { base64url } from './bytes.js';
import { Broken } from './broken.js';
import { readContent } from './content.js';
import { messageKey } from './keys.js';
import { Replay } from './replay.js';
import { open, readPacket, SCHEME } from './seal.js';
import { Sender } from './sender.js';

export const SIDS_MOST = 2000;          /* senders that are remembered */

/** @typedef {import('./keys.js').Key} Key */
/** @typedef {import('./ring.js').Ring} Ring */

/**
 * A message that was opened.
 *
 * @typedef {object} Opened
 * @property {string} text
 * @property {number} [re]
 * @property {object} [meta]
 * @property {number} missing  messages of its sender just before it that
 *     the server has not delivered
 */


/**
 * Nothing of an encrypted room is sent in the clear, and nothing that came in
 * the clear is shown.
 */
export class Codec {

    #room;
    #ring;
    #sender;

    /** @type {Map<string, {key: Promise<Key>, replay: Replay}>} */
    #senders = new Map();

    /**
     * @param {string} room
     * @param {Ring} ring  keys may come into it later
     */
    constructor(room, ring) {
        this.#room = room;
        this.#ring = ring;
        this.#sender = new Sender(room);
    }

    /**
     * @param {{text: string, re?: number, meta?: object}} fields
     * @param {string} cid
     * @param {{id: string, name?: string}} user  as the server knows one
     * @returns {Promise<import('./sender.js').Sealed>} rejected with Broken
     */
    async seal(fields, cid, user) {
        const { now } = this.#ring;

        if (now === null) {
            throw new Broken('key');
        }

        return this.#sender.seal(now, user, cid, fields);
    }

    /**
     * @param {any} frame  as the server tells it
     * @returns {Promise<Opened>} rejected with Broken
     */
    async open(frame) {
        if (frame.enc === undefined && frame.data === undefined) {
            throw new Broken('clear');
        }

        if (frame.enc !== SCHEME) {
            throw new Broken('scheme');
        }

        const packet = readPacket(frame.data);
        const key = this.#ring.get(packet.epoch);

        if (key === undefined) {
            throw new Broken('key');
        }

        const content = await this.#content(frame, packet, key.secret);

        this.#check(frame, packet);
        return content;
    }

    /** @param {string} cid  of an own message that is not sent any more */
    gaveUp(cid) {
        this.#sender.gaveUp(cid);
    }

    /** @param {string} cid  of an own message that the server has */
    sent(cid) {
        this.#sender.sent(cid);
    }

    /**
     * @param {any} frame
     * @param {import('./seal.js').Packet} packet
     * @param {Key} secret
     * @returns {Promise<Opened>}
     */
    async #content(frame, { epoch, sid, counter, sealed }, secret) {
        const place = { room: this.#room, epoch, sid,
                        user: String(frame.from?.id ?? '') };
        const name = [epoch, base64url(sid), place.user].join(' ');
        const known = this.#senders.get(name);
        const key = known?.key ?? messageKey(secret, place);
        const bytes = await open(await key, { ...place, counter,
            id: String(frame.cid ?? '') }, sealed);
        const { unsent, name: said, ...content } = readContent(bytes);

        if (said !== undefined && said !== frame.from.name) {
            throw new Broken('sender');
        }

        const sender = this.#senders.get(name)
                       ?? { key, replay: new Replay() };

        this.#keep(name, sender);
        return { ...content,
                 missing: sender.replay.take(frame.seq, counter, unsent) };
    }

    /**
     * Who was sent away has the old keys still.
     *
     * @param {any} frame
     * @param {import('./seal.js').Packet} packet
     */
    #check(frame, { epoch }) {
        const { now } = this.#ring;

        if (now !== null && epoch < now.epoch && frame.time > now.since) {
            throw new Broken('old');
        }
    }

    /**
     * @param {string} name
     * @param {{key: Promise<Key>, replay: Replay}} sender
     */
    #keep(name, sender) {
        this.#senders.delete(name);
        this.#senders.set(name, sender);

        if (this.#senders.size > SIDS_MOST) {
            this.#senders.delete(this.#senders.keys().next().value ?? '');
        }
    }
}
