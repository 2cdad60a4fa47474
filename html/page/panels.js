
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* On narrow screens the lists are drawers: one open at most. */

import { find } from './dom.js';

/* from here on it is a column, as in page.css */
const WIDE = { rooms: '(min-width: 720px)', members: '(min-width: 1000px)' };

/**
 * @typedef {object} Drawer
 * @property {string} name
 * @property {HTMLElement} panel
 * @property {HTMLButtonElement} opener
 * @property {MediaQueryList} wide
 */


export class Panels {

    #scrim = find('scrim', HTMLElement);

    #main = find('main', HTMLElement);

    /** @type {Drawer[]} */
    #drawers = Object.entries(WIDE).map(([name, wide]) => ({
        name,
        panel: find(`${name}-panel`, HTMLElement),
        opener: find(`show-${name}`, HTMLButtonElement),
        wide: matchMedia(wide),
    }));

    constructor() {
        for (const { name, panel, opener } of this.#drawers) {
            opener.addEventListener('click', () => this.toggle(name));
            panel.querySelector('[data-close]')
                ?.addEventListener('click', () => this.close());
        }

        this.#scrim.addEventListener('click', () => this.close());
        addEventListener('resize', () => this.#fit());
        document.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && !event.defaultPrevented
                && this.close())
            {
                event.preventDefault();
            }
        });
        this.#fit();
    }

    /**
     * Closes what is open; the focus goes back to what opened it.
     *
     * @returns {boolean} whether something was open
     */
    close() {
        const open = this.#drawers.find(({ panel }) =>
            panel.classList.contains('open'));

        if (open === undefined) {
            return false;
        }

        open.panel.classList.remove('open');
        this.#main.inert = false;
        this.#scrim.hidden = true;
        this.#fit();
        open.opener.focus();
        return true;
    }

    /** @param {string} name  of a drawer, shown as a drawer or as a column */
    open(name) {
        const drawer = this.#drawers.find((each) => each.name === name);

        if (drawer !== undefined && !isShown(drawer.panel)) {
            this.toggle(name);
        }
    }

    /** @param {string} name */
    toggle(name) {
        const drawer = this.#drawers.find((each) => each.name === name);

        if (drawer === undefined) {
            return;
        }

        if (drawer.wide.matches) {
            drawer.panel.classList.toggle('away');
            this.#fit();
            return;
        }

        if (this.close()) {
            return;
        }

        drawer.panel.classList.add('open');
        this.#main.inert = true;
        this.#scrim.hidden = false;
        this.#fit();
        drawer.panel.querySelector('button')?.focus();
    }

    /** The window got wider: no drawers there. */
    #fit() {
        for (const { panel, opener, wide } of this.#drawers) {
            if (wide.matches && panel.classList.contains('open')) {
                this.close();
            }

            opener.setAttribute('aria-expanded', String(isShown(panel)));
        }
    }
}


/** @param {HTMLElement} panel */
function isShown(panel) {
    return panel.getClientRects().length > 0;
}
