
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The dialog that says what can be pressed and what can be typed. */

import { offered } from './commands.js';
import { openDialog } from './dialog.js';
import { make } from './dom.js';
import { t } from './language.js';

const KEYS = Object.freeze(/** @type {const} */ ([
    ['key.send', 'Enter'],
    ['key.line', 'Shift+Enter'],
    ['key.rooms', 'Alt+\u2191 \u2193'],
    ['key.unread', 'Alt+Shift+\u2193'],
    ['key.join', 'Ctrl+K'],
    ['key.regions', 'F6'],
    ['key.menu', 'Shift+F10'],
    ['key.settings', 'Ctrl+,'],
    ['key.help', 'Ctrl+/'],
    ['key.escape', 'Esc'],
]));


/** @param {readonly string[]} can  as in rights */
export function openHelp(can) {
    const keys = KEYS.map(([key, combination]) => [
        make('dt', {}, ...combination.split(' ').map((each) =>
            make('kbd', {}, each))),
        make('dd', {}, t(key)),
    ]);
    const commands = offered(can).map((command) => [
        make('dt', {}, make('code', {}, usage(command))),
        make('dd', {}, about(command)),
    ]);

    openDialog({ title: t('help'), style: 'help', content: [
        make('h3', {}, t('help.keys')), make('dl', {}, ...keys.flat()),
        make('h3', {}, t('help.commands')),
        make('dl', { class: 'wide' }, ...commands.flat()),
    ] });
}


/**
 * @param {import('./commands.js').Command} command
 * @returns {string} how it is typed
 */
export function usage({ name, slots }) {
    return [`/${name}`, ...slots.map((slot) => t(`slot.${slot}`))].join(' ');
}


/**
 * @param {import('./commands.js').Command} command
 * @returns {string} what it does
 */
export function about({ name }) {
    const key = /** @type {import('./language.js').Key} */ (
        `command.${name}`);

    return t(key);
}
