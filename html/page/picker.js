
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Emoji in a panel, by mouse, finger and keyboard. */

import { button, make } from './dom.js';
import { EMOJI } from './emoji.js';
import { t } from './language.js';
import { recall, remember } from './memory.js';

const RECENT_MOST = 16;


export class Picker {

    #opener;
    #panel;
    #choose;
    #leave;
    #filled = false;

    /**
     * @param {HTMLButtonElement} opener
     * @param {HTMLElement} panel
     * @param {(emoji: string) => void} choose
     * @param {() => void} leave  nothing was chosen
     */
    constructor(opener, panel, choose, leave) {
        this.#opener = opener;
        this.#panel = panel;
        this.#choose = choose;
        this.#leave = leave;

        opener.addEventListener('click', () => this.#toggle());
        panel.addEventListener('keydown', (event) => this.#key(event));
        document.addEventListener('pointerdown', ({ target }) => {
            if (target instanceof Node && !panel.contains(target)
                && !opener.contains(target))
            {
                this.#close();
            }
        });
        panel.addEventListener('focusout', ({ relatedTarget }) => {
            if (relatedTarget instanceof Node && relatedTarget !== opener
                && !panel.contains(relatedTarget))
            {
                this.#close();
            }
        });
    }

    #toggle() {
        if (!this.#panel.hidden) {
            this.#close();
            this.#leave();
            return;
        }

        this.#fill();
        this.#panel.hidden = false;
        this.#panel.scrollTop = 0;
        this.#opener.setAttribute('aria-expanded', 'true');
        this.#go(this.#buttons()[0]);
    }

    #close() {
        this.#panel.hidden = true;
        this.#opener.setAttribute('aria-expanded', 'false');
    }

    #fill() {
        const recent = recents();

        if (!this.#filled) {
            this.#filled = true;
            this.#panel.replaceChildren(...EMOJI.map(({ key, list }) =>
                this.#part(`emoji.${key}`, list)));
        }

        this.#panel.querySelector('[data-part="emoji.recent"]')?.remove();

        if (recent.length > 0) {
            this.#panel.prepend(this.#part('emoji.recent', recent));
        }
    }

    /**
     * @param {string} key
     * @param {readonly string[]} list
     * @returns {HTMLElement}
     */
    #part(key, list) {
        const label = t(/** @type {any} */ (key));

        return make('div', { role: 'group', 'aria-label': label,
                             'data-part': key },
            make('p', { 'aria-hidden': 'true' }, label),
            make('div', { class: 'grid' }, ...list.map((emoji) => {
                const each = button(emoji, '', () => this.#take(emoji));

                each.tabIndex = -1;
                return each;
            })));
    }

    /** @param {string} emoji */
    #take(emoji) {
        remember('emoji', [emoji, ...recents().filter((each) =>
            each !== emoji)].slice(0, RECENT_MOST));
        this.#close();
        this.#choose(emoji);
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const buttons = this.#buttons();
        const here = buttons.findIndex((each) =>
            each === document.activeElement);
        const wide = getComputedStyle(this.#panel).direction === 'rtl';

        switch (event.key) {

        case 'Escape':
            event.stopPropagation();
            this.#close();
            this.#leave();
            break;

        case 'ArrowLeft':
            this.#go(buttons[here + (wide ? 1 : -1)]);
            break;

        case 'ArrowRight':
            this.#go(buttons[here + (wide ? -1 : 1)]);
            break;

        case 'ArrowUp':
            this.#go(beside(buttons, here, -1));
            break;

        case 'ArrowDown':
            this.#go(beside(buttons, here, 1));
            break;

        case 'Home':
            this.#go(buttons[0]);
            break;

        case 'End':
            this.#go(buttons.at(-1));
            break;

        default:
            return;
        }

        event.preventDefault();
    }

    /** @param {HTMLElement | undefined} next */
    #go(next) {
        if (next !== undefined) {
            this.#buttons().forEach((each) => { each.tabIndex = -1; });
            next.tabIndex = 0;
            next.focus();
        }
    }

    /** @returns {HTMLButtonElement[]} */
    #buttons() {
        return [...this.#panel.querySelectorAll('button')];
    }
}


/**
 * @param {HTMLElement[]} buttons
 * @param {number} here
 * @param {1 | -1} way  down or up
 * @returns {HTMLElement | undefined} the nearest in the next line
 */
function beside(buttons, here, way) {
    const from = buttons[here]?.getBoundingClientRect();
    const list = way === 1 ? buttons.slice(here + 1)
                           : buttons.slice(0, Math.max(here, 0)).reverse();
    const line = list.find((each) =>
        Math.abs(each.getBoundingClientRect().top - (from?.top ?? 0)) > 4);
    const top = line?.getBoundingClientRect().top ?? 0;
    const away = (/** @type {HTMLElement} */ each) =>
        Math.abs(each.getBoundingClientRect().left - (from?.left ?? 0));

    return list.filter((each) =>
        Math.abs(each.getBoundingClientRect().top - top) <= 4)
        .sort((a, b) => away(a) - away(b))[0];
}


/** @returns {string[]} used last */
function recents() {
    const kept = recall('emoji');

    return (Array.isArray(kept) ? kept : []).filter((each) =>
        EMOJI.some(({ list }) => list.includes(each)));
}
