
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How a person looks: colour and initials. */

import { make } from './dom.js';

const HUES = 12;


/**
 * @param {string} id
 * @returns {string} the same class for the same person
 */
export function hue(id) {
    let hash = 7;

    for (const char of id) {
        hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 65521;
    }

    return `hue-${hash % HUES}`;
}


/**
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
    const words = name.split(/[\s._-]+/u).filter((word) => word !== '');
    const first = words.slice(0, 2).map((word) => [...word][0]);

    return first.join('').toLocaleUpperCase() || '?';
}


/**
 * @param {{id: string, name: string}} person
 * @returns {HTMLElement}
 */
export function avatar(person) {
    return make('span', { class: `avatar ${hue(person.id)}`,
                          'aria-hidden': 'true' }, initials(person.name));
}
