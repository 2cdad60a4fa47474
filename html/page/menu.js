
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A menu at a button, for the pointer and for the keyboard. */

import { make } from '../chat/ui/dom.js';

const GAP = 4;                          /* px to what it belongs to */
const EDGE = 8;                         /* px to the window's edge */

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {boolean} [danger]
 * @property {() => void} fn
 */

/** @type {(focus: boolean) => void} */
let closeOpen = () => {};


/**
 * @param {Element} anchor
 * @param {string} label
 * @param {readonly (Item | null)[]} items  null: a line between two
 */
export function openMenu(anchor, label, items) {
    const menu = make('div', { class: 'menu', role: 'menu', tabindex: '-1',
                               'aria-label': label });
    const undo = new AbortController();
    const before = document.activeElement;

    const close = (/** @type {boolean} */ focus) => {
        undo.abort();
        menu.remove();
        expanded(anchor, false);
        closeOpen = () => {};

        if (focus && before instanceof HTMLElement) {
            before.focus();
        }
    };

    closeOpen(false);
    closeOpen = close;
    menu.append(...items.map((item) => entry(item, close)));
    menu.addEventListener('keydown', (event) => keys(event, menu, close));
    document.addEventListener('pointerdown', (event) => {
        if (event.target instanceof Node && !menu.contains(event.target)) {
            close(false);
        }
    }, { signal: undo.signal, capture: true });
    addEventListener('resize', () => close(false), { signal: undo.signal });
    addEventListener('blur', () => close(false), { signal: undo.signal });

    (anchor.closest('main, nav, aside') ?? document.body).append(menu);
    expanded(anchor, true);
    place(menu, anchor);
    entries(menu)[0]?.focus();
}


/**
 * @param {Element} anchor  a name in the log has no such attribute to have
 * @param {boolean} open
 */
function expanded(anchor, open) {
    if (anchor.hasAttribute('aria-haspopup')) {
        anchor.setAttribute('aria-expanded', String(open));
    }
}


/**
 * @param {Item | null} item
 * @param {(focus: boolean) => void} close
 * @returns {HTMLElement}
 */
function entry(item, close) {
    if (item === null) {
        return make('div', { class: 'menu-line', role: 'separator' });
    }

    const element = make('button', { type: 'button', role: 'menuitem',
        tabindex: '-1', class: item.danger ? 'danger' : '' }, item.label);

    element.addEventListener('click', () => {
        close(true);
        item.fn();
    });
    return element;
}


/** @param {HTMLElement} menu */
function entries(menu) {
    return [...menu.querySelectorAll('button')];
}


/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} menu
 * @param {(focus: boolean) => void} close
 */
function keys(event, menu, close) {
    const list = entries(menu);
    const at = list.findIndex((each) => each === document.activeElement);
    const last = list.length - 1;
    const steps = new Map([['ArrowDown', at === last ? 0 : at + 1],
                           ['ArrowUp', at <= 0 ? last : at - 1],
                           ['Home', 0], ['End', last]]);
    const step = steps.get(event.key);

    if (step !== undefined) {
        list[step].focus();

    } else if (event.key === 'Escape' || event.key === 'Tab') {
        close(true);

    } else if (event.key.length === 1 && event.key !== ' ') {
        const start = event.key.toLowerCase();

        [...list.slice(at + 1), ...list.slice(0, at + 1)].find((each) =>
            each.textContent?.toLowerCase().startsWith(start))?.focus();

    } else {
        return;
    }

    event.preventDefault();
    event.stopPropagation();
}


/**
 * Below, at the side where lines begin; elsewhere if there is no room.
 *
 * @param {HTMLElement} menu
 * @param {Element} anchor
 */
function place(menu, anchor) {
    const at = anchor.getBoundingClientRect();
    const { width, height } = menu.getBoundingClientRect();
    const below = at.bottom + GAP;
    const above = at.top - GAP - height;
    const wanted = getComputedStyle(anchor).direction === 'rtl'
                   ? at.right - width : at.left;
    const left = Math.min(wanted, innerWidth - width - EDGE);
    const top = below + height <= innerHeight - EDGE || above < EDGE
                ? Math.min(below, innerHeight - height - EDGE) : above;

    menu.style.left = `${Math.max(left, EDGE)}px`;
    menu.style.top = `${Math.max(top, EDGE)}px`;
}
