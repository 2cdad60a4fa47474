
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The dialogs of encrypted rooms: making, opening, comparing, a new key. */

import { available, numbers, PASSPHRASE_LEAST, pictures, readLink }
    from '../chat/e2e/index.js';
import { SECRET_PREFIX } from '../chat/plain.js';
import { ROOM_FORM } from './address.js';
import { choice, drawing, line, openDialog } from './dialog.js';
import { button, make } from '../chat/ui/dom.js';
import { t } from '../chat/ui/language.js';
import { isSecret, shownName } from './secrets.js';

const NAME_MOST = 60;                   /* characters */
const PASSPHRASE_MOST = 200;            /* characters */
const LINK_MOST = 2000;                 /* characters */

/** A link without its key, or a key without its link. */
const LINKLIKE = /^[a-z][a-z0-9+.-]*:\/\/|^[A-Za-z0-9_-]{43}$/i;

/** @typedef {import('./secrets.js').Secrets} Secrets */
/** @typedef {import('../chat/e2e/link.js').Invitation} Invitation */

/**
 * @typedef {object} Surroundings
 * @property {(room: string) => void} open
 * @property {(text: string) => void} slip  what went wrong
 */


export class SecretDialogs {

    #secrets;
    #it;

    /**
     * @param {Secrets} secrets
     * @param {Surroundings} it
     */
    constructor(secrets, it) {
        this.#secrets = secrets;
        this.#it = it;
    }

