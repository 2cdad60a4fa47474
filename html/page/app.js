
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page: one connection, several rooms, one of them in view. */

import { connect } from '../chat/index.js';
import { apiUrl, chatUrl, hasGuests, roomOfAddress, ROOM_FORM,
         showRoomInAddress } from './address.js';
import { Asker, cleanName, wrongName } from './asker.js';
import { Composer } from './composer.js';
import { find } from '../chat/ui/dom.js';
import { Jump } from './jump.js';
import { t, translatePage } from '../chat/ui/language.js';
import { showMembers, showRooms } from './lists.js';
import { Me } from '../chat/ui/me.js';
import { recall, remember, tabName } from '../chat/ui/memory.js';
import { Panels } from './panels.js';
import { hue, initials } from '../chat/ui/people.js';
import { applyTheme } from './prefs.js';
import { SecretDialogs } from './secret.js';
import { isSecret, sealedLimit, Secrets, shownName, takeInvitation }
    from './secrets.js';
import { Shell } from './shell.js';
import { Status } from './status.js';
import { Talk } from './talk.js';
import { typingWords } from '../chat/ui/words.js';

const FIRST_ROOM = 'lobby';


class App {

    /** @type {Map<string, Talk>} */
    #talks = new Map();

    /** @type {Talk | null} */
    #current = null;

    #logs = find('logs', HTMLElement);
    #asker;
    #client;
    #composer;
    #me;
    #panels = new Panels();
    #secret;
    #secrets;
    #shell;
    #status;
    #jump = new Jump(() => this.#toEnd());
    #day = new Date().toDateString();
    #drawing = false;

    /** @type {{id: string, name: string, guest?: boolean} | null} the last */
    #user = null;

    #name;

