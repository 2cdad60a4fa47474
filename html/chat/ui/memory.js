
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What this browser remembers; a browser that forbids it forgets. */

import { messageId } from '../index.js';


/**
 * @param {string} key
 * @returns {any}
 */
export function recall(key) {
    try {
        return JSON.parse(localStorage.getItem(`chat.${key}`) ?? 'null');
    } catch {
        return null;
    }
}


/**
 * @param {string} key
 * @param {any} value
 */
export function remember(key, value) {
    try {
        localStorage.setItem(`chat.${key}`, JSON.stringify(value));
    } catch {
        /* private mode, or full: the page works without */
    }
}


/**
 * This tab's name, the same after a reload.  A copy of a tab gets a copy of
 * what the tab keeps, so the name is kept between two pages only.
 *
 * @returns {string}
 */
export function tabName() {
    const name = takeTabName() ?? messageId();

    addEventListener('pagehide', () => {
        try {
            sessionStorage.setItem('chat.tab', name);
        } catch {
            /* after a reload it is another tab */
        }
    });

    addEventListener('pageshow', () => void takeTabName());
    return name;
}


/** @returns {string | null} */
function takeTabName() {
    try {
        const name = sessionStorage.getItem('chat.tab');

        sessionStorage.removeItem('chat.tab');
        return name;
    } catch {
        return null;
    }
}
