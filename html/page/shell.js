
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is around the conversation: menus, commands, shortcuts, settings. */

import { isCommand, parse, unslashed } from './commands.js';
import { find, make } from '../chat/ui/dom.js';
import { openHelp } from './help.js';
import { Hints } from './hints.js';
import { changeItems } from './change.js';
import { Known } from './known.js';
import { t } from '../chat/ui/language.js';
import { openMenu } from './menu.js';
import { Moderation } from './moderation.js';
import { changes } from './notices.js';
import { tellOf } from './notify.js';
import { isSecret } from './secrets.js';
import { openSettings } from './settings.js';
import { listenToKeys } from './shortcuts.js';

const SLIP = 12_000;                    /* ms that it stays */

/** @typedef {import('./talk.js').Talk} Talk */
/** @typedef {import('./known.js').Person} Person */
/** @typedef {import('../chat/index.js').Client} Client */
/** @typedef {import('../chat/index.js').Room} Room */

/**
 * @typedef {object} Surroundings
 * @property {Client} client
 * @property {() => Talk[]} talks
 * @property {() => Talk | null} current
 * @property {(room: string) => string} join  what is wrong with the name
 * @property {(room: string) => void} open
 * @property {(room: string) => void} leave
 * @property {(name: string) => string} rename  what is wrong with the name
 * @property {() => void} write  the focus goes to the message
 * @property {() => void} showRooms  the focus goes to the name of a room
 * @property {() => void} changed
 * @property {import('./secret.js').SecretDialogs} secret
 */


export class Shell {

    /** @type {Surroundings} */
    #app;

    /** @type {Map<string, Known>} */
    #known = new Map();

