
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Sends of one room on their way: kept, in order, repeated until answered. */

import { Emitter } from './emitter.js';
import { ChatError } from './error.js';
import { messageId } from './id.js';
import { HORIZON, RENEW, SETTLED_MOST, WAITING_MOST } from './limits.js';
import { again } from './policy.js';
import { Shelf } from './shelf.js';
import { Timer } from './timer.js';

/** @typedef {import('./store.js').Entry} Entry */
/** @typedef {import('./shelf.js').User} User */

/**
 * @typedef {object} Sender
 * @property {(op: string, fields: object, cid?: string) =>
 *     Promise<any>} request
 * @property {() => number} random
 * @property {() => import('./plain.js').Plain} seal  or what is its seal
 */

/** @typedef {Sender & import('./shelf.js').Port} Port */

/**
 * sending  on its way; "error" says why it takes its time
 * failed   not sent, because of "error"; not tried again
 * sent     has its "ok"
 * gone     another tab has taken it over, or it was discarded
 *
 * @typedef {object} Fate
 * @property {'sending'|'failed'|'sent'|'gone'} fate
 * @property {string} cid
 * @property {string} text  empty where it cannot be opened any more
 * @property {number} time  ms UTC, when it was written
 * @property {ChatError | null} error
 * @property {any} ok
 */

/**
 * @typedef {object} Item
 * @property {Entry} entry
 * @property {string | null} text  also where the entry has it sealed
 * @property {'sending'|'failed'} fate
 * @property {ChatError | null} error
 * @property {boolean} ready   sealed and stored, as far as that works
 * @property {boolean} stored
 * @property {Promise<any>} done
 * @property {(ok: any) => void} resolve
 * @property {(error: ChatError) => void} reject
 */


/**
 * Event: fate (Fate).
 *
 * One is under way at a time, since a later one must not overtake an earlier
 * one that was refused for a while.
 */
export class Outbox extends Emitter {

    #room;

    /** @type {Port} */
    #port;

    #shelf;

    /** @type {Map<string, Item>} in the order of sending */
    #items = new Map();

    /** @type {User | null} */
    #user = null;

    /** @type {User | null} whose entries of the store are here */
    #claimed = null;

    #claiming = false;
    #resting = false;

    /** @type {Item | null} */
    #busy = null;

    /** @type {Set<string>} of messages that the room has, and of failed ones */
    #settled = new Set();

    #going = false;
    #foreign = false;
    #attempt = 0;
    #turn = 0;

    #againTimer;
    #leaseTimer;

    /**
     * @param {string} room
     * @param {Port} port
     */
    constructor(room, port) {
        super();

        this.#room = room;
        this.#port = port;
        this.#shelf = new Shelf(room, port);
        this.#againTimer = new Timer(port.clock);
        this.#leaseTimer = new Timer(port.clock);
    }

    /** @returns {Fate[]} what is on its way or failed */
    get entries() {
        return [...this.#items.values()].map((item) =>
            describe(item, item.fate, item.error));
    }

    /**
     * @param {{text: string, re?: number, meta?: object}} fields
     * @param {string} [cid]
     * @returns {Promise<any>} the "ok"
     */
    send(fields, cid = messageId()) {
        const known = this.#items.get(cid);

        if (known !== undefined) {
            return known.done;
        }

        if (this.#items.size >= WAITING_MOST) {
            return Promise.reject(new ChatError({ code: 'offline', cid,
                message: 'Too many messages wait to be sent.',
                temporary: true }));
        }

        const item = this.#add(this.#shelf.entry(cid, fields, this.#user),
                               fields.text);

