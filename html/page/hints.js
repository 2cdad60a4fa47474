
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What may be typed next, above the message: commands, names. */

import { complete } from './commands.js';
import { find, make } from './dom.js';
import { about, usage } from './help.js';
import { t } from './language.js';

/** @typedef {import('./commands.js').Person} Person */

/**
 * @typedef {object} Source
 * @property {() => readonly string[]} can
 * @property {() => readonly Person[]} people
 */


export class Hints {

    #text = find('text', HTMLTextAreaElement);
    #list = make('ul', { id: 'hints-list', role: 'listbox',
                         'aria-label': t('command.list') });
    #usage = make('p', { class: 'usage', role: 'status' });
    #box = make('div', { class: 'hints', id: 'hints' }, this.#list,
                this.#usage);

    /** @type {Source} */
    #source;

    #from = 0;

    /** @type {string[]} */
    #items = [];

    #at = -1;

    /** @param {Source} source */
    constructor(source) {
        this.#source = source;
        this.#box.hidden = true;
        this.#box.tabIndex = 0;         /* it may have to be scrolled */
        this.#box.addEventListener('mousedown', (event) =>
            event.preventDefault());    /* one goes on writing */
        find('composer', HTMLFormElement).before(
            make('div', { class: 'hints-place' }, this.#box));
        this.#text.setAttribute('aria-autocomplete', 'list');
        this.#text.setAttribute('aria-controls', 'hints-list');

        this.#text.addEventListener('input', () => this.show());
        this.#text.addEventListener('blur', () => this.close());
        this.#text.addEventListener('keydown', (event) => this.#key(event),
                                    { capture: true });
    }

    show() {
        const { value, selectionStart: caret } = this.#text;
        const { from, items, command } = complete(value.slice(0, caret),
            this.#source.can(), this.#source.people());

        this.#from = from;
        this.#items = caret === value.length ? items.map(({ text }) => text)
                                             : [];
        this.#list.replaceChildren(...items.map((item, i) =>
            this.#option(item, i)));
        this.#list.hidden = this.#items.length === 0;
        this.#usage.hidden = command === undefined;
        this.#usage.textContent = command === undefined ? ''
            : `${usage(command)} \u2013 ${about(command)}`;
        this.#box.hidden = this.#list.hidden && this.#usage.hidden;
        this.#mark(-1);
    }

    close() {
        this.#items = [];
        this.#list.replaceChildren();
        this.#box.hidden = true;
        this.#mark(-1);
    }

    /**
     * @param {{text: string,
     *     command?: import('./commands.js').Command}} item
     * @param {number} i
     * @returns {HTMLElement}
     */
    #option({ text, command }, i) {
        const option = make('li', { role: 'option', id: `hint-${i}`,
                                    'aria-selected': 'false' });

        if (command === undefined) {
            option.append(make('bdi', {}, text));
        } else {
            option.append(make('code', {}, usage(command)),
                          make('span', { class: 'soft' }, about(command)));
        }

        option.addEventListener('pointerdown', (event) => {
            event.preventDefault();
            this.#take(i);
        });
        return option;
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const { length } = this.#items;
        const plain = !event.shiftKey && !event.ctrlKey && !event.altKey
                      && !event.metaKey && !event.isComposing;

        if (this.#box.hidden || !plain) {
            return;
        }

        switch (event.key) {

        case 'ArrowDown':
            this.#mark(this.#at + 1 >= length ? 0 : this.#at + 1);
            break;

        case 'ArrowUp':
            this.#mark(this.#at <= 0 ? length - 1 : this.#at - 1);
            break;

        case 'Tab':
            this.#take(Math.max(this.#at, 0));
            break;

        case 'Enter':
            if (this.#at === -1) {
                this.close();
                return;
            }

            this.#take(this.#at);
            break;

        case 'Escape':
            this.close();
            break;

        default:
            return;
        }

        if (length > 0 || event.key === 'Escape') {
            event.preventDefault();
            event.stopImmediatePropagation();
        }
    }

    /** @param {number} at */
    #mark(at) {
        this.#at = at < this.#items.length ? at : -1;

        [...this.#list.children].forEach((option, i) => {
            option.setAttribute('aria-selected', String(i === this.#at));

            if (i === this.#at) {
                option.scrollIntoView({ block: 'nearest' });
            }
        });

        if (this.#at === -1) {
            this.#text.removeAttribute('aria-activedescendant');
        } else {
            this.#text.setAttribute('aria-activedescendant',
                                    `hint-${this.#at}`);
        }
    }

    /** @param {number} i */
    #take(i) {
        const item = this.#items[i];

        if (item !== undefined) {
            this.#text.setRangeText(item, this.#from, this.#text.value.length,
                                    'end');
            this.#text.dispatchEvent(new Event('input', { bubbles: true }));
        }
    }
}
