
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What has changed in what one may do in a room, in sentences. */

import { t, words } from './language.js';

/* the last moment that a Date can be; what has no end is later */
export const LAST = 8.64e15;            /* ms UTC */

/** @typedef {import('../chat/rights.js').Rights} Rights */


/**
 * @param {Rights} before
 * @param {Rights} after
 * @returns {string[]}
 */
export function changes(before, after) {
    const news = [];

    if (before.role !== after.role) {
        news.push(named(`notice.role.${after.role}`));
    }

    if (before.lock !== after.lock) {
        news.push(named(`notice.lock.${after.lock}`));
    }

    if (before.slow !== after.slow) {
        news.push(after.slow === 0 ? t('notice.slow.off')
            : t('notice.slow', { span: words.span(after.slow) }));
    }

    if (before.muted !== after.muted) {
        news.push(mutedWords(after.muted));
    }

    return news.filter((each) => each !== '');
}


/** @param {number | null} until  ms UTC */
function mutedWords(until) {
    if (until === null) {
        return t('notice.unmuted');
    }

    return until < LAST ? t('notice.muted.until', { time: words.moment(until) })
                        : t('notice.muted');
}


/**
 * @param {string} key
 * @returns {string} empty for what a newer server says
 */
function named(key) {
    return words.has(key) ? t(key) : '';
}


/**
 * @param {any} act  of the moderation's log
 * @param {(id: string) => string} nameOf
 * @returns {string}
 */
export function actWords(act, nameOf) {
    const until = act.until < LAST ? act.until : null;
    const name = act.user === undefined ? String(act.ip ?? '')
                                        : nameOf(String(act.user));
    const params = {
        by: String(act.by?.name || act.by?.id || '?'), user: name,
        what: String(act.do),
        until: until === null ? '' : words.moment(until),
        span: words.span(Number(act.value) || 0),
        value: valueWords(act),
    };
    const suffix = until !== null ? '.until'
                   : act.do === 'slow' && Number(act.value) === 0 ? '.off'
                   : '';
    const key = `acts.${act.do}${suffix}`;
    const reason = act.reason ? t('acts.reason',
                                  { reason: String(act.reason) }) : '';

    return words.join(words.has(key) ? t(key, params)
                                     : t('acts.other', params), reason);
}


/** @param {any} act */
function valueWords({ do: what, value }) {
    const key = what === 'lock' ? `lock.${value ?? 'write'}`
                                : `role.${value}`;

    return words.has(key) ? t(key) : String(value ?? '');
}
