
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Where a message is written, and why one may not at the moment. */

import { EVER } from '../index.js';
import { icon, make } from '../ui/dom.js';

const LONGEST = 4000;                   /* characters, if none is said */
const TALLEST = 120;                    /* px */
const TICK = 1000;                      /* ms */
const IME = 229;                        /* keyCode of what it takes */

/** @typedef {import('../ui/language.js').Words} Words */
/** @typedef {import('../index.js').Room} Room */


export class Composer {

    /** @type {HTMLElement} */
    element;

    #why = make('p', { class: 'why', role: 'status' });
    #form = make('form', { class: 'composer', part: 'composer' });

    /** @type {HTMLTextAreaElement} */
    #text;

    #words;

    #longest = -1;                      /* characters; -1: not set yet */

    /** @type {any} */
    #timer = null;

    /** @type {{send: (text: string) => void, typing: (on: boolean) => void}} */
    #on;

    /**
     * @param {Words} words
     * @param {string | null} placeholder
     * @param {{send: (text: string) => void,
     *     typing: (on: boolean) => void}} on
     */
    constructor(words, placeholder, on) {
        const send = make('button', { type: 'submit', class: 'send',
            part: 'send', 'aria-label': words.t('message.send') },
            icon('M4 12l16-8-5 16-3.5-6.5z'));

        this.#words = words;
        this.#on = on;
        this.#text = make('textarea', { rows: '1', dir: 'auto', part: 'text',
            enterkeyhint: 'send',
            'aria-label': words.t('message'),
            placeholder: placeholder ?? words.t('message.write') });
        this.#form.append(this.#text, send);
        this.#why.hidden = true;
        this.element = make('div', { class: 'writing' }, this.#why,
                            this.#form);

        this.#form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#submit();
        });

        this.#text.addEventListener('input', () => {
            this.#fit();
            on.typing(this.#text.value.trim() !== '');
        });

        this.#text.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' && !event.shiftKey
                && !event.isComposing && event.keyCode !== IME)
            {
                event.preventDefault();
                this.#submit();
            }

            /* the page's shortcuts are not meant by who writes */
            event.stopPropagation();
        });
    }

    focus() {
        this.#text.focus();
    }

    stop() {
        clearTimeout(this.#timer);
    }

    /**
     * @param {Room} room  of which one may perhaps only read
     * @param {number} [longest]  characters, 0: any number
     */
    look(room, longest = LONGEST) {
        const why = room.state.name === 'joined' ? this.#whyNot(room) : '';

        this.stop();

        if (longest !== this.#longest) {
            this.#longest = longest;
            this.#text.maxLength = longest || 2 ** 31 - 1;
        }
        this.#form.hidden = why !== '';
        this.#why.hidden = why === '';

        if (this.#why.textContent !== why) {
            this.#why.textContent = why;
        }

        if (why !== '') {
            this.#timer = setTimeout(() => this.look(room, longest), TICK);
        }
    }

    /**
     * @param {Room} room
     * @returns {string} empty where one may write
     */
    #whyNot({ rights }) {
        const { can, lock, muted } = rights;
        const t = this.#words.t.bind(this.#words);

        if (can.length === 0 || can.includes('send')) {
            return '';
        }

        if (muted === null) {
            return t(lock === 'write' ? 'write.locked' : 'write.not');
        }

        const left = Math.ceil((muted - Date.now()) / 1000);

        if (muted >= EVER) {
            return t('write.muted.ever');
        }

        return left > 0 ? t('write.muted', { span: this.#words.span(left) })
               : lock === 'write' ? t('write.locked') : '';
    }

    #submit() {
        const text = this.#text.value.trim();

        if (text === '') {
            return;
        }

        this.#text.value = '';
        this.#fit();
        this.#on.send(text);
        this.#text.focus();
    }

    #fit() {
        this.#text.style.blockSize = 'auto';
        this.#text.style.blockSize
            = `${Math.min(this.#text.scrollHeight, TALLEST)}px`;
    }
}
