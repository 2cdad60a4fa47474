
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Whether a text speaks to somebody. */

/* of scripts that put no space between two words */
const DENSE = new RegExp('[\\p{Script=Han}\\p{Script=Hiragana}'
    + '\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}'
    + '\\p{Script=Khmer}\\p{Script=Myanmar}]', 'u');


/**
 * @param {string} text
 * @param {string} name
 * @returns {boolean} whether "@name" stands there, as a whole word
 */
export function mentions(text, name) {
    const wanted = `@${fold(name)}`;
    const all = fold(text);

    for (let at = all.indexOf(wanted); name !== '' && at !== -1;
         at = all.indexOf(wanted, at + 1))
    {
        const [before] = [...all.slice(0, at)].slice(-1);
        const [after] = all.slice(at + wanted.length);

        if (!isLetter(before) && !isLetter(after)) {
            return true;
        }
    }

    return false;
}


/**
 * @param {string | undefined} char
 * @returns {boolean} whether a word goes on with it
 */
function isLetter(char) {
    return char !== undefined && /[\p{L}\p{N}_]/u.test(char)
           && !DENSE.test(char);
}


/** @param {string} text */
function fold(text) {
    return text.normalize('NFC').toLowerCase();
}
