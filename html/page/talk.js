
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One room in the page: its messages, who types, what is unread. */

import { messageId } from '../chat/index.js';
import { Log } from './log.js';

const TYPING_ENDS = 6000;               /* ms */

/** @typedef {import('../chat/index.js').Client} Client */
/** @typedef {import('../chat/index.js').Room} Room */
/** @typedef {{id: string, name: string}} Person */


export class Talk {

    /** @type {Room} */
    room;

    /** @type {Log} */
    log;

    unread = 0;

    /** @type {Client} */
    #client;

    /** @type {() => void} */
    #changed;

    /** @type {Map<string, {name: string, timer: any}>} */
    #typing = new Map();

    /** @type {Person} as which one spoke last */
    #me = { id: '', name: '' };

    /**
     * @param {Client} client
     * @param {string} name
     * @param {() => void} changed  something outside the log is new
     */
    constructor(client, name, changed) {
        this.#client = client;
        this.#changed = changed;
        this.log = new Log(name, (text, cid) => this.send(text, cid));
        this.room = client.join(name);

        this.room.on('message', (frame) => this.#message(frame));
        this.room.on('typing', (frame) => this.#typed(frame));
        this.room.on('presence', changed);
        this.room.on('state', () => this.#state());
        this.room.on('hole', ({ message }) => this.log.note(message));
        this.room.on('reset', ({ message }) => {
            this.log.clear();
            this.log.note(message);
        });
    }

    /** @returns {string[]} names */
    get typing() {
        return [...this.#typing.values()].map(({ name }) => name);
    }

    /**
     * @param {string} text
     * @param {string} [cid]  of a message that is repeated
     */
    async send(text, cid = messageId()) {
        this.log.pend(cid, text);

        try {
            const ok = await this.room.send(text, { cid });
            const shown = ok.dup === true || ok.seq <= (this.room.seq ?? 0);

            this.log.sent(cid, ok.time ?? Date.now(), shown, this.#me);

        } catch (error) {
            this.log.failed(cid, /** @type {any} */ (error));
        }
    }

    /** @param {any} frame */
    #message(frame) {
        const from = { id: String(frame.from?.id ?? ''),
                       name: String(frame.from?.name ?? frame.from?.id
                                    ?? '') };
        const mine = from.id === this.#client.user?.id;

        this.#stopTyping(from.id);
        this.log.add({ ...frame, from,
                       text: typeof frame.text === 'string' ? frame.text
                                                            : undefined },
                     mine);

        if (!mine && (this.log.element.hidden || document.hidden)) {
            this.unread++;
        }

        this.#changed();
    }

    #state() {
        this.#me = this.#client.user ?? this.#me;

        if (this.room.state.name === 'joined') {
            this.log.settle(this.#me);
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
