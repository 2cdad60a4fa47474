
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
const REGIONS = Object.freeze([
    ['#rooms [aria-current]', '#show-rooms'],
    ['.log:not([hidden])'],
    ['#text'],
    ['#members button', '#show-members'],
]);


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
                                                && !isWriting())) {
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


/** @returns {boolean} whether the key goes into a text */
function isWriting() {
    return document.activeElement?.matches('input, textarea, select')
           ?? false;
}


/** @param {number} step */
function nextRegion(step) {
    const { length } = REGIONS;
    const here = document.activeElement?.closest('#rooms-panel, .logs, '
        + '#composer, #members-panel, #show-rooms, #show-members');
    const at = REGIONS.findIndex((region) => region.some((each) =>
        here?.matches(each) || here?.querySelector(each)));

    for (let i = 1; i <= length; i++) {
        const next = (at + step * i + length * i + length) % length;
        const region = REGIONS[next].flatMap((each) =>
            [...document.querySelectorAll(each)]).find(isShown);

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
