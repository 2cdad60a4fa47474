
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One room in the page: its messages, who types, what is unread. */

import { FEATURES } from '../chat/index.js';
import { Log } from './log.js';
import { fateWords, sendingWords } from '../chat/ui/words.js';

const PAGE = 50;                        /* older messages at a time */
const TYPING_ENDS = 6000;               /* ms */

/** @typedef {import('../chat/index.js').Client} Client */
/** @typedef {import('../chat/index.js').Room} Room */
/** @typedef {import('../chat/outbox.js').Fate} Fate */
/** @typedef {import('../chat/ui/me.js').Me} Me */
/** @typedef {{id: string, name: string}} Person */


export class Talk {

    /** @type {Room} */
    room;

    /** @type {Log} */
    log;

    unread = 0;

    /** @type {Client} */
    #client;

    /** @type {Me} */
    #self;

    /** @type {() => void} */
    #changed;

    /** @type {Map<string, {name: string, timer: any}>} */
    #typing = new Map();

    /** @type {Person} as which one spoke last */
    #me = { id: '', name: '' };

    /** Whether the room has been entered: what comes first is not new. */
    #entered = false;

    #loading = false;
    #resets = 0;

    /**
     * @param {Client} client
     * @param {Me} self
     * @param {string} name
     * @param {() => void} changed  something outside the log is new
     */
    constructor(client, self, name, changed) {
        this.#client = client;
        this.#self = self;
        this.#changed = changed;
        this.log = new Log(name, {
            older: () => void this.#older(),
            discard: (cid) => this.room.discard(cid),
            retry: (cid, text) => {
                this.room.discard(cid);
                this.send(text);
            },
        });

        this.room = client.join(name);
        this.room.on('message', (frame) => this.#message(frame));
        this.room.on('outbox', (fate) => this.#fate(fate));
        this.room.on('typing', (frame) => this.#typed(frame));
        this.room.on('presence', changed);
        this.room.on('state', () => this.#state());
        this.room.on('hole', ({ message }) => this.log.note(message));
        this.room.on('reset', ({ message }) => {
            this.#resets++;
            this.log.clear();
            this.log.note(message);
        });
    }

    /** @returns {string[]} names */
    get typing() {
        return [...this.#typing.values()].map(({ name }) => name);
    }

    /** @param {string} text */
    send(text) {
        this.room.send(text).catch(() => {});   /* its fate tells, too */
    }

    /** @param {Fate} fate  of one's own message */
    #fate({ fate, cid, text, error, ok }) {
        switch (fate) {

        case 'sending':
            this.log.pend(cid, text, this.#sendingWords(error));
            break;

        case 'sent':
            this.log.sent(cid, { seq: ok.seq, time: ok.time ?? Date.now() });
            this.log.settle(this.room.seq ?? 0, this.#me);
            break;

        case 'failed':
            if (error !== null) {
                this.log.failed(cid, fateWords(error));
            }

            break;

        default:
            this.log.drop(cid);
        }
    }

    /**
     * @param {Fate['error']} error
     * @returns {string}
     */
    #sendingWords(error) {
        return sendingWords(this.#client.state.name === 'online', error);
    }

    async #older() {
        const resets = this.#resets;

        if (this.#loading || this.room.state.name !== 'joined') {
            return;
        }

        this.#loading = true;
        this.#above();

        try {
            const { messages } = await this.room.history({
                before: this.log.first ?? undefined, limit: PAGE });

            if (resets === this.#resets) {
                this.log.prepend(messages.filter(({ ev }) => ev === 'message')
                    .map((frame) => this.#known(frame)));
            }

        } catch {
            /* the button stays, to ask again */
        }

        this.#loading = false;
        this.#above();
    }

    /** What stands above the first message. */
    #above() {
        const { first, older, gone } = this.room;
        const trimmed = first !== null && (this.log.first ?? first) > first;
        const kept = this.#client.welcome?.features
            ?.includes?.(FEATURES.history);

        if (this.#loading) {
            this.log.above('Loading\u2026', false);

        } else if (older || trimmed) {
            this.log.above('Older messages', true);

        } else {
            this.log.above(gone && kept ? 'Older messages are gone.' : '',
                           false);
        }
    }

    /**
     * @param {any} frame
     * @returns {{message: import('./feed.js').Message, mine: boolean}}
     */
    #known(frame) {
        const id = String(frame.from?.id ?? '');
        const from = { id, name: String(frame.from?.name ?? id) };
        const text = typeof frame.text === 'string' ? frame.text : undefined;

        return { message: { ...frame, from, text },
                 mine: this.#self.is(id) };
    }

    /** @param {any} frame */
    #message(frame) {
        const { message, mine } = this.#known(frame);

        this.#stopTyping(message.from.id);
        this.log.add(message, mine);

        if (!mine && this.#entered
            && (this.log.element.hidden || document.hidden))
        {
            this.unread++;
        }

        this.#changed();
    }

    #state() {
        this.#me = this.#client.user ?? this.#me;

        for (const { fate, cid, text, error } of this.room.outbox) {
            if (fate === 'sending') {
                this.log.pend(cid, text, this.#sendingWords(error));
            }
        }

        if (this.room.state.name === 'joined') {
            this.#entered = true;
            this.#above();
            this.log.settle(this.room.seq ?? 0, this.#me);
            this.log.quiet('Nothing new here yet. Say hello!');

        } else {
            this.#typing.forEach(({ timer }) => clearTimeout(timer));
            this.#typing.clear();

            if (this.room.state.error !== null) {
                this.log.quiet('');
            }
        }

        this.#changed();
    }

    /** @param {any} frame */
    #typed(frame) {
        const { id, name } = frame.user ?? {};

        if (typeof id !== 'string' || id === this.#client.user?.id) {
            return;
        }

        this.#stopTyping(id);

        if (frame.on !== false) {
            this.#typing.set(id, { name: String(name ?? id),
                timer: setTimeout(() => this.#stopTyping(id), TYPING_ENDS) });
        }

        this.#changed();
    }

    /** @param {string} id */
    #stopTyping(id) {
        const entry = this.#typing.get(id);

        if (entry !== undefined) {
            clearTimeout(entry.timer);
            this.#typing.delete(id);
            this.#changed();
        }
    }
}
