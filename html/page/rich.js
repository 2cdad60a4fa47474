
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What somebody wrote, as nodes: text, links, code. */

import { make } from './dom.js';

const LINK_LONGEST = 2048;              /* characters */
const BIG_MOST = 6;                     /* emoji that are shown large */
const BIG_LONGEST = 120;                /* characters of them */

/* ```code``` of its own, perhaps with a language, and `code` in a line */
const BLOCK = '\\n?```(?:[a-z0-9+#.-]{0,20}\\n)?(?<block>[^]+?)\\n?```\\n?';
const INLINE = '`(?<inline>[^`\\n]+)`';

/* what turns the direction, or is not seen, is no part of an address */
const UNSEEN = '\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e'
    + '\\u200b-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3164\\ufeff\\uffa0'
    + '\\ufff9-\\ufffb';
const WIDE = '\u3000-\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c'
    + '\uff1a\uff1b\uff1f';
const SIGN = `[^\\s<>"\`${WIDE}${UNSEEN}]`;
const LINK = `(?<![a-z0-9_@])(?<link>(?:https?://|www\\.)${SIGN}+`
    + `(?![${UNSEEN}]|${SIGN})`
    + '|(?:mailto:)?[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}'
    + '(?:\\.[a-z0-9-]{1,63}){1,8}(?![a-z0-9@_-]))';

const PARTS = new RegExp(`${BLOCK}|${INLINE}|${LINK}`, 'giu');

/* One emoji: drawn as a picture, with its tone and what is joined to it. */
const TONE = '[\\u{1f3fb}-\\u{1f3ff}]?';
const PICTURE = `(?:\\p{Emoji_Presentation}|\\p{Extended_Pictographic}\\ufe0f`
    + `|\\p{Extended_Pictographic}(?=\\u200d|[\\u{1f3fb}-\\u{1f3ff}]))`
    + `\\ufe0f?${TONE}`;
const EMOJI = new RegExp('^(?:(?:\\p{Regional_Indicator}{2}'
    + `|[0-9#*]\\ufe0f\\u20e3|${PICTURE}(?:\\u200d\\p{Extended_Pictographic}`
    + `\\ufe0f?${TONE})*)\\s*){1,${BIG_MOST}}$`, 'u');

/* what ends a sentence rather than an address */
const ENDS = /[.,:;!?'*_~\u2018\u2019\u201c\u201d\u2026]$/u;
const ENDS_MOST = 40;                   /* characters */

/** @type {Readonly<Record<string, string>>} */
const PAIRS = Object.freeze({ ')': '(', ']': '[', '}': '{' });


/**
 * Text stays text: nothing of it is ever read as markup.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function rich(text) {
    /** @type {(Node | string)[]} */
    const nodes = [];
    let end = 0;

    for (const match of text.matchAll(PARTS)) {
        const { block, inline, link } = match.groups ?? {};
        const [node, length] = link !== undefined ? linked(link)
            : [code(block, inline), match[0].length];

        if (node !== null) {
            nodes.push(text.slice(end, match.index), node);
            end = match.index + length;
        }
    }

    nodes.push(text.slice(end));
    return nodes.filter((node) => node !== '');
}


/**
 * @param {string} text
 * @returns {boolean} a few emoji, and nothing else
 */
export function isEmoji(text) {
    return text.length <= BIG_LONGEST && EMOJI.test(text.trim());
}


/**
 * @param {string | undefined} block
 * @param {string | undefined} inline
 * @returns {HTMLElement}
 */
function code(block, inline) {
    return block === undefined
        ? make('code', { dir: 'ltr' }, inline ?? '')
        : make('pre', { dir: 'ltr' }, make('code', {}, block));
}


/**
 * An address shows as it was written, so it cannot say one thing and be
 * another; what a browser would hide of it makes it no link.
 *
 * @param {string} found
 * @returns {[HTMLElement | null, number]} and how much of the text it is
 */
function linked(found) {
    const text = trimmed(found);
    const url = parsed(text);

    if (url === null) {
        return [null, 0];
    }

    const link = make('a', { href: url.href, target: '_blank', dir: 'ltr',
        rel: 'noopener noreferrer nofollow ugc' }, text);

    if (url.protocol !== 'mailto:' && /[^\0-\x7f]/u.test(hostOf(text))) {
        link.dataset.host = url.hostname;
        link.title = url.hostname;
    }

    return [link, text.length];
}


/**
 * @param {string} text
 * @returns {URL | null}
 */
function parsed(text) {
    const whole = /^https?:|^mailto:/iu.test(text) ? text
        : text.includes('@') && !/^www\./iu.test(text) ? `mailto:${text}`
        : `https://${text}`;

    const url = text.length > LINK_LONGEST ? null : read(whole);

    if (url === null) {
        return null;
    }

    const web = url.protocol === 'https:' || url.protocol === 'http:';

    if (web) {
        return url.username === '' && url.password === ''
               && url.hostname.length > 2 ? url : null;
    }

    return url.protocol === 'mailto:' ? url : null;
}


/**
 * @param {string} text
 * @returns {URL | null}
 */
function read(text) {
    try {
        return new URL(text);
    } catch {
        return null;
    }
}


/**
 * @param {string} text  of a link to the web
 * @returns {string}
 */
function hostOf(text) {
    return text.replace(/^https?:\/\//iu, '').replace(/[/?#\\].*$/su, '');
}


/**
 * @param {string} text
 * @returns {string} without what belongs to the sentence around it
 */
function trimmed(text) {
    for (let i = 0; i < ENDS_MOST; i++) {
        const last = text.at(-1) ?? '';
        const open = PAIRS[last];
        const unpaired = open !== undefined
                         && count(text, last) > count(text, open);

        if (!unpaired && !ENDS.test(text)) {
            return text;
        }

        text = text.slice(0, -1);
    }

    return '';
}


/**
 * @param {string} text
 * @param {string} sign
 * @returns {number}
 */
function count(text, sign) {
    return text.split(sign).length - 1;
}
