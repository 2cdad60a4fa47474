
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What rooms and people may be called. */

import { words as here } from './language.js';

export const ROOM_FORM = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/;

const LONGEST = 32;                     /* code points */

/* Controls, what nobody sees, what turns the direction, heaps of marks. */
const BAD = new RegExp('[\\p{Cc}\\p{Cs}\\p{Co}\\p{Cn}]'
    + '|(?![\\u200c\\u200d\\ufe00-\\ufe0f])[\\p{Cf}\\p{DI}]'
    + '|\\p{M}{9}', 'u');


/**
 * @param {string} name
 * @returns {string} as it is sent
 */
export function cleanName(name) {
    return name.normalize('NFC').trim().replace(/\s+/gu, ' ');
}


/**
 * @param {string} name
 * @param {import('./language.js').Words} [words]
 * @returns {string | null} what is wrong with it
 */
export function wrongName(name, words = here) {
    if (name === '') {
        return words.t('ask.empty');
    }

    if ([...name].length > LONGEST) {
        return words.t('ask.long', { count: LONGEST });
    }

    return BAD.test(name) ? words.t('ask.bad') : null;
}
