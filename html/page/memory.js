
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What this browser remembers; a browser that forbids it forgets. */


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
