
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Where a message is written. */

import { isCommand } from './commands.js';
import { find } from '../chat/ui/dom.js';
import { Drafts } from './drafts.js';
import { expand } from './emoji.js';
import { t, words } from '../chat/ui/language.js';
import { Picker } from './picker.js';

const TALLEST = 200;                    /* px */
const TEXT_MOST = 4000;                 /* characters, if none is said */
const FRAME_REST = 512;                 /* bytes around the text */
const TICK = 250;                       /* ms */

/** @typedef {import('./hold.js').Hold} Hold */

/**
 * What a message may have.
 *
 * @typedef {object} Limits
 * @property {number} [text]     characters, 0: any number
 * @property {number} [message]  bytes of the frame that it is sent in, the same
 */

/**
 * @typedef {object} Upcalls
 * @property {(text: string) => void} send
 * @property {(text: string) => {message: string} | {done: boolean}} typed
 *     a message, or a command that was done or not
 * @property {(on: boolean) => void} typing
 * @property {() => Hold | null} hold  why one may not write now
 * @property {() => Limits} limits
 * @property {() => void} up  the keyboard goes to the messages
 * @property {(way: 1 | -1) => void} page  the messages move down or up
 */


export class Composer {

    #form = find('composer', HTMLFormElement);
    #text = find('text', HTMLTextAreaElement);
    #send = find('send', HTMLButtonElement);
    #left = find('left', HTMLElement);
    #hold = find('hold', HTMLElement);
    #say = find('hold-say', HTMLElement);
    #drafts = new Drafts();

    /** @type {string | null} */
    #room = null;

    /** @type {Hold['why'] | null} what was announced */
    #held = null;

    /** @type {any} */
    #timer = null;

    /** @type {Upcalls} */
    #on;

    /** @param {Upcalls} on */
    constructor(on) {
        this.#on = on;

        new Picker(find('emoji', HTMLButtonElement),
                   find('emoji-panel', HTMLElement),
                   (emoji) => this.#insert(emoji), () => this.focus());

        this.#form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#submit();
        });

        this.#text.addEventListener('input', (event) => {
            const { isComposing } = /** @type {InputEvent} */ (event);

            if (!isComposing) {
                this.#expand();
            }

            this.#changed();
            on.typing(this.#text.value.trim() !== ''
                      && !isCommand(this.#text.value));
        });

