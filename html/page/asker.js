
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The dialog that asks for a guest's name. */

import { find } from './dom.js';
import { t } from './language.js';

const LONGEST = 32;                     /* code points */

/* Controls, what nobody sees, what turns the direction, heaps of marks. */
const BAD = new RegExp('[\\p{Cc}\\p{Cs}\\p{Co}\\p{Cn}]'
    + '|(?![\\u200c\\u200d\\ufe00-\\ufe0f])[\\p{Cf}\\p{DI}]'
    + '|\\p{M}{9}', 'u');


/**
 * @param {string} name
 * @returns {string | null} what is wrong with it
 */
export function wrongName(name) {
    if (name === '') {
        return t('ask.empty');
    }

    if ([...name].length > LONGEST) {
        return t('ask.long', { count: LONGEST });
    }

    return BAD.test(name) ? t('ask.bad') : null;
}


/**
 * @param {string} text  as it was typed
 * @returns {string}
 */
export function cleanName(text) {
    return text.normalize('NFC').trim().replace(/\s+/gu, ' ');
}


export class Asker {

    #dialog = find('ask', HTMLDialogElement);
    #input = find('ask-name', HTMLInputElement);
    #error = find('ask-error', HTMLElement);
    #cancel = find('ask-cancel', HTMLButtonElement);
    #ok = find('ask-ok', HTMLButtonElement);

    /** @type {(name: string | null) => void} */
    #done = () => {};

    constructor() {
        const form = find('ask-form', HTMLFormElement);

        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#submit();
        });

        this.#cancel.addEventListener('click', () => this.#dialog.close());
        this.#dialog.addEventListener('close', () => this.#finish(null));
        this.#dialog.addEventListener('cancel', (event) => {
            if (this.#cancel.hidden) {
                event.preventDefault();
            }
        });
    }

    /**
     * @param {string} name  to begin with
     * @param {boolean} must  there is no way round
     * @returns {Promise<string | null>}
     */
    ask(name, must) {
        this.#input.value = name;
        this.#error.textContent = '';
        this.#cancel.hidden = must;
        this.#ok.textContent = must ? t('ask.start') : t('me.rename');
        this.#dialog.showModal();
        this.#input.select();

        return new Promise((resolve) => { this.#done = resolve; });
    }

    #submit() {
        const name = cleanName(this.#input.value);
        const wrong = wrongName(name);

        this.#error.textContent = wrong ?? '';

        if (wrong === null) {
            this.#finish(name);
            this.#dialog.close();
        } else {
            this.#input.focus();
        }
    }

    /** @param {string | null} name */
    #finish(name) {
        const done = this.#done;

        this.#done = () => {};
        done(name);
    }
}
