
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The button to the newest message, with the number of those that are new. */

import { find, make } from './dom.js';
import { t } from './language.js';


export class Jump {

    #button = find('down', HTMLButtonElement);
    #text = make('span', {});

    /** @param {() => void} jump */
    constructor(jump) {
        this.#button.replaceChildren(
            make('span', { class: 'arrow', 'aria-hidden': 'true' }, '\u2193'),
            this.#text);
        this.#button.addEventListener('click', jump);
    }

    /**
     * @param {boolean} far  whether there is a way to jump
     * @param {number} unread
     */
    show(far, unread) {
        const text = unread > 0 ? t('log.unread', { count: unread })
                                : t('log.latest');

        this.#button.hidden = !far && unread === 0;
        this.#button.classList.toggle('bare', unread === 0);

        if (this.#text.textContent !== text) {
            this.#text.textContent = text;
        }

        this.#text.className = unread > 0 ? '' : 'unseen';
    }
}
