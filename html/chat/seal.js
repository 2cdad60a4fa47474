
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What a room says, in its order, while its messages are being opened. */

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
 */

/** @typedef {import('./store.js').Entry} Entry */
/** @typedef {{id: string}} User */

const OPENED = ['message', 'edit'];


/** A room without a codec never waits. */
export class Seal {

    /** @type {Codec | null} */
    #codec = null;

    /** @type {Promise<void> | null} the last of what waits */
    #last = null;

    /** @param {Codec} codec  there is no way back to none */
    use(codec) {
        if (typeof codec?.seal !== 'function'
            || typeof codec.open !== 'function')
        {
            throw new TypeError('A codec has the functions seal and open.');
        }

        this.#codec = codec;
    }

    /** @param {() => void} fn  called after all that was to be said before */
    say(fn) {
        if (this.#last === null) {
            fn();

        } else {
            this.#queue(fn);
        }
    }

    /**
     * @param {any} frame
     * @param {(frame: any) => void} fn  called in its turn
     */
    open(frame, fn) {
        const codec = this.#codec;

        if (codec !== null && OPENED.includes(frame.ev)) {
            this.#queue(async () => fn(await opened(codec, frame)));

        } else {
            this.say(() => fn(frame));
        }
    }

    /**
     * @param {any[]} frames
     * @returns {Promise<any[]>}
     */
    all(frames) {
        return Promise.all(frames.map((frame) => new Promise((done) =>
            this.open(frame, done))));
    }

    /**
     * @param {Entry} entry
     * @param {User | null} user
     * @returns {boolean} whether it has to be sealed, in the user's name
     */
    bare({ sealed }, user) {
        return sealed === undefined ? this.#codec !== null
                                    : sealed !== user?.id;
    }

    /**
     * A guest has another id on each connection: what was sealed for the one
     * is sealed anew for the next.
     *
     * @param {{text: string | null, entry: Entry}} item
     * @param {User} user
     * @returns {Promise<Pick<Entry, 'fields' | 'sealed'>>}
     */
    async close({ text, entry }, user) {
        const { room, cid, fields: { re, meta } } = entry;

        if (this.#codec === null || text === null) {
            throw new TypeError('there is nothing to seal, or nobody to do it');
        }

        const { data, enc, ...more } = await this.#codec.seal(text,
            { room, user: user.id, cid, re, meta });

        if (typeof data !== 'string' || enc === undefined) {
            throw new TypeError('seal() gives "data", a string, and "enc"');
        }

        return { sealed: user.id, fields: { data, enc,
            ...(re !== undefined && { re }),
            ...(meta !== undefined && { meta }), ...more } };
    }

    /**
     * @param {Entry[]} entries
     * @returns {Promise<Map<string, string | null>>} their texts, by cid
     */
    async texts(entries) {
        const sealed = entries.filter((each) => each.sealed !== undefined);
        const texts = new Map(entries.map(({ cid, fields }) =>
            [cid, fields.text ?? null]));

        if (sealed.length > 0) {
            const frames = await this.all(sealed.map((each) => ({
                ...each.fields, ev: 'message', room: each.room,
                cid: each.cid, from: { id: each.sealed } })));

            frames.forEach(({ cid, text }) => texts.set(cid, text ?? null));
        }

        return texts;
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
