
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What may be done about a message: another text, or none. */

import { EDIT } from '../chat/changes.js';
import { make } from '../chat/ui/dom.js';
import { t } from '../chat/ui/language.js';
import { errorWords } from '../chat/ui/words.js';
import { REASON_MOST } from './commands.js';
import { line, openDialog } from './dialog.js';

const ROWS = 4;                         /* of a text that is edited */

/** @typedef {import('../chat/ui/row.js').Entry} Entry */
/** @typedef {import('./menu.js').Item} Item */
/** @typedef {import('./talk.js').Talk} Talk */
/** @typedef {(text: string) => void} Slip  what went wrong */


/**
 * @param {Talk} talk
 * @param {number} seq
 * @param {readonly string[] | undefined} features  of the server
 * @param {Slip} slip
 * @returns {Item[]}
 */
export function changeItems(talk, seq, features, slip) {
    const { can, role } = talk.room.rights;
    const entry = talk.log.entry(seq);
    const moderates = role === 'moderator' || role === 'owner';

    if (entry === null || entry.kind === 'deleted'
        || features?.includes(EDIT) !== true)
    {
        return [];
    }

    /** @type {Item[]} */
    const items = [];

    if (entry.mine && entry.kind === 'message' && talk.room.sealed === null
        && can.includes('send'))
    {
        items.push({ label: t('menu.edit'), fn: () =>
            edit(talk, entry, seq, slip) });
    }

    if (moderates || (entry.mine && can.includes('send'))) {
        items.push({ label: t('menu.delete'), danger: true, fn: () =>
            remove(talk, entry, seq, slip) });
    }

    return items;
}


/**
 * @param {Talk} talk
 * @param {Entry} entry
 * @param {number} seq
 * @param {Slip} slip
 */
function edit(talk, entry, seq, slip) {
    const id = `edit-${seq}`;
    const text = make('textarea', { id, rows: String(ROWS), dir: 'auto' });

    text.value = entry.text;

    openDialog({
        title: t('change.edit.title'),
        content: [make('div', { class: 'field' },
                       make('label', { for: id }, t('change.edit.text')),
                       text)],
        action: t('change.edit.do'),
        done: () => {
            if (text.value.trim() !== '' && text.value !== entry.text) {
                talk.changes.edit(seq, text.value).catch((error) =>
                    slip(errorWords(error)));
            }
        },
    });
    text.focus();
}


/**
 * @param {Talk} talk
 * @param {Entry} entry
 * @param {number} seq
 * @param {Slip} slip
 */
function remove(talk, entry, seq, slip) {
    const { field, input } = line(t('act.reason'), REASON_MOST / 4);

    openDialog({
        title: t('change.delete.title'),
        content: [make('p', { class: 'hint' }, t('change.delete.hint')),
                  ...(entry.mine ? [] : [field])],
        action: t('change.delete.do'),
        danger: true,
        done: () => {
            const reason = input.value.trim() || undefined;

            talk.changes.remove(seq, { reason }).catch((error) =>
                slip(errorWords(error)));
        },
    });
}
