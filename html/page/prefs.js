
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What somebody chose in the settings, kept in this browser. */

import { find } from './dom.js';
import { recall, remember } from './memory.js';

/** @typedef {'auto'|'light'|'dark'} Theme */
/** @typedef {'off'|'mentions'|'all'} Notify */

export const THEMES = Object.freeze(/** @type {const} */ (
    ['auto', 'light', 'dark']));
export const NOTIFY = Object.freeze(/** @type {const} */ (
    ['off', 'mentions', 'all']));

const DARK = '(prefers-color-scheme: dark)';


/** @returns {Theme} */
export function theme() {
    return THEMES.find((each) => each === recall('theme')) ?? 'auto';
}


/** @param {Theme} value */
export function setTheme(value) {
    remember('theme', value);
    applyTheme();
}


/** The dark colours are a sheet of their own, for a medium or for all. */
export function applyTheme() {
    const chosen = theme();
    const media = { auto: DARK, dark: 'all', light: 'not all' };
    const schemes = { auto: 'light dark', dark: 'dark', light: 'light' };

    find('dark', HTMLLinkElement).media = media[chosen];
    find('schemes', HTMLMetaElement).content = schemes[chosen];
}


/** @returns {boolean} */
export function sound() {
    return recall('sound') === true;
}


/** @param {boolean} on */
export function setSound(on) {
    remember('sound', on);
}


/** @returns {Notify} */
export function notify() {
    return NOTIFY.find((each) => each === recall('notify')) ?? 'off';
}


/** @param {Notify} value */
export function setNotify(value) {
    remember('notify', value);
}
