
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room of the library into a log: who says what, who types. */

import { Changes } from '../changes.js';
import { FEATURES } from '../index.js';
import { fateWords, sendingWords } from '../ui/words.js';
import { Log } from './log.js';

const PAGE = 50;                        /* older messages at a time */
const TYPING_ENDS = 6000;               /* ms */
const SAID_MOST = 5000;                 /* messages that may still change */

/* the last moment that a Date can be */
const LAST = 8.64e15;                   /* ms UTC */

/** @typedef {import('../ui/row.js').Entry} Entry */
/** @typedef {import('../ui/language.js').Words} Words */
/** @typedef {import('../outbox.js').Fate} Fate */
/** @typedef {import('../index.js').Room} Room */
/** @typedef {import('../shared.js').Seat} Seat */

/**
 * @typedef {object} Upcalls
 * @property {() => void} changed  something outside the log is new
 * @property {(entry: Entry) => void} said  somebody said something just now
 * @property {(error: any) => void} failed  one's own message
 */


export class Talk {

    /** @type {Log} */
    log;

    /** @type {Room} */
    room;

    /** @type {Seat} */
    #seat;

    /** @type {'embed.empty' | 'log.empty'} */
    #quiet;

    #line;
    #words;

    /** @type {Upcalls} */
    #on;

    /** @type {Map<string, {name: string, timer: any}>} */
    #typing = new Map();

    /** @type {{id: string, name: string}} as which one spoke last */
    #me = { id: '', name: '' };

    /** Whether the room has been entered: what comes first is not new. */
    #entered = false;

    /** The newest when one sat down: another element has shown it. */
    #seen = 0;

    #loading = false;
    #resets = 0;

    #changes;

    /** @type {Map<number, Entry>} the latest, as they were said */
    #said = new Map();

