
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Under which name a guest writes, and another one. */

import { button, make } from '../ui/dom.js';
import { cleanName, wrongName } from '../ui/names.js';

/** @typedef {import('../ui/language.js').Words} Words */


export class Naming {

    /** @type {HTMLElement} */
    element;

    #name = make('bdi', {});
    #shown = make('p', { class: 'foot', part: 'name' });
    #form;
    #input;
    #wrong = make('p', { class: 'wrong', role: 'alert', id: 'wrong' });
    #change;
    #words;

    /** @type {(name: string) => void} */
    #rename;

    /**
     * @param {Words} words
     * @param {(name: string) => void} rename
     */
    constructor(words, rename) {
        const t = words.t.bind(words);

        this.#words = words;
        this.#rename = rename;
        this.#change = button(t('me.rename'), 'link', () => this.#open());
        this.#shown.append(make('span', {}, t('embed.name')), ' ', this.#name,
                           ' ', this.#change);
        this.#input = make('input', { id: 'name', autocomplete: 'nickname',
            maxlength: '64', dir: 'auto', 'aria-describedby': 'wrong' });
        this.#form = make('form', { class: 'naming', novalidate: '' },
            make('label', { for: 'name' }, t('ask.label')), this.#input,
            make('button', { type: 'submit' }, t('embed.save')),
            button(t('cancel'), '', () => this.#close()), this.#wrong);
        this.#form.hidden = true;
        this.element = make('div', {}, this.#shown, this.#form);
        this.element.hidden = true;

        this.#form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#submit();
        });
        this.#form.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                this.#close();
            }

            event.stopPropagation();
        });
    }

    /** @param {string | null} name  null: it cannot be changed here */
    show(name) {
        this.element.hidden = name === null;

        if (name !== null) {
            this.#name.textContent = name;
        }
    }

    #open() {
        this.#input.value = this.#name.textContent ?? '';
        this.#wrong.textContent = '';
        this.#shown.hidden = true;
        this.#form.hidden = false;
        this.#input.select();
        this.#input.focus();
    }

    #close() {
        this.#form.hidden = true;
        this.#shown.hidden = false;
        this.#change.focus();
    }

    #submit() {
        const name = cleanName(this.#input.value);
        const wrong = wrongName(name, this.#words);

        this.#wrong.textContent = wrong ?? '';

        if (wrong !== null) {
            this.#input.focus();
            return;
        }

        this.#close();
        this.#rename(name);
    }
}
