
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One room in the page: its messages, who types, what is unread. */

import { Changes } from '../chat/changes.js';
import { FEATURES } from '../chat/index.js';
import { holdOf, slowAfter } from './hold.js';
import { t, words } from '../chat/ui/language.js';
import { Log } from './log.js';
import { mentions } from './mention.js';
import { reading } from './reading.js';
import { brokenWords } from './secret.js';
import { shownName } from './secrets.js';
import { Typists } from './typists.js';
import { fateWords, sendingWords } from '../chat/ui/words.js';

const PAGE = 50;                        /* older messages at a time */

/** @typedef {import('../chat/index.js').Client} Client */
/** @typedef {import('../chat/index.js').Room} Room */
/** @typedef {import('../chat/outbox.js').Fate} Fate */
/** @typedef {import('../chat/ui/me.js').Me} Me */
/** @typedef {import('../chat/ui/row.js').Entry} Entry */
/** @typedef {{id: string, name: string}} Person */

/**
 * @typedef {object} Upcalls
 * @property {() => void} changed  something outside the log is new
 * @property {() => void} moved    another part of the log is in view
 * @property {() => void} leave    the keyboard goes to where one writes
 * @property {(text: string) => void} edit  a text goes there, too
 * @property {(room: Room) => void} seal  before anything is said
 * @property {(room: Room) => import('./secrets.js').Lock | null} lock
 */


export class Talk {

    /** @type {Room} */
    room;

    /** @type {Log} */
    log;

    /** @type {Changes} */
    changes;

    unread = 0;

    /** How many of them speak to whom sits here. */
    mentions = 0;

    /** Whether something is shown that another key might open. */
    unreadable = false;

    /** @type {Client} */
    #client;

    /** @type {Me} */
    #self;

    /** @type {() => void} */
    #changed;

    /** @type {() => void} */
    #moved;

    #lock;
    #typists;

    /** @type {Person} as which one spoke last */
    #me = { id: '', name: '' };

    /** Whether the room has been entered: before that all is old. */
    #entered = false;

    #loading = false;
    #resets = 0;

    /** ms UTC, when slow mode lets one write again */
    #slowUntil = 0;