    /**
     * @param {import('./line.js').Line} line
     * @param {string} name
     * @param {Words} words
     * @param {Upcalls} on
     * @param {boolean} readonly
     */
    constructor(line, name, words, on, readonly) {
        const seat = line.join(name);
        const { room } = seat;

        this.#quiet = readonly ? 'embed.empty' : 'log.empty';
        this.#seat = seat;
        this.#seen = room.seq ?? 0;
        this.#line = line;
        this.#words = words;
        this.#on = on;
        this.room = room;
        this.log = new Log(room.name, words, {
            older: () => void this.#older(),
            discard: (cid) => room.discard(cid),
            retry: (cid, text) => {
                room.discard(cid);
                this.send(text).catch(() => {});
            },
        });

        this.#changes = new Changes(room);
        seat.on('edit', (frame) => this.#change(frame));
        seat.on('delete', (frame) => this.#change(frame));
        seat.on('message', (frame) => this.#message(frame));
        seat.on('outbox', (fate) => this.#fate(fate));
        seat.on('typing', (frame) => this.#typed(frame));
        seat.on('presence', () => on.changed());
        seat.on('room', () => on.changed());
        seat.on('state', () => this.#state());
        seat.on('hole', () => this.log.note(words.t('embed.hole')));
        seat.on('reset', ({ reason }) => {
            this.#resets++;
            this.#seen = 0;
            this.#changes.clear();
            this.#said.clear();
            this.log.clear();
            this.log.note(words.t(reason === 'epoch' ? 'embed.anew'
                                                     : 'embed.away'));
        });

        this.#state();
    }

    stop() {
        this.#resets++;
        this.#seat.leave();
        this.#typing.forEach(({ timer }) => clearTimeout(timer));
        this.log.stop();
    }

    /** @returns {string[]} names */
    get typing() {
        return [...this.#typing.values()].map(({ name }) => name);
    }

    /** @param {string} text */
    send(text) {
        return this.room.send(text);
    }

    async #older() {
        const resets = this.#resets;

        if (this.#loading || this.room.state.name !== 'joined') {
            return;
        }

        this.#loading = true;
        this.#above();

        try {
            const { messages } = await (this.#trimmed
                ? this.room.history({ before: this.log.first ?? undefined,
                                      limit: PAGE })
                : this.#seat.history({ limit: PAGE }));

            if (resets === this.#resets) {
                messages.filter(({ ev }) => ev === 'edit' || ev === 'delete')
                    .forEach((frame) => this.#changes.note(frame));
                this.log.prepend(messages
                    .filter(({ ev, seq }) => ev === 'message'
                                             && !this.log.has(seq))
                    .map((frame) => this.#known(frame)));
            }

        } catch {
            /* the button stays, to ask again */
        }

        this.#loading = false;
        this.#above();
    }

    /** Whether the page has taken out what was seen first. */
    get #trimmed() {
        return this.#seat.first !== null
               && (this.log.first ?? 0) > this.#seat.first;
    }

    /** What stands above the first message. */
    #above() {
        const { older, gone } = this.#seat;
        const t = this.#words.t.bind(this.#words);
        const kept = this.#line.client.welcome?.features
            ?.includes?.(FEATURES.history);

        if (this.#loading) {
            this.log.above(t('log.loading'), false);

        } else if (older || this.#trimmed) {
            this.log.above(t('log.older'), true);

        } else {
            this.log.above(gone && kept ? t('log.gone') : '', false);
        }
    }

    /**
     * @param {any} frame
     * @returns {Entry}
     */
    #known(frame) {
        const id = String(frame.from?.id ?? '');
        const whole = typeof frame.text === 'string';
        const mine = this.#line.me.is(id);

        /** @type {Entry} */
        const entry = { kind: whole ? 'message' : 'broken', mine,
            seq: Number(frame.seq), text: whole ? frame.text : '',
            time: Math.abs(frame.time) <= LAST ? frame.time : Date.now(),
            from: { id, name: String(frame.from?.name ?? id) },
            fate: mine ? 'sent' : null,
            ...(typeof frame.cid === 'string' && { cid: frame.cid }),
            ...(!whole && { reason: this.#words.t('row.unknown') }) };

        this.#said.delete(this.#said.size < SAID_MOST ? -1
                          : /** @type {number} */ (this.#said.keys()
                              .next().value));
        this.#said.set(frame.seq, entry);
        return this.#now(entry, frame.deleted);
    }

    /** @param {any} frame  an edit or a deletion */
    #change(frame) {
        const entry = this.#said.get(frame.ref);

        if (this.#changes.note(frame) !== null && entry !== undefined
            && this.log.has(frame.ref))
        {
            this.log.replace(this.#now(entry));
        }
    }

    /**
     * What has become of a message.
     *
     * @param {Entry} entry
     * @param {boolean} [deleted]
     * @returns {Entry}
     */
    #now(entry, deleted) {
        const change = this.#changes.of({ seq: entry.seq, deleted });

        if (change === null) {
            return entry;
        }

        return change.deleted || typeof change.text !== 'string'
            ? { ...entry, kind: 'deleted', text: '' }
            : { ...entry, kind: 'message', text: change.text, edited: true };
    }

    /** @param {any} frame */
    #message(frame) {
        const entry = this.#known(frame);

        this.#stopTyping(entry.from.id);
        this.log.add(entry);

        if (this.#entered && (entry.seq ?? 0) > this.#seen) {
            this.#on.said(entry);
        }

        this.#on.changed();
    }

    /** @param {Fate} fate  of one's own message */
    #fate({ fate, cid, text, time, error, ok }) {
        const entry = { kind: /** @type {const} */ ('message'), mine: true,
                        seq: null, text, time, from: this.#me, cid };

        switch (fate) {

        case 'sending':
            this.log.pend({ ...entry, fate, reason: sendingWords(
                this.#line.client.state.name === 'online', error,
                this.#words) });
            break;

        case 'sent':
            this.log.pend({ ...entry, fate, seq: ok.seq,
                            time: ok.time ?? time });
            this.log.settle(this.room.seq ?? 0);
            break;

        case 'failed':
            if (error !== null) {
                this.log.pend({ ...entry, fate,
                                reason: fateWords(error, this.#words) });
                this.#on.failed(error);
            }

            break;

        default:
            this.log.drop(cid);
        }
    }

    #state() {
        const { state, seq, outbox } = this.room;
        const t = this.#words.t.bind(this.#words);

        this.#me = this.#line.client.user ?? this.#me;
        outbox.filter(({ fate }) => fate === 'sending')
            .forEach((each) => this.#fate(each));

        if (state.name === 'joined') {
            this.#entered = true;
            this.#above();
            this.log.settle(seq ?? 0);
            this.log.quiet(t(this.#quiet));

        } else {
            this.#typing.forEach(({ timer }) => clearTimeout(timer));
            this.#typing.clear();
            this.log.quiet(state.error === null ? t('log.entering') : '');
        }

        this.#on.changed();
    }

    /** @param {any} frame */
    #typed(frame) {
        const { id, name } = frame.user ?? {};

        if (typeof id !== 'string' || this.#line.me.is(id)) {
            return;
        }

        this.#stopTyping(id);

        if (frame.on !== false) {
            this.#typing.set(id, { name: String(name ?? id),
                timer: setTimeout(() => this.#stopTyping(id), TYPING_ENDS) });
        }

        this.#on.changed();
    }

    /** @param {string} id */
    #stopTyping(id) {
        const entry = this.#typing.get(id);

        if (entry !== undefined) {
            clearTimeout(entry.timer);
            this.#typing.delete(id);
            this.#on.changed();
        }
    }
}
