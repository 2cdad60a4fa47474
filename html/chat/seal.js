
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A room with a codec: its messages are sealed and opened, and what it tells
 * keeps its order meanwhile.
 */

import { Plain } from './plain.js';

/**
 * @typedef {object} About  what a text belongs to
 * @property {string} room
 * @property {string} user  its sender's id
 * @property {string} cid
 * @property {number} [re]
 * @property {any} [meta]
 */

/**
 * @typedef {object} Sealed
 * @property {string} data  the text, sealed
 * @property {any} enc      what opens it, besides the key
 * @property {any} [meta]   in the clear
 */

/**
 * @typedef {object} Codec
 * @property {(text: string, about: About) => Promise<Sealed>} seal
 * @property {(frame: any) => Promise<{text?: string, broken?: string}>} open
 *     a message or an edit; one without "seq" is one's own that is not sent
 *     yet.  Whatever else it gives goes into the event
 * @property {(frames: any[], older?: boolean) => void} [comes]  entries are
 *     going to be opened
 * @property {() => {after: Map<number, number>, lost: any[]}} [ends]  a page
 *     was: what is missing behind a "seq", and before all
 * @property {(cid: string) => boolean} [stale]  whether an own message that is
 *     not sent yet has to be sealed anew
 */

/** @typedef {import('./store.js').Entry} Entry */
/** @typedef {{id: string}} User */

const OPENED = ['message', 'edit'];


export class Seal extends Plain {

    #codec;

    /** @type {Promise<void> | null} the last of what waits */
    #last = null;

    /** @param {Codec} codec */
    constructor(codec) {
        super();

        if (typeof codec?.seal !== 'function'
            || typeof codec.open !== 'function')
        {
            throw new TypeError('A codec has the functions seal and open.');
        }

        this.#codec = codec;
    }

    /**
     * @override
     * @param {() => void} fn
     */
    say(fn) {
        if (this.#last === null) {
            fn();

        } else {
            this.#queue(fn);
        }
    }

    /**
     * @override
     * @param {any} frame
     * @param {(frame: any) => void} fn
     */
    open(frame, fn) {
        this.say(() => this.#codec.comes?.([frame]));
        this.#open(frame, fn);
    }

    /**
     * @param {any} frame
     * @param {(frame: any) => void} fn
     */
    #open(frame, fn) {
        if (OPENED.includes(frame.ev)) {
            this.#queue(async () => fn(await opened(this.#codec, frame)));

        } else {
            this.say(() => fn(frame));
        }
    }

    /**
     * @override
     * @param {any[]} frames
     * @returns {Promise<any[]>}
     */
    async all(frames) {
        this.say(() => this.#codec.comes?.(frames, true));

        const opened = this.#all(frames);
        /** @type {any} */
        const end = await new Promise((done) =>
            this.say(() => done(this.#codec.ends?.())));

        return (await opened).map((frame, i) => {
            const missingAfter = end?.after.get(frame.seq);

            return { ...frame, ...(missingAfter > 0 && { missingAfter }),
                     ...(i === 0 && end?.lost.length > 0
                         && { lost: end.lost }) };
        });
    }

    /**
     * @param {any[]} frames
     * @returns {Promise<any[]>}
     */
    #all(frames) {
        return Promise.all(frames.map((frame) => new Promise((done) =>
            this.#open(frame, done))));
    }

    /**
     * @override
     * @param {Entry} entry
     * @param {User | null} user
     */
    bare({ cid, sealed }, user) {
        return sealed === undefined || sealed !== user?.id
               || this.#codec.stale?.(cid) === true;
    }

    /**
     * A guest has another id on each connection: what was sealed for the one
     * is sealed anew for the next.
     *
     * @override
     * @param {{text: string | null, entry: Entry}} item
     * @param {User} user
     * @returns {Promise<import('./plain.js').Shut>}
     */
    async close({ text, entry }, user) {
        const { room, cid, fields: { re, meta } } = entry;

        if (text === null) {
            throw new Error('what cannot be opened is not sealed anew');
        }

        /* the codec knows what has become of those before, as the room does */
        await this.#last;

        const { data, enc, ...more } = await this.#codec.seal(text,
            { room, user: user.id, cid, re, meta });

        if (typeof data !== 'string' || enc === undefined) {
            throw new TypeError('seal() gives "data", a string, and "enc"');
        }

        return { sealed: user.id, fields: { data, enc, re, meta, ...more } };
    }

    /**
     * @override
     * @param {Entry[]} entries
     */
    async texts(entries) {
        const sealed = entries.filter((each) => each.sealed !== undefined);
        const frames = await this.#all(sealed.map((each) => ({
            ...each.fields, ev: 'message', room: each.room, cid: each.cid,
            from: { id: each.sealed } })));

        return new Map(frames.map(({ cid, text }) => [cid, text]));
    }

    /** @param {() => any} work  that does not throw */
    #queue(work) {
        const last = Promise.resolve(this.#last).then(work).then(() => {
            if (this.#last === last) {
                this.#last = null;
            }
        });

        this.#last = last;
    }
}


/**
 * Nothing but what the codec gives is ever a text.
 *
 * @param {Codec} codec
 * @param {any} frame
 */
async function opened(codec, frame) {
    /** @type {any} */
    let it;

    try {
        it = await codec.open(frame);
    } catch (error) {
        it = { broken: String(error) };
    }

    const readable = typeof it?.text === 'string' && it.broken === undefined;

    return { ...frame, ...it, text: readable ? it.text : undefined,
             ...(!readable && { broken: it?.broken ?? 'unreadable' }) };
}