    /**
     * @param {Client} client
     * @param {Me} self
     * @param {string} name
     * @param {Upcalls} on
     */
    constructor(client, self, name, on) {
        const { changed, edit, moved, leave } = on;

        this.#client = client;
        this.#self = self;
        this.#changed = changed;
        this.#moved = moved;
        this.#lock = on.lock;
        this.#typists = new Typists(changed);
        this.log = new Log(shownName(name), words, {
            older: () => void this.#older(),
            moved: () => this.look(),
            leave,
            edit,
            discard: (cid) => this.room.discard(cid),
            retry: (cid, text) => {
                this.room.discard(cid);
                this.send(text);
            },
        });

        this.room = client.join(name);
        on.seal(this.room);
        this.changes = new Changes(this.room);
        this.room.on('edit', (frame) => this.#change(frame));
        this.room.on('delete', (frame) => this.#change(frame));
        this.room.on('message', (frame) => this.#message(frame));
        this.room.on('outbox', (fate) => this.#fate(fate));
        this.room.on('typing', (frame) => this.#typed(frame));
        this.room.on('presence', changed);
        this.room.on('room', changed);
        this.room.on('state', () => this.#state());
        this.room.on('hole', () => this.log.note(t('talk.hole')));
        this.room.on('reset', ({ reason }) => {
            this.#resets++;
            this.unread = 0;
            this.changes.clear();
            this.log.clear();
            this.log.note(t(reason === 'epoch' ? 'talk.reset.epoch'
                                               : 'talk.reset.gone'));
        });
    }

    /** @returns {string[]} names */
    get typing() {
        return this.#typists.names;
    }

    /** @returns {import('./hold.js').Hold | null} why one may not write now */
    get hold() {
        const lock = this.#lock(this.room);

        if (lock === 'key' || lock === 'here') {
            return { why: lock, until: null };
        }

        switch (this.room.state.name) {

        case 'joined':
            return holdOf(this.room.rights, this.#slowUntil,
                          this.#self.ahead, Date.now());

        case 'left':
            return { why: 'out', until: null };

        default:
            return null;                /* it is sent when one is in */
        }
    }

    /** The room comes into view. */
    show() {
        this.log.show();

        if (this.unread > 0) {
            this.log.toFresh();
        }

        this.look();
    }

    /** Another room comes into view. */
    hide() {
        this.room.typing(false);
        this.rest();
        this.log.hide();
    }

    /** Nobody looks any more: what was read is not new the next time. */
    rest() {
        if (this.unread === 0) {
            this.log.setFresh(null);
        }
    }

    /** Somebody looks: what is in view is read. */
    look() {
        this.#read();
        this.#moved();
    }

    #read() {
        if (this.#entered && this.log.read) {
            const { epoch, name, seq } = this.room;

            reading.note(name, epoch, seq);

            if (this.unread > 0) {
                this.unread = 0;
                this.#changed();
            }
        }
    }

    /** @param {string} text */
    send(text) {
        this.log.setFresh(null);
        this.room.send(text).catch(() => {});   /* its fate tells, too */
        this.log.toEnd();
    }

    /** @param {Fate} fate  of one's own message */
    #fate({ fate, cid, text, error, ok }) {
        switch (fate) {

        case 'sending':
            this.log.pend(cid, text, this.#sendingWords(error));
            this.#slow(error?.code === 'slow_mode'
                ? Date.now() + (error.retryAfter ?? 0) * 1000 : 0);
            break;

        case 'sent':
            this.#slow(slowAfter(this.room.rights, Date.now()));
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

    /** @param {number} until  ms UTC */
    #slow(until) {
        if (until > this.#slowUntil) {
            this.#slowUntil = until;
            this.#changed();
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
                messages.filter(({ ev }) => ev === 'edit' || ev === 'delete')
                    .forEach((frame) => this.changes.note(frame));
                this.log.prepend(messages.filter(({ ev }) => ev === 'message')
                    .flatMap((frame) => this.#entries(frame)));
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
            ?.includes?.(FEATURES.history) === true;

        if (this.#loading) {
            this.log.above(t('log.loading'), false);

        } else if (older || trimmed) {
            this.log.above(t('log.older'), true);

        } else {
            this.log.above(gone && kept ? t('log.gone') : '', false,
                           !gone && kept);
        }
    }

    /** @param {any} frame  an edit or a deletion */
    #change(frame) {
        const entry = this.log.entry(frame.ref);

        if (this.changes.note(frame) !== null && entry !== null) {
            this.log.replace(this.#now(entry, frame));
        }
    }

    /**
     * What has become of a message.
     *
     * @param {Entry} entry
     * @param {any} frame  the message, or what has changed it
     * @returns {Entry}
     */
    #now(entry, frame) {
        const change = this.changes.of({ seq: entry.seq,
                                         deleted: frame.deleted });

        if (change === null) {
            return entry;
        }

        if (change.deleted) {
            return { ...entry, kind: 'deleted', text: '', mention: false,
                     edited: false };
        }

        return typeof change.text === 'string'
            ? { ...entry, kind: 'message', text: change.text, edited: true }
            : { ...entry, kind: 'broken', text: '',
                reason: brokenWords(frame.broken ?? 'key') };
    }

    /**
     * What has no text is broken: it is shown as such, with the reason.
     *
     * @param {any} frame
     * @returns {Entry}
     */
    #entry(frame) {
        const { broken, cid, from, seq, text, time } = frame;
        const id = String(from?.id ?? '');
        const mine = this.#self.is(id);
        const known = typeof text === 'string';

        this.unreadable ||= frame.deleted !== true
            && (broken === 'key' || broken === 'forged');

        return this.#now({
            kind: known ? 'message' : 'broken', text: known ? text : '',
            seq, time, mine, fate: mine ? 'sent' : null,
            mention: known && !mine
                && mentions(text, this.#client.user?.name ?? ''),
            from: { id, name: String(from?.name ?? id) },
            ...(cid !== undefined && { cid }),
            ...(!known && { reason: broken === undefined
                ? t('row.unknown') : brokenWords(broken) }),
        }, frame);
    }

    /**
     * What is missing before a message is told.
     *
     * @param {any} frame
     * @returns {Entry[]}
     */
    #entries(frame) {
        const entry = this.#entry(frame);
        const { from: { name }, time } = entry;

        /** @type {(name: string, count: number | undefined) => Entry[]} */
        const note = (whose, count = 0) => count === 0 ? []
            : [{ kind: 'note', time, mine: false, from: { id: '', name: '' },
                 seq: null, text: t('broken.missing',
                                    { name: whose, count }) }];

        return [
            ...(frame.lost ?? []).flatMap((/** @type {any} */ lost) =>
                note(lost.name, lost.count)),
            ...note(name, frame.missing), entry,
            ...note(name, frame.missingAfter),
        ];
    }

    /** @param {any} frame */
    #message(frame) {
        const entries = this.#entries(frame);
        const entry = /** @type {Entry} */ (entries.at(-1));

        this.#typists.stop(entry.from.id);

        if (!entry.mine && entry.kind !== 'deleted'
            && this.#isNew(frame.seq))
        {
            if (this.unread === 0) {
                this.log.setFresh(frame.seq);
                this.mentions = 0;
            }

            this.unread++;
            this.mentions += Number(entry.mention);
        }

        const { first } = this.log;

        entries.forEach((each) => this.log.add(each));

        if (first !== null && this.log.first !== first) {
            this.#above();              /* the oldest went */
        }

        this.#read();
        this.#changed();
    }

    /**
     * @param {number} seq
     * @returns {boolean} whether nobody has seen it here yet
     */
    #isNew(seq) {
        const { epoch, name } = this.room;

        return this.#entered ? !this.log.read
               : seq > (reading.upTo(name, epoch) ?? seq);
    }

    #state() {
        this.#me = this.#client.user ?? this.#me;

        for (const { fate, cid, text, error } of this.room.outbox) {
            if (fate === 'sending') {
                this.log.pend(cid, text, this.#sendingWords(error));
            }
        }

        if (this.room.state.name === 'joined') {
            this.#above();
            this.log.settle(this.room.seq ?? 0, this.#me);
            this.log.quiet(t('log.empty'));
            this.#enter();

        } else {
            this.#typists.clear();

            if (this.room.state.error !== null) {
                this.log.quiet('');
            }
        }

        this.#changed();
    }

    /** Where one had left off is where one reads on. */
    #enter() {
        if (!this.#entered) {
            this.#entered = true;
            this.log.live();

            if (!this.log.element.hidden) {
                this.log.toFresh();
            }

            this.look();
        }
    }

    /** @param {any} frame */
    #typed(frame) {
        const { id, name } = frame.user ?? {};

        if (typeof id === 'string' && id !== this.#client.user?.id) {
            this.#typists.note({ id, name: String(name ?? id) },
                               frame.on !== false);
        }
    }
}