    /**
     * @param {Asker} asker
     * @param {string | undefined} name
     * @param {import('../chat/e2e/link.js').Invitation | null} invitation
     */
    constructor(asker, name, invitation) {
        this.#asker = asker;
        this.#name = name;
        this.#client = connect(chatUrl(), { name, tab: tabName(),
                                             api: apiUrl() });
        this.#me = new Me(this.#client);
        this.#status = new Status(this.#client);
        this.#secrets = new Secrets(chatUrl().href,
                                    (room) => this.#rekeyed(room),
                                    () => Date.now() + this.#me.ahead);
        this.#secret = new SecretDialogs(this.#secrets, {
            open: (room) => this.#open(room),
            slip: (text) => this.#shell.slip(text),
        });
        this.#shell = this.#newShell();
        this.#composer = new Composer({
            send: (text) => this.#current?.send(text),
            typed: (text) => this.#shell.typed(text),
            typing: (on) => void this.#current?.room.typing(on),
            hold: () => this.#current?.hold ?? null,
            limits: () => this.#limits(),
            up: () => this.#current?.log.focusLast(),
            page: (way) => this.#current?.log.page(way),
        });

        this.#client.on('state', () => this.#draw());
        this.#listen();
        this.#openFirst(invitation);
        this.#composer.focus();
    }

    #limits() {
        const limits = this.#client.welcome?.limits ?? {};

        return isSecret(this.#current?.room.name ?? '')
               ? { ...limits, message: sealedLimit(limits.message) } : limits;
    }

    #newShell() {
        return new Shell({
            client: this.#client,
            talks: () => [...this.#talks.values()],
            current: () => this.#current,
            join: (name) => this.#join(name),
            open: (name) => this.#open(name),
            leave: (name) => this.#leave(name),
            rename: (name) => this.#setName(cleanName(name)),
            write: () => this.#composer.focus(),
            showRooms: () => {
                this.#panels.open('rooms');
                find('join-name', HTMLInputElement).focus();
            },
            changed: () => this.#draw(),
            secret: this.#secret,
        });
    }

    #listen() {
        const check = () => this.#client.check();

        addEventListener('online', check);
        addEventListener('offline', () => this.#status.show());
        document.addEventListener('visibilitychange', () => {
            if (document.hidden) {
                this.#current?.rest();
            } else {
                check();
                this.#current?.look();
                this.#draw();
            }
        });

        addEventListener('hashchange', () => {
            const invitation = takeInvitation();
            const room = roomOfAddress();

            if (invitation !== null) {
                void this.#secret.invited(invitation);
                return;
            }

            if (room !== null) {
                this.#open(room);
            }
        });

        find('skip', HTMLButtonElement).addEventListener('click',
            () => this.#composer.focus());
        find('rename', HTMLButtonElement).addEventListener('click',
            () => this.#rename());
        find('new-secret', HTMLButtonElement).addEventListener('click',
            () => this.#secret.create());
        find('lock', HTMLButtonElement).addEventListener('click', () =>
            void this.#secret.about(this.#current?.room.name ?? ''));
        find('join', HTMLFormElement).addEventListener('submit', (event) => {
            event.preventDefault();
            this.#joinByForm();
        });
    }

    /** @param {import('../chat/e2e/link.js').Invitation | null} invitation */
    #openFirst(invitation) {
        const kept = recall('rooms');
        const names = (Array.isArray(kept) ? kept : [])
            .filter((name) => typeof name === 'string'
                              && ROOM_FORM.test(name));
        const first = roomOfAddress() ?? names[0] ?? FIRST_ROOM;

        for (const name of names) {
            this.#talk(name);
        }

        this.#open(first, invitation === null);

        if (invitation !== null) {
            void this.#secret.invited(invitation);
        }
    }

    /**
     * @param {string} name
     * @returns {Talk}
     */
    #talk(name) {
        let talk = this.#talks.get(name);

        if (talk === undefined) {
            talk = new Talk(this.#client, this.#me, name, {
                changed: () => this.#draw(),
                moved: () => this.#moved(),
                leave: () => this.#composer.focus(),
                edit: (text) => this.#composer.take(text),
                seal: (room) => this.#secrets.seal(room, this.#client),
                lock: (room) => this.#secrets.lockNow(room.name),
            });

            if (isSecret(name)) {
                this.#composer.drafts.hide(name);
            }

            this.#talks.set(name, talk);
            this.#shell.follow(talk, (id) => this.#me.is(id));
            this.#logs.prepend(talk.log.element);
            remember('rooms', [...this.#talks.keys()]);
        }

        return talk;
    }

    /**
     * @param {string} name
     * @param {boolean} [asks]  for its key, if there is none
     */
    #open(name, asks = true) {
        const talk = this.#talk(name);

        if (talk !== this.#current) {
            this.#current?.hide();
            this.#current = talk;
            talk.show();
        }

        this.#composer.open(name);
        showRoomInAddress(name);
        this.#status.follow(talk.room);
        this.#draw();
        void this.#unlock(talk, asks);
    }

    /**
     * @param {Talk} talk
     * @param {boolean} asks
     */
    async #unlock(talk, asks) {
        const { name } = talk.room;
        const lock = await this.#secrets.lock(name);

        if (lock === 'key' && asks && talk === this.#current
            && document.querySelector('dialog[open]') === null)
        {
            this.#secret.unlock(name);
        }

        this.#draw();
    }

    /**
     * There is another key: what could not be read may be readable now.  Or
     * there is none: nothing is shown any more.
     *
     * @param {string} name
     */
    #rekeyed(name) {
        const talk = this.#talks.get(name);

        const keyless = this.#secrets.lockNow(name) === 'key';

        const waits = talk?.room.outbox.some(({ fate }) =>
            fate === 'sending') === true;

        if (talk === undefined || !(keyless || (talk.unreadable && !waits))) {
            this.#draw();
            return;
        }

        const shown = talk === this.#current;

        this.#talks.delete(name);
        this.#shell.forget(name);
        talk.log.element.remove();
        talk.room.leave();

        if (shown) {
            this.#current = null;
            this.#open(name, false);
        } else {
            this.#talk(name);
        }
    }

    /** @param {string} name */
    #leave(name) {
        const talk = this.#talks.get(name);

        if (talk === undefined) {
            return;
        }

        this.#talks.delete(name);
        this.#shell.forget(name);
        talk.log.element.remove();
        talk.room.leave();
        remember('rooms', [...this.#talks.keys()]);

        if (talk === this.#current) {
            this.#current = null;
            this.#open([...this.#talks.keys()][0] ?? FIRST_ROOM);
        }

        this.#draw();
    }

    #joinByForm() {
        const input = find('join-name', HTMLInputElement);
        const error = find('join-error', HTMLElement);

        error.textContent = this.#join(input.value);

        if (error.textContent !== '') {
            input.focus();
            return;
        }

        input.value = '';
        this.#panels.close();
        this.#composer.focus();
    }

    /**
     * @param {string} wanted
     * @returns {string} what is wrong with it
     */
    #join(wanted) {
        const name = wanted.trim().replace(/^#/, '');

        if (!ROOM_FORM.test(name)) {
            return t('rooms.wrong');
        }

        this.#open(name);
        return '';
    }

    async #rename() {
        const name = await this.#asker.ask(this.#name ?? '', false);

        if (name !== null) {
            this.#setName(name);
        }
    }

    /**
     * @param {string} name
     * @returns {string} what is wrong with it
     */
    #setName(name) {
        const wrong = wrongName(name);

        if (wrong === null && name !== this.#name) {
            this.#name = name;
            remember('name', name);
            this.#client.rename(name);
        }

        return wrong ?? '';
    }

    /** Today is called yesterday after midnight. */
    #newDay() {
        const day = new Date().toDateString();

        if (day !== this.#day) {
            this.#day = day;
            this.#talks.forEach(({ log }) => log.nameDays());
        }
    }

    #toEnd() {
        this.#current?.log.toEnd();
        this.#current?.log.element.focus({ preventScroll: true });
    }

    #moved() {
        if (this.#current !== null) {
            this.#jump.show(this.#current.log.far, this.#current.unread);
        }
    }

    /** Many changes, one drawing. */
    #draw() {
        if (!this.#drawing) {
            this.#drawing = true;
            setTimeout(() => {
                this.#drawing = false;
                this.#drawNow();
            }, 0);
        }
    }

    #drawNow() {
        const talks = [...this.#talks.values()];
        const current = this.#current;
        const user = this.#client.user ?? this.#user;
        const unread = talks.reduce((sum, talk) => sum + talk.unread, 0);
        const name = current?.room.name ?? '';

        this.#user = user;
        this.#newDay();

        showRooms(talks, current, {
            open: (room) => {
                this.#open(room);
                this.#panels.close();
            },
            leave: (room) => this.#leave(room),
        });

        showMembers(current?.room ?? null, user?.id,
                    this.#shell.known(name));
        this.#status.show();
        this.#composer.show();
        this.#moved();

        this.#showLock(name);
        find('room-name', HTMLElement).textContent = shownName(name);
        find('typing', HTMLElement).textContent
            = typingWords(current?.typing ?? []);
        find('elsewhere', HTMLElement).hidden
            = unread - (current?.unread ?? 0) === 0;
        document.title = t(unread > 0 ? 'title.unread' : 'title',
                           { room: shownName(name), count: unread });

        if (user !== null) {
            const me = find('me-avatar', HTMLElement);

            me.className = `avatar ${hue(user.id)}`;
            me.textContent = initials(user.name);
            find('me-name', HTMLElement).textContent = user.name;
            find('rename', HTMLElement).hidden = user.guest === false;
        }
    }

    /** @param {string} name */
    #showLock(name) {
        const button = find('lock', HTMLButtonElement);
        const lock = this.#secrets.lockNow(name);

        button.hidden = lock === null;
        document.querySelector('h1 .hash')?.toggleAttribute('hidden',
                                                            lock !== null);
        button.dataset.lock = lock ?? '';
        button.title = t(lock === 'open' ? 'secret.lock' : 'secret.locked');
        button.setAttribute('aria-label', button.title);
    }
}


async function start() {
    const invitation = takeInvitation();        /* at once */

    applyTheme();
    translatePage();

    const asker = new Asker();
    const kept = recall('name');
    let name;

    if (hasGuests()) {
        name = typeof kept === 'string' && wrongName(kept) === null ? kept
               : await asker.ask('', true) ?? undefined;
        remember('name', name);
    }

    new App(asker, name, invitation);
}


start();
