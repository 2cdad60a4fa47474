
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One entry of the log as people see it, and what becomes of it. */

import { button, make } from './dom.js';
import { isEmoji, rich } from './rich.js';

/**
 * message  what somebody said: "text"
 * broken   something that must not be shown as text; "reason" says why
 * deleted  something that was taken away
 * note     what the room itself has to say: "text"
 *
 * @typedef {'message'|'broken'|'deleted'|'note'} Kind
 */

/**
 * sending  one's own, on its way; "reason" says what it waits for
 * sent     one's own, stored
 * failed   one's own, not sent, because of "reason"
 *
 * @typedef {'sending'|'sent'|'failed'} Fate
 */

/**
 * @typedef {object} Entry
 * @property {Kind} kind
 * @property {number} time  ms UTC
 * @property {{id: string, name: string}} from
 * @property {boolean} mine
 * @property {string} text
 * @property {number | null} seq  null: not in the room's log (yet)
 * @property {boolean} [mention]  it speaks to whom sits here
 * @property {boolean} [edited]
 * @property {string} [cid]
 * @property {Fate | null} [fate]  null: somebody else's
 * @property {string} [reason]  a sentence
 */

/**
 * What a row needs of a Words, see language.js.
 *
 * @typedef {object} Words
 * @property {(key: any, params?: any) => string} t
 * @property {(time: number, options?: Intl.DateTimeFormatOptions) =>
 *     string} date
 */

/**
 * What can be done about one's own message that failed.
 *
 * @typedef {object} Upcalls
 * @property {() => void} retry
 * @property {() => void} discard
 * @property {() => void} [edit]  to where one writes
 */

let count = 0;


/**
 * @param {Entry} entry
 * @param {Words} words
 * @param {Upcalls} [on]
 * @returns {HTMLElement}
 */
export function makeRow(entry, words, on) {
    if (entry.kind === 'note') {
        return make('p', { class: 'note' },
                    make('span', { dir: 'auto' }, entry.text));
    }

    const id = `row-${++count}`;
    const name = entry.mine ? words.t('row.you') : entry.from.name;
    const row = make('div', { class: 'message', role: 'article',
        tabindex: '-1', 'aria-labelledby': `${id}-who ${id}-text`,
        'aria-describedby': `${id}-foot` },
        make('span', { class: 'unseen', id: `${id}-who` },
             make('bdi', {}, name), entry.mention === true
                 ? ` (${words.t('row.mention')})` : '', ': '),
        body(entry, words, `${id}-text`),
        make('span', { class: 'foot', id: `${id}-foot` }));

    if (entry.mention === true) {
        row.classList.add('mention');
    }

    if (entry.seq !== null) {
        row.dataset.seq = String(entry.seq);
    }

    if (entry.cid !== undefined) {
        row.dataset.cid = entry.cid;
    }

    updateRow(row, entry, words, on);
    return row;
}


/**
 * What has become of one's own message.
 *
 * @param {HTMLElement} row  of makeRow()
 * @param {Entry} entry
 * @param {Words} words
 * @param {Upcalls} [on]
 */
export function updateRow(row, entry, words, on) {
    const fate = entry.fate ?? null;
    const foot = row.querySelector('.foot');

    if (foot === null) {
        return;
    }

    if (fate === null) {
        delete row.dataset.state;
    } else {
        row.dataset.state = fate;
    }

    switch (fate) {

    case 'sending':
        foot.replaceChildren(make('span', { class: 'fate' },
                                  entry.reason ?? words.t('row.sending')));
        break;

    case 'failed':
        foot.replaceChildren(...failed(entry, words, on));
        break;

    default:
        foot.replaceChildren(stamp(entry.time, fate === 'sent', words));

        if (entry.edited === true) {
            foot.prepend(make('span', { class: 'edited' },
                              words.t('row.edited')));
        }
    }
}


/**
 * What cannot be shown is said to be so, and none of it becomes text.
 *
 * @param {Entry} entry
 * @param {Words} words
 * @param {string} id
 * @returns {HTMLElement}
 */
function body({ kind, text, reason }, words, id) {
    if (kind === 'broken') {
        return make('div', { class: 'broken', id, dir: 'auto' },
                    reason ?? words.t('row.broken'));
    }

    if (kind === 'deleted') {
        return make('div', { class: 'gone', id, dir: 'auto' },
                    words.t('row.deleted'));
    }

    const element = make('div', { class: 'text', id, dir: 'auto' });

    if (isEmoji(text)) {
        element.classList.add('big');
        element.append(text);
    } else {
        element.append(...rich(text));
    }

    return element;
}


/**
 * @param {Entry} entry
 * @param {Words} words
 * @param {Upcalls} [on]
 * @returns {HTMLElement[]}
 */
function failed({ reason }, words, on) {
    const why = make('span', { class: 'fate bad', role: 'alert' },
                     reason ?? words.t('row.failed'));

    if (on === undefined) {
        return [why];
    }

    const ways = make('span', { class: 'ways' },
        button(words.t('row.retry'), 'way', on.retry),
        button(words.t('row.discard'), 'way', on.discard));

    if (on.edit !== undefined) {
        ways.prepend(button(words.t('row.edit'), 'way', on.edit));
    }

    return [why, ways];
}


/**
 * @param {number} time  ms UTC
 * @param {boolean} sent  one's own, with its mark
 * @param {Words} words
 * @returns {HTMLElement}
 */
function stamp(time, sent, words) {
    const stamped = make('time', {
        class: 'stamp', datetime: new Date(time).toISOString(),
        title: words.date(time, { dateStyle: 'full', timeStyle: 'medium' }),
    }, make('span', { dir: 'auto' },
            words.date(time, { hour: 'numeric', minute: '2-digit' })));

    if (sent) {
        const label = words.t('row.sent');

        stamped.append(make('span', { class: 'mark', role: 'img',
                                      'aria-label': label, title: label },
                            '\u2713'));
    }

    return stamped;
}