    #text = find('text', HTMLTextAreaElement);
    #slip = make('p', { class: 'slip', id: 'slip', role: 'alert' });
    #moderation = new Moderation({
        slip: (text) => this.slip(text),
        note: (room, text, order) => this.#did(room, text, order),
        nameOf: (room, id) => this.known(room.name).nameOf(id),
        roleOf: (room, id) => this.known(room.name).roleOf(id),
        setRole: (room, id, role) => {
            this.#known.get(room.name)?.setRole(id, role);
            this.#app.changed();
        },
    });

    /** @type {any} */
    #timer = null;

    /** @param {Surroundings} app */
    constructor(app) {
        this.#app = app;

        new Hints({
            can: () => app.current()?.room.rights.can ?? [],
            people: () => this.#people(),
        });

        find('composer', HTMLFormElement).before(this.#slip);
        this.#text.addEventListener('input', () => this.slip(''));
        this.#listen();
        listenToKeys({
            room: (step, unread) => this.#step(step, unread),
            join: () => app.showRooms(),
            help: () => this.#help(),
            settings: openSettings,
            message: () => app.write(),
        });
    }

    /**
     * A room is there from now on.
     *
     * @param {Talk} talk
     * @param {(id: string) => boolean} isMe
     */
    follow(talk, isMe) {
        const { room, log } = talk;
        let before = room.rights;

        this.#known.set(room.name, new Known(room));
        room.on('state', ({ name }) => {
            before = name === 'joined' ? room.rights : before;
        });
        room.on('message', ({ from, text, broken }) => {
            if (room.state.name === 'joined' && !isMe(from?.id)
                && broken === undefined)
            {
                this.#heard(talk, from, text);
            }
        });
        room.on('room', () => {
            changes(before, room.rights).forEach((text) => log.note(text));
            before = room.rights;
            this.#app.changed();
        });
    }

    /** @param {string} room  is left */
    forget(room) {
        this.#known.delete(room);
    }

    /**
     * @param {string} room
     * @returns {Pick<Known, 'people'|'nameOf'|'roleOf'>}
     */
    known(room) {
        return this.#known.get(room) ?? { people: [], nameOf: (id) => id,
                                          roleOf: () => 'none' };
    }

    /**
     * @param {string} text  what went wrong, empty: nothing
     * @param {boolean} [good]  it went well
     */
    slip(text, good = false) {
        clearTimeout(this.#timer);
        this.#slip.classList.toggle('good', good);
        this.#slip.textContent = text;

        if (text !== '') {
            this.#timer = setTimeout(() => this.slip(''), SLIP);
        }
    }

    /**
     * @param {string} text  as it was typed
     * @returns {{message: string} | {done: boolean}}  what is to be sent; or
     *     it was a command, and whether its text can go
     */
    typed(text) {
        const talk = this.#app.current();

        if (talk === null || !isCommand(text)) {
            return { message: unslashed(text) };
        }

        const parsed = parse(text, talk.room.rights.can, this.#people());

        if ('mistake' in parsed) {
            this.slip(t(parsed.mistake.key,
                        /** @type {any} */ (parsed.mistake.params)));
            return { done: false };
        }

        const wrong = this.#run(talk.room, parsed.order);

        this.slip(wrong);
        return { done: wrong === '' };
    }

    /**
     * @param {Element} anchor
     * @param {Person} user
     */
    personMenu(anchor, user) {
        const talk = this.#app.current();

        if (talk === null) {
            return;
        }

        const items = user.id === this.#app.client.user?.id ? []
                      : this.#moderation.personItems(talk.room, user);
        const change = this.#changeItems(anchor);

        openMenu(anchor, t('menu.person', { name: user.name }), [
            ...(change.length > 0 ? [...change, null] : []),
            { label: t('menu.mention'), fn: () => this.#mention(user.name) },
            ...(items.length > 0 ? [null, ...items] : []),
        ]);
    }

    /**
     * Who is removed from an encrypted room has its key still.
     *
     * @param {Room} room
     * @param {string} text
     * @param {import('./commands.js').Order} order
     */
    #did(room, text, { name, user }) {
        const log = this.#talk(room)?.log;

        log?.note(text);

        if (isSecret(room.name) && (name === 'kick' || name === 'ban')) {
            log?.note(t('secret.removed', { name: user?.name ?? '' }));
        }
    }

    /**
     * A message of somebody else came.
     *
     * @param {Talk} talk
     * @param {any} from
     * @param {any} text
     */
    #heard(talk, from, text) {
        tellOf({ room: talk.room.name, name: String(from?.name ?? ''),
            text: String(text ?? ''), secret: isSecret(talk.room.name),
            me: this.#app.client.user?.name ?? '',
            seen: talk === this.#app.current() && !document.hidden,
            open: () => this.#app.open(talk.room.name) });
    }

    /**
     * @param {Room} room
     * @param {import('./commands.js').Order} order
     * @returns {string} what is wrong
     */
    #run(room, order) {
        switch (order.name) {

        case 'help':
            this.#help();
            return '';

        case 'join':
            return this.#app.join(String(order.value));

        case 'leave':
            this.#app.leave(room.name);
            return '';

        case 'name':
            return this.#app.client.user?.guest === false
                   ? t('command.error.name')
                   : this.#app.rename(String(order.value));

        default:
            this.#moderation.order(room, order);
            return '';
        }
    }

    #listen() {
        const menu = find('room-menu', HTMLButtonElement);

        menu.addEventListener('click', () => this.#roomMenu(menu));
        find('settings', HTMLButtonElement).addEventListener('click',
                                                             openSettings);
        find('help', HTMLButtonElement).addEventListener('click',
            () => this.#help());

        const members = find('members', HTMLElement);
        const logs = find('logs', HTMLElement);

        members.addEventListener('click', (event) =>
            this.#fromList(event, 'button'));
        members.addEventListener('contextmenu', (event) =>
            this.#fromList(event, 'button'));
        logs.addEventListener('click', (event) =>
            this.#fromList(event, '.author, .group > .avatar'));
        logs.addEventListener('contextmenu', (event) => {
            if (getSelection()?.isCollapsed !== false) {
                this.#fromMessage(event);
                this.#fromList(event, '.author, .avatar, '
                    + '.group:not(.mine) .message');
            }
        });
    }

    /** @param {Event} event  one's own has no menu of its person */
    #fromMessage(event) {
        const { target } = event;
        const row = target instanceof Element && target.closest('a') === null
                    ? target.closest('.mine .message') : null;
        const items = row === null ? [] : this.#changeItems(row);

        if (row !== null && items.length > 0) {
            event.preventDefault();
            openMenu(row, t('menu.message'), items);
        }
    }

    /**
     * @param {Element} anchor  a message, or something else
     * @returns {import('./menu.js').Item[]}
     */
    #changeItems(anchor) {
        const talk = this.#app.current();
        const seq = anchor instanceof HTMLElement
                    ? Number(anchor.dataset.seq) : NaN;

        return talk === null || Number.isNaN(seq) ? []
            : changeItems(talk, seq, this.#app.client.welcome?.features,
                          (text) => this.slip(text));
    }

    /**
     * @param {Event} event
     * @param {string} selector  what has the menu of its person
     */
    #fromList(event, selector) {
        const { target } = event;
        const anchor = target instanceof Element
                       && target.closest('a') === null
                       ? target.closest(selector) : null;
        const owner = anchor?.closest('[data-user]');
        const id = owner instanceof HTMLElement ? owner.dataset.user : '';
        const room = this.#app.current()?.room.name;

        if (anchor !== null && id && room !== undefined) {
            event.preventDefault();
            this.personMenu(anchor, { id, name: this.known(room).nameOf(id) });
        }
    }

    /** @param {Element} anchor */
    #roomMenu(anchor) {
        const talk = this.#app.current();

        if (talk === null) {
            return;
        }

        const items = this.#moderation.roomItems(talk.room);

        openMenu(anchor, t('menu.room'), [
            isSecret(talk.room.name)
                ? { label: t('secret.menu'), fn: () =>
                    void this.#app.secret.about(talk.room.name) }
                : { label: t('menu.link'), fn: () => void this.#copyLink() },
            ...(items.length > 0 ? [null, ...items] : []),
            null,
            { label: t('menu.leave'), danger: true,
              fn: () => this.#app.leave(talk.room.name) },
        ]);
    }

    async #copyLink() {
        try {
            await navigator.clipboard.writeText(location.href);
            this.slip(t('menu.copied'), true);
        } catch {
            this.slip(t('menu.uncopied'));
        }
    }

    #help() {
        openHelp(this.#app.current()?.room.rights.can ?? []);
    }

    /** @param {string} name */
    #mention(name) {
        const { value, selectionStart, selectionEnd } = this.#text;
        const gap = /(^|\s)$/.test(value.slice(0, selectionStart)) ? '' : ' ';

        this.#app.write();
        this.#text.setRangeText(`${gap}@${name} `, selectionStart,
                                selectionEnd, 'end');
        this.#text.dispatchEvent(new Event('input', { bubbles: true }));
    }

    /**
     * @param {number} step
     * @param {boolean} unread
     */
    #step(step, unread) {
        const talks = this.#app.talks();
        const current = this.#app.current();
        const at = talks.findIndex((each) => each === current);
        const { length } = talks;

        for (let i = 1; i < length; i++) {
            const talk = talks[(at + step * i + length * i) % length];

            if (!unread || talk.unread > 0) {
                this.#app.open(talk.room.name);
                return;
            }
        }
    }

    #people() {
        const room = this.#app.current()?.room.name;

        return room === undefined ? [] : this.known(room).people;
    }

    /** @param {Room} room */
    #talk(room) {
        return this.#app.talks().find((each) => each.room === room);
    }
}