    /** A new room. */
    create() {
        if (!available()) {
            this.#it.slip(t('secret.here'));
            return;
        }

        const name = line(t('secret.name'), NAME_MOST);
        const way = choice(t('secret.way'), [['link', t('secret.way.link')],
            ['words', t('secret.way.words')]], 'link');
        const words = this.#passphrase();
        const show = () => {
            words.field.hidden = words.hint.hidden
                = way.select.value !== 'words';
        };

        way.select.addEventListener('change', show);
        show();
        openDialog({ title: t('secret.new'), style: 'secret',
            content: [make('p', { class: 'hint' }, t('secret.new.hint')),
                      name.field, way.field, words.field, words.hint],
            action: t('secret.new.do'),
            done: () => void this.#create(name.input.value,
                way.select.value === 'words' ? words.input.value : null) });
    }

    /**
     * The key of a room is asked for.
     *
     * @param {string} room
     */
    unlock(room) {
        if (!available()) {
            this.#it.slip(t('secret.here'));
            return;
        }

        const field = line(t('secret.unlock.field'), LINK_MOST);

        field.input.type = 'password';
        openDialog({ title: t('secret.unlock', { room: shownName(room) }),
            style: 'secret',
            content: [make('p', { class: 'hint' }, t('secret.unlock.hint')),
                      field.field],
            action: t('secret.unlock.do'),
            done: () => void this.#unlock(room, field.input.value.trim()) });
    }

    /**
     * What protects a room, from what, and from what not.
     *
     * @param {string} room
     */
    async about(room) {
        const print = await this.#secrets.fingerprint(room);

        if (print === null) {
            this.unlock(room);
            return;
        }

        const dialog = openDialog({
            title: t('secret.about', { room: shownName(room) }),
            style: 'secret', content: [
                make('h3', {}, t('secret.print')),
                make('p', { class: 'hint' }, t('secret.print.hint')),
                make('p', { class: 'pictures', 'aria-hidden': 'true' },
                     ...pictures(print).map((each) =>
                         make('span', {}, each))),
                make('p', { class: 'numbers', dir: 'ltr' },
                     numbers(print).join(' ')),
                make('h3', {}, t('secret.does')),
                ...['secret.does.1'].map(paragraph),
                make('h3', {}, t('secret.not')),
                make('ul', { class: 'plain' },
                     ...['secret.not.1', 'secret.not.2', 'secret.not.3',
                         'secret.not.4', 'secret.not.5', 'secret.not.6']
                         .map((key) => make('li', {}, say(key)))),
            ] });

        dialog.querySelector('form')?.append(
            make('div', { class: 'dialog-foot' },
                button(t('secret.forget'), 'quiet', () => {
                    dialog.close();
                    this.#forget(room);
                }),
                button(t('secret.renew'), 'main', () => {
                    dialog.close();
                    this.renew(room);
                })));
    }

    /**
     * A new key, for those who stay.
     *
     * @param {string} room
     */
    renew(room) {
        openDialog({ title: t('secret.renew.title'), style: 'secret',
            content: [make('p', { class: 'hint' }, t('secret.renew.hint'))],
            action: t('secret.renew.do'),
            done: async () => this.#show(room,
                                         await this.#secrets.renew(room)) });
    }

    /**
     * A link with a key was opened.
     *
     * @param {Invitation} invitation
     */
    async invited(invitation) {
        if (!available()) {
            this.#it.slip(t('secret.here'));
            return;
        }

        const room = String(invitation.room);

        switch (await this.#secrets.judge(invitation)) {

        case 'damaged':
            this.#it.slip(t('secret.damaged'));
            return;

        case 'other':
            openDialog({ title: t('secret.other'), style: 'secret',
                content: [make('p', { class: 'hint' },
                               t('secret.other.hint',
                                 { room: shownName(room) }))],
                action: t('secret.other.do'), danger: true,
                done: () => void this.#accept(invitation) });
            break;

        case 'new':
            await this.#accept(invitation);
            break;
        }

        this.#it.open(room);
    }

    /** @returns {ReturnType<typeof line> & {hint: HTMLElement}} */
    #passphrase() {
        const words = line(t('secret.words'), PASSPHRASE_MOST);

        words.input.type = 'password';
        return { ...words, hint: make('p', { class: 'hint' },
            t('secret.words.hint', { count: PASSPHRASE_LEAST })) };
    }

    /**
     * @param {string} wanted
     * @param {string | null} passphrase
     */
    async #create(wanted, passphrase) {
        const name = wanted.trim().replace(/^#/, '').replace(/\s+/g, '-');
        const room = isSecret(name) ? name : SECRET_PREFIX + name;

        if (name === '' || !ROOM_FORM.test(room)) {
            this.#it.slip(t('rooms.wrong'));

        } else if (await this.#secrets.lock(room) === 'open') {
            this.#it.slip(t('secret.exists'));
            this.#it.open(room);

        } else if (passphrase === null) {
            const made = await this.#secrets.create(room);

            this.#it.open(room);
            this.#show(room, made);

        } else if ([...passphrase.trim()].length < PASSPHRASE_LEAST) {
            this.#it.slip(t('secret.words.short',
                            { count: PASSPHRASE_LEAST }));

        } else {
            await this.#secrets.unlock(room, passphrase);
            this.#it.open(room);
        }
    }

    /**
     * @param {string} room
     * @param {string} text  a link, or a passphrase
     */
    async #unlock(room, text) {
        const invitation = readLink(text.split('#')[1] ?? '');

        if (invitation !== null) {
            await this.invited(invitation);

        } else if (LINKLIKE.test(text)) {
            this.#it.slip(t('secret.damaged'));

        } else if ([...text].length < PASSPHRASE_LEAST) {
            this.#it.slip(t('secret.words.wrong',
                            { count: PASSPHRASE_LEAST }));

        } else {
            await this.#accepted(this.#secrets.unlock(room, text));
            this.#it.open(room);
        }
    }

    /** @param {Invitation} invitation */
    #accept(invitation) {
        return this.#accepted(this.#secrets.accept(invitation));
    }

    /** @param {Promise<boolean>} kept  by the browser */
    async #accepted(kept) {
        if (!await kept) {
            this.#it.slip(t('secret.unkept'));
        }
    }

    /** @param {string} room */
    #forget(room) {
        openDialog({ title: t('secret.forget.title'), style: 'secret',
            content: [make('p', { class: 'hint' }, t('secret.forget.hint'))],
            action: t('secret.forget.do'), danger: true,
            done: async () => {
                if (!await this.#secrets.forget(room)) {
                    this.#it.slip(t('secret.unforgotten'));
                }
            } });
    }

    /**
     * The only time that the link is there.
     *
     * @param {string} room
     * @param {import('./secrets.js').Made} made
     */
    #show(room, { link, kept }) {
        const field = line(t('secret.link'), LINK_MOST);
        const copied = make('span', { class: 'hint', role: 'status' });

        field.input.readOnly = true;
        field.input.dir = 'ltr';
        field.input.value = link;
        field.input.addEventListener('focus', () => field.input.select());
        openDialog({ title: t('secret.link.title', { room: shownName(room) }),
            style: 'secret', content: [
                make('p', { class: 'hint' }, t('secret.link.hint')),
                ...(kept ? [] : [make('p', { class: 'hint', role: 'alert' },
                                      t('secret.unkept'))]),
                field.field,
                make('div', { class: 'row' },
                    button(t('secret.link.copy'), 'main', async () => {
                        try {
                            await navigator.clipboard.writeText(link);
                            copied.textContent = t('menu.copied');
                        } catch {
                            field.input.focus();
                            copied.textContent = t('secret.link.uncopied');
                        }
                    }), copied),
            ] });
    }
}


/** @returns {SVGElement} */
export function padlock() {
    const svg = drawing('M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11');

    svg.setAttribute('class', 'padlock');
    return svg;
}


/**
 * @param {string} reason  of a message that is broken
 * @returns {string}
 */
export function brokenWords(reason) {
    switch (reason) {

    case 'clear':
    case 'scheme':
    case 'form':
    case 'key':
    case 'forged':
    case 'sender':
    case 'replayed':
    case 'old':
    case 'text':
    case 'here':
        return t(`broken.${reason}`);

    default:
        return t('row.broken');
    }
}


/**
 * @param {string} key
 * @returns {HTMLElement}
 */
function paragraph(key) {
    return make('p', {}, say(key));
}


/**
 * @param {string} key
 * @returns {string}
 */
function say(key) {
    return t(/** @type {import('../chat/ui/language.js').Key} */ (key));
}