        this.#text.addEventListener('keydown', (event) => this.#key(event));
        this.show();
    }

    /** @returns {Drafts} */
    get drafts() {
        return this.#drafts;
    }

    focus() {
        this.#text.focus();
    }

    /**
     * Another room is in view, with what was written there.
     *
     * @param {string} room
     */
    open(room) {
        if (room !== this.#room) {
            this.#room = room;
            this.#held = null;
            this.#text.value = this.#drafts.get(room);
            this.#changed();
        }
    }

    /**
     * A text that was not sent is to be changed; what is here stays.
     *
     * @param {string} text
     */
    take(text) {
        const here = this.#text.value;

        this.#text.value = here.trim() === '' ? text : `${here}\n${text}`;
        this.#changed();
        this.#text.focus();
    }

    /** Whether one may write may have changed. */
    show() {
        const hold = this.#on.hold();
        const text = hold === null ? '' : holdWords(hold, Date.now());

        clearTimeout(this.#timer);
        this.#hold.hidden = hold === null;
        this.#hold.dataset.why = hold?.why ?? '';
        this.#form.classList.toggle('held', hold !== null);
        this.#announce(hold?.why ?? null, text);
        this.#showLeft();

        if (this.#hold.textContent !== text) {
            this.#hold.textContent = text;
        }

        if (hold !== null && hold.until !== null) {
            this.#timer = setTimeout(() => this.show(), TICK);
        }
    }

    /**
     * That the seconds get fewer is seen, and not told.
     *
     * @param {Hold['why'] | null} why
     * @param {string} text
     */
    #announce(why, text) {
        if (why !== this.#held) {
            this.#say.textContent = why === null ? t('write.again') : text;
            this.#held = why;
        }
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        /* some browsers tell the key that ends a composition by its code */
        const composing = event.isComposing || event.keyCode === 229;

        if (event.key === 'Enter' && !event.shiftKey && !composing) {
            event.preventDefault();
            this.#submit();

        } else if (event.key === 'ArrowUp' && this.#text.value === ''
                   && !composing)
        {
            event.preventDefault();
            this.#on.up();

        } else if (/^Page(Up|Down)$/.test(event.key)
                   && this.#text.scrollHeight <= this.#text.clientHeight)
        {
            event.preventDefault();
            this.#on.page(event.key === 'PageUp' ? -1 : 1);
        }
    }

    #submit() {
        const typed = this.#on.typed(this.#text.value.trim());

        if ('done' in typed) {
            this.#text.value = typed.done ? '' : this.#text.value;
            this.#changed();
            return;
        }

        const text = typed.message;

        if (text === '' || this.#on.hold() !== null) {
            return;
        }

        if (this.#over() > 0) {
            this.#say.textContent = t('write.long');
            return;
        }

        this.#text.value = '';
        this.#changed();
        this.#on.send(text);
        this.#text.focus();
    }

    /** What is in the box is another text now. */
    #changed() {
        if (this.#room !== null) {
            this.#drafts.set(this.#room, this.#text.value);
        }

        this.#fit();
        this.#showLeft();
    }

    /** @returns {{left: number, most: number}} characters */
    #measure() {
        const limits = this.#on.limits();
        const most = (limits.text ?? TEXT_MOST) || Infinity;
        const message = limits.message || Infinity;
        const text = this.#text.value.trim();
        const left = most - [...text].length;
        const bytes = text.length * 6 < message ? Infinity
            : message - FRAME_REST
              - new TextEncoder().encode(JSON.stringify(text)).length;

        return { left: Math.min(left, bytes), most };
    }

    /** @returns {number} characters too many */
    #over() {
        return Math.max(-this.#measure().left, 0);
    }

    #showLeft() {
        const { left, most } = this.#measure();
        const text = left < 0 ? t('write.over', { count: -left })
                              : t('write.left', { count: left });
        const near = left < Math.min(most / 5, 200);

        this.#left.hidden = !near;
        this.#left.textContent = near ? text : '';
        this.#left.classList.toggle('over', left < 0);
        this.#text.setAttribute('aria-invalid', String(left < 0));
        this.#send.disabled = left < 0 || this.#text.value.trim() === ''
                              || this.#on.hold() !== null;
    }

    #fit() {
        this.#text.style.height = 'auto';
        this.#text.style.height
            = `${Math.min(this.#text.scrollHeight, TALLEST)}px`;
    }

    /** ":smile:" becomes what it means, when it is complete. */
    #expand() {
        const { selectionStart: at, value } = this.#text;
        const found = expand(value.slice(0, at));

        if (found !== null) {
            this.#text.setRangeText(found.emoji, at - found.length, at, 'end');
        }
    }

    /** @param {string} emoji */
    #insert(emoji) {
        const { selectionStart, selectionEnd } = this.#text;

        this.#text.setRangeText(emoji, selectionStart, selectionEnd, 'end');
        this.#changed();
        this.#text.focus();
    }
}


/**
 * @param {Hold} hold
 * @param {number} now  ms UTC
 * @returns {string}
 */
function holdWords({ why, until }, now) {
    const left = until === null ? 0 : Math.ceil((until - now) / 1000);
    const span = words.span(Math.max(left, 1));

    switch (why) {

    case 'out':
        return t('write.out');

    case 'slow':
        return t('write.slow', { span });

    case 'muted':
        return until === null ? t('write.muted.ever')
                              : t('write.muted', { span });

    case 'locked':
        return t('write.locked');

    case 'key':
        return t('write.key');

    case 'here':
        return t('write.here');

    default:
        return t('write.not');
    }
}
