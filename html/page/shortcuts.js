
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the keyboard does anywhere in the page. */

/**
 * @typedef {object} Upcalls
 * @property {(step: number, unread: boolean) => void} room
 * @property {() => void} join
 * @property {() => void} help
 * @property {() => void} settings
 * @property {() => void} message  back to where it is written
 */

/** What F6 goes round. */
const REGIONS = Object.freeze(['#rooms [aria-current]', '.log:not([hidden])',
    '#text', '#members button, #show-members']);


/** @param {Upcalls} on */
export function listenToKeys(on) {
    document.addEventListener('keydown', (event) => {
        const { key, altKey, shiftKey, ctrlKey, metaKey } = event;

        if (event.defaultPrevented || event.isComposing
            || document.querySelector('dialog[open]') !== null)
        {
            return;
        }

        const control = (ctrlKey || metaKey) && !altKey;
        const alone = !ctrlKey && !metaKey && !altKey;

        if (altKey && !ctrlKey && !metaKey && /^Arrow(Up|Down)$/.test(key)) {
            on.room(key === 'ArrowDown' ? 1 : -1, shiftKey);

        } else if (control && key.toLowerCase() === 'k' && !shiftKey) {
            on.join();

        } else if ((control && key === '/') || (alone && key === '?'
                                                && !isWriting(event))) {
            on.help();

        } else if (control && key === ',') {
            on.settings();

        } else if (key === 'F6' && !control && !altKey) {
            nextRegion(shiftKey ? -1 : 1);

        } else if (key === 'Escape') {
            on.message();

        } else {
            return;
        }

        event.preventDefault();
    });
}


/** @param {Event} event */
function isWriting({ target }) {
    return target instanceof HTMLElement
           && target.matches('input, textarea, select');
}


/** @param {number} step */
function nextRegion(step) {
    const regions = REGIONS.map((each) =>
        [...document.querySelectorAll(each)].find(isShown));
    const { length } = regions;
    const at = regions.findIndex((each) =>
        each?.contains(document.activeElement));

    for (let i = 1; i <= length; i++) {
        const region = regions[(at + step * i + length * i) % length];

        if (region instanceof HTMLElement) {
            region.focus();
            return;
        }
    }
}


/** @param {Element} element */
function isShown(element) {
    return element.getClientRects().length > 0;
}
