
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The log by keyboard: from message to message, and back to writing. */

/**
 * @typedef {object} Upcalls
 * @property {() => void} leave  to where one writes
 * @property {() => void} toEnd
 */


/**
 * @param {HTMLElement} log
 * @param {Upcalls} on
 */
export function walk(log, on) {
    log.addEventListener('keydown', (event) => {
        const { altKey, ctrlKey, metaKey, key } = event;

        if (altKey || ctrlKey || metaKey || event.isComposing) {
            return;
        }

        if (step(log, key, on)) {
            event.preventDefault();

        } else if (key === 'Escape'
                   || ([...key].length === 1 && key !== ' '))
        {
            on.leave();                 /* the key goes there, too */
        }
    });
}


/**
 * @param {HTMLElement} log
 * @param {string} key
 * @param {Upcalls} on
 * @returns {boolean} whether the key meant a step
 */
function step(log, key, on) {
    const rows = /** @type {HTMLElement[]} */ (
        [...log.querySelectorAll('.message')]);
    const here = rows.findIndex((row) =>
        row.contains(document.activeElement));

    switch (key) {

    case 'ArrowUp':
        go(rows[here === -1 ? lastInView(log, rows) : here - 1]);
        return true;

    case 'ArrowDown':
        if (here === rows.length - 1) {
            on.leave();

        } else if (here !== -1) {
            go(rows[here + 1]);
        }

        return here !== -1;

    case 'End':
        on.toEnd();
        go(rows.at(-1));
        return true;

    default:
        return false;
    }
}


/** @param {HTMLElement | undefined} row */
function go(row) {
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
}


/**
 * @param {HTMLElement} log
 * @param {HTMLElement[]} rows
 * @returns {number}
 */
function lastInView(log, rows) {
    const { bottom } = log.getBoundingClientRect();

    const above = rows.filter((row) =>
        row.getBoundingClientRect().bottom <= bottom);

    return above.length - 1;
}
