
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What stands in the shadow root of one <chat-room>. */

import { make } from '../ui/dom.js';
import { recall, remember } from '../ui/memory.js';
import { typingWords } from '../ui/words.js';
import { Composer } from './composer.js';
import { Naming } from './naming.js';
import { Status } from './status.js';
import { Talk } from './talk.js';

/** @typedef {import('../ui/language.js').Words} Words */
/** @typedef {import('./line.js').Line} Line */

/**
 * @typedef {object} Looks
 * @property {string} heading
 * @property {string | null} placeholder
 * @property {boolean} readonly
 * @property {boolean} named  by the page: nobody changes the name
 * @property {string | null} theme  light, dark, auto; null: as the page
 */

/**
 * @typedef {object} Upcalls
 * @property {() => void} state
 * @property {(entry: import('../ui/row.js').Entry) => void} said
 * @property {(error: any) => void} failed
 */


export class View {

    /** @type {HTMLElement} */
    element;

    #status;
    #words;

    /** @type {Looks} */
    #looks;

    #typing = make('p', { class: 'typing', part: 'typing', role: 'status' });

    /** @type {Composer | null} */
    #composer = null;

    /** @type {Naming | null} */
    #naming = null;

    /** @type {Talk | null} */
    #talk = null;

    /** @type {Line | null} */
    #line = null;

    #drawing = false;

    /**
     * @param {Looks} looks
     * @param {Words} words
     */
    constructor(looks, words) {
        const { tag } = words.language;

        this.#looks = looks;
        this.#words = words;
        this.#status = new Status(looks.heading, words);
        this.element = make('div', { class: 'room', part: 'room',
            role: 'group', lang: tag,
            'aria-label': words.t('embed', { room: looks.heading }) },
            this.#status.head, this.#status.notice,
            this.#status.announcement);

        if (looks.theme !== null) {
            this.element.dataset.theme = looks.theme;
        }
    }

    /**
     * There will be no chat.
     *
     * @param {string} why
     */
    refuse(why) {
        this.#status.refuse(why);
    }

    /**
     * @param {Line} line
     * @param {string} room
     * @param {Upcalls} on
     * @returns {Talk}
     */
    begin(line, room, on) {
        const talk = new Talk(line, room, this.#words, {
            changed: () => {
                this.#draw();
                on.state();
            },
            said: on.said,
            failed: on.failed,
        }, this.#looks.readonly);

        this.#line = line;
        this.#talk = talk;
        this.element.append(talk.log.element, this.#typing);

        if (!this.#looks.readonly) {
            this.#write(talk);
        }

        line.watch(() => {
            this.#draw();
            on.state();
        });
        this.#draw();
        return talk;
    }

    stop() {
        this.#talk?.stop();
        this.#status.stop();
        this.#composer?.stop();
        this.#talk = null;
    }

    focus() {
        if (this.#composer === null) {
            this.#talk?.log.focus();
        } else {
            this.#composer.focus();
        }
    }

    /** @param {Talk} talk */
    #write(talk) {
        this.#composer = new Composer(this.#words, this.#looks.placeholder, {
            send: (text) => void talk.send(text).catch(() => {}),
            typing: (on) => void talk.room.typing(on),
        });
        this.#naming = new Naming(this.#words, (name) => {
            remember('name', name);
            this.#line?.client.rename(name);
        });
        this.element.append(this.#composer.element, this.#naming.element);
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
        if (this.#line === null || this.#talk === null) {
            return;
        }

        const { client } = this.#line;
        const { room, typing } = this.#talk;
        const words = typingWords(typing, this.#words);

        this.#status.show(client, room);
        this.#composer?.look(room, client.welcome?.limits?.text);

        if (this.#typing.textContent !== words) {
            this.#typing.textContent = words;
        }

        this.#showName(client);
    }

    /** @param {import('../index.js').Client} client */
    #showName({ user, state }) {
        if (this.#looks.named) {
            return;
        }

        if (user !== null) {
            this.#naming?.show(user.guest === true ? user.name : null);

        } else if (state.status === 400) {
            this.#naming?.show(String(recall('name') ?? ''));
        }
    }
}
