
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* On narrow screens the lists are drawers: one open at most. */

import { find } from '../chat/ui/dom.js';

/** @typedef {{panel: HTMLElement, opener: HTMLButtonElement}} Drawer */


export class Panels {

    #scrim = find('scrim', HTMLElement);

    /** @type {Drawer[]} */
    #drawers = ['rooms', 'members'].map((name) => ({
        panel: find(`${name}-panel`, HTMLElement),
        opener: find(`show-${name}`, HTMLButtonElement),
    }));

    constructor() {
        for (const drawer of this.#drawers) {
            drawer.opener.addEventListener('click', () => this.#open(drawer));
            drawer.panel.querySelector('[data-close]')
                ?.addEventListener('click', () => this.close());
        }

        this.#scrim.addEventListener('click', () => this.close());
        document.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                this.close();
            }
        });
    }

    /** Closes what is open; the focus goes back to what opened it. */
    close() {
        for (const { panel, opener } of this.#drawers) {
            if (panel.classList.contains('open')) {
                panel.classList.remove('open');
                opener.setAttribute('aria-expanded', 'false');
                opener.focus();
            }
        }

        this.#scrim.hidden = true;
    }

    /** @param {Drawer} drawer */
    #open(drawer) {
        const { panel, opener } = drawer;
        const open = panel.classList.contains('open');

        this.close();

        if (!open) {
            panel.classList.add('open');
            opener.setAttribute('aria-expanded', 'true');
            this.#scrim.hidden = false;
            panel.querySelector('button')?.focus();
        }
    }
}
