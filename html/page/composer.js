
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Where a message is written. */

import { find } from '../chat/ui/dom.js';

const TALLEST = 160;                    /* px */


export class Composer {

    #form = find('composer', HTMLFormElement);
    #text = find('text', HTMLTextAreaElement);

    /** @type {{send: (text: string) => void, typing: (on: boolean) => void}} */
    #on;

    /**
     * @param {{send: (text: string) => void,
     *     typing: (on: boolean) => void}} on
     */
    constructor(on) {
        this.#on = on;

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
                && !event.isComposing)
            {
                event.preventDefault();
                this.#submit();
            }
        });
    }

    focus() {
        this.#text.focus();
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
        this.#text.style.height = 'auto';
        this.#text.style.height
            = `${Math.min(this.#text.scrollHeight, TALLEST)}px`;
    }
}