        this.#settled.delete(cid);
        this.#keep(item);
        this.#watch();
        return item.done;
    }

    /**
     * Somebody is greeted: what this browser keeps of theirs comes in.
     *
     * @param {User} user
     */
    greet(user) {
        this.#resting = false;
        this.#user = user;
        this.#claim();
    }

    /** The room is joined and up to date: sends may go. */
    open() {
        this.#going = true;
        this.#pump();
    }

    /** The connection is gone: what was under way is repeated later. */
    shut() {
        this.#going = false;
        this.#attempt = 0;
        this.#release();
    }

    /** Nothing is done any more, until the next greeting. */
    rest() {
        this.#resting = true;
        this.shut();

        this.#leaseTimer.stop();
    }

    /**
     * A message of the room.  One's own counts as sent, whatever became of
     * its answer: nobody else can know a cid before.
     *
     * @param {any} frame
     * @param {string | null} epoch
     */
    saw(frame, epoch) {
        if (typeof frame.cid !== 'string') {
            return;
        }

        const item = this.#items.get(frame.cid);

        this.#settle(frame.cid);

        if (item !== undefined) {
            this.#sent(item, { seq: frame.seq, time: frame.time, epoch });
        }
    }

    /**
     * The room is closed to its sender.
     *
     * @param {ChatError} error
     */
    refuse(error) {
        this.rest();

        for (const item of [...this.#items.values()]) {
            if (item.fate === 'sending') {
                this.#fail(item, error);
            }
        }
    }

    /** @param {string} cid  shall not be sent, or not be shown any more */
    discard(cid) {
        const item = this.#items.get(cid);

        if (item !== undefined) {
            this.#forget(item);
            this.#end(item, 'gone', gone(item, 'discarded',
                                         'The message was discarded.'));
        }
    }

    /**
     * @param {Entry} entry
     * @param {string | null} [text]
     * @returns {Item}
     */
    #add(entry, text = null) {
        /** @type {any} */
        const item = { entry, text, fate: 'sending', error: null,
                       ready: false, stored: false };

        item.done = new Promise((resolve, reject) => {
            Object.assign(item, { resolve, reject });
        });

        this.#items.set(entry.cid, item);
        this.#tell(item);
        return item;
    }

    /**
     * First sealed, where the room is, then kept, then sent.
     *
     * @param {Item} item
     */
    async #keep(item) {
        const { cid } = item.entry;

        item.ready = false;

        try {
            if (this.#user !== null && this.#bare(item)) {
                const sealed = await this.#port.seal().close(item, this.#user);

                item.entry = { ...item.entry, ...sealed };
            }
        } catch {
            this.#fail(item, gone(item, 'not_sealed',
                'It could not be encrypted, and was not sent.'));
            return;
        }

        if (!this.#bare(item)) {
            item.stored = await this.#shelf.put(item.entry);
        }

        item.ready = true;

        if (this.#items.get(cid) !== item) {
            this.#shelf.erase(cid);
        }

        this.#pump();
    }

    #pump() {
        if (!this.#going || this.#busy !== null || this.#user === null
            || this.#claimed !== this.#user)
        {
            return;
        }

        this.#expire();

        const item = [...this.#items.values()]
            .find(({ fate }) => fate === 'sending');

        if (item === undefined || !item.ready) {
            return;
        }

        if (this.#bare(item)) {
            this.#keep(item);
            return;
        }

        if (item.stored && item.entry.lease <= this.#port.clock.now()) {
            this.#claim();
            return;
        }

        this.#post(item);
    }

    /**
     * @param {Item} item
     * @returns {boolean} whether it has to be sealed, in the user's name
     */
    #bare(item) {
        return this.#port.seal().bare(item.entry, this.#user);
    }

    /** @param {Item} item */
    async #post(item) {
        const turn = this.#turn;
        const { cid, fields } = item.entry;

        this.#busy = item;

        try {
            const ok = await this.#port.request('send',
                { room: this.#room, cid, ...fields }, cid);

            this.#sent(item, ok);

        } catch (reason) {
            const error = /** @type {ChatError} */ (reason);
            const delay = again(error, this.#attempt, this.#port.random);

            if (delay === null) {
                this.#fail(item, error);

            } else if (turn === this.#turn) {
                this.#attempt++;
                this.#again(item, error, delay);
            }
        }
    }

    /**
     * @param {Item} item
     * @param {any} ok
     */
    #sent(item, ok) {
        if (this.#forget(item)) {
            this.#attempt = 0;
            this.#end(item, 'sent', null, ok);
        }
    }

    /**
     * @param {Item} item
     * @param {ChatError} error  for good
     */
    #fail(item, error) {
        if (this.#forget(item)) {
            this.#end(item, 'failed', error);
        }
    }

    /**
     * The last that is told of it.
     *
     * @param {Item} item
     * @param {Fate['fate']} fate
     * @param {ChatError | null} error
     * @param {any} [ok]
     */
    #end(item, fate, error, ok) {
        if (error === null) {
            item.resolve({ ...ok, cid: item.entry.cid });

        } else {
            item.reject(error);
        }

        this.emit('fate', describe(item, fate, error, ok));
        this.#pump();
    }

    /**
     * @param {Item} item
     * @param {ChatError} error  for a while
     * @param {number} delay  ms
     */
    #again(item, error, delay) {
        item.error = error;
        this.#tell(item);
        this.#againTimer.set(delay, () => {
            this.#release();
            this.#pump();
        });
    }

    /** Nothing is under way any more; a late answer still counts. */
    #release() {
        this.#turn++;
        this.#busy = null;
        this.#againTimer.stop();
    }

    /** Too old for the server to know them for sure: people decide. */
    #expire() {
        const now = this.#port.clock.now();

        for (const item of this.#items.values()) {
            if (item.fate === 'sending' && item !== this.#busy
                && Math.abs(now - item.entry.time) >= HORIZON)
            {
                item.fate = 'failed';
                item.error = gone(item, 'expired',
                                  'It could not be sent for five minutes.');
                item.reject(item.error);
                this.#tell(item);
            }
        }
    }

    /**
     * @param {Item} item
     * @returns {boolean} whether it was there
     */
    #forget(item) {
        const { cid } = item.entry;

        if (this.#items.get(cid) !== item) {
            return false;
        }

        this.#items.delete(cid);
        this.#settle(cid);
        this.#shelf.erase(cid);

        if (this.#busy === item) {
            this.#release();
        }

        return true;
    }

    /** @param {string} cid */
    #settle(cid) {
        this.#settled.add(cid);

        if (this.#settled.size > SETTLED_MOST) {
            this.#settled.delete(this.#settled.values().next().value ?? '');
        }
    }

    /** @param {Item} item */
    #tell(item) {
        this.emit('fate', describe(item, item.fate, item.error));
    }

    async #claim() {
        if (this.#claiming) {
            return;
        }

        this.#claiming = true;

        do {
            await this.#claimNow();
        } while (this.#user !== null && this.#claimed !== this.#user);

        this.#claiming = false;
        this.#watch();
        this.#expire();
        this.#pump();
    }

    /** A store that is not there leaves all to this tab. */
    async #claimNow() {
        const user = this.#user;
        const before = [...this.#items.values()].filter(({ ready }) => ready);
        const claim = await this.#shelf.claim(user, this.#settled);

        if (claim === null) {
            before.forEach((item) => { item.stored = false; });
        }

        const mine = claim?.mine ?? [];
        const texts = await this.#port.seal().texts(mine.filter(
            ({ cid }) => !this.#items.has(cid)));

        this.#foreign = claim?.foreign === true;
        this.#take(mine, texts);
        this.#leave(before, mine);
        this.#items = new Map([...this.#items].sort(([, a], [, b]) =>
            a.entry.time - b.entry.time || a.entry.n - b.entry.n));
        this.#claimed = user;
    }

    /**
     * @param {Entry[]} mine
     * @param {Map<string, string>} texts  of sealed ones, by cid
     */
    #take(mine, texts) {
        for (const entry of mine) {
            const item = this.#items.get(entry.cid);

            if (item !== undefined) {
                const { fields, sealed } = item.entry;

                item.entry = { ...entry, fields, sealed };

            } else if (!this.#settled.has(entry.cid)) {
                Object.assign(this.#add(entry, entry.fields.text
                                               ?? texts.get(entry.cid)),
                              { ready: true, stored: true })
                    .done.catch(() => {});
            }
        }
    }

    /**
     * What another tab has got, or is somebody else's, is not sent from here.
     *
     * @param {Item[]} before
     * @param {Entry[]} mine
     */
    #leave(before, mine) {
        const cids = new Set(mine.map(({ cid }) => cid));

        for (const item of before) {
            const { entry } = item;

            if (this.#shelf.owns(entry, this.#user)
                && (!item.stored || cids.has(entry.cid)))
            {
                entry.user ??= this.#user;

            } else if (item !== this.#busy && this.#items.delete(entry.cid)) {
                this.#end(item, 'gone', gone(item, 'elsewhere',
                                             'It is not sent from here.'));
            }
        }
    }

    /** Comes again as long as there is something to look after. */
    #watch() {
        if (!this.#resting && !this.#leaseTimer.on
            && (this.#items.size > 0 || this.#foreign))
        {
            this.#leaseTimer.set(RENEW, () => this.#claim());
        }
    }
}


/**
 * @param {Item} item
 * @param {string} code
 * @param {string} message
 * @returns {ChatError}
 */
function gone({ entry: { cid } }, code, message) {
    return new ChatError({ code, message, cid });
}


/**
 * @param {Item} item
 * @param {Fate['fate']} fate
 * @param {ChatError | null} error
 * @param {any} [ok]
 * @returns {Fate}
 */
function describe({ text, entry }, fate, error, ok = null) {
    const { cid, time } = entry;

    return Object.freeze({ fate, cid, text: text ?? '', time, error, ok });
}
