
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* axe-core looks at the page in each state that somebody can bring it to. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { absent } from './servers.mjs';

const AXE = 'axe-core/axe.min.js';
const require = createRequire(import.meta.url);

/** What is pressed, or typed, and what it shows. */
const STATES = {
    'the page': [],
    'a menu': ['#members .person:has-text("Bob")', '.menu'],
    'the room\'s menu': ['#room-menu', '.menu'],
    'settings': ['#settings', 'dialog[open]'],
    'help': ['#help', 'dialog[open]'],
    'a name': ['#rename', 'dialog[open]'],
    'emoji': ['#emoji', '#emoji-panel:not([hidden])'],
    'commands': ['/', '#hints:not([hidden])'],
    'something wrong': ['/nonsense\n', '#slip:not(:empty)'],
    'an encrypted room': ['#new-secret', '.dialog.secret'],
    'rooms': ['#show-rooms', '#rooms-panel.open'],
    'members': ['#show-members', '#members-panel.open'],
    'moderation': ['/ban Bob\n', '.dialog .danger'],
    'the log of it': ['/log\n', '.acts'],
};


/**
 * What somebody presses, or types, to see it; the server may have to be asked
 * first.
 *
 * @returns {Promise<boolean>} whether it comes
 */
async function bring({ page }, [how, wanted]) {
    if (how === undefined) {
        return true;
    }

    if (how.startsWith('/')) {
        await page.fill('#text', how.trim());

        if (how.endsWith('\n')) {
            await page.press('#text', 'Enter');
        }

    } else if (!await page.isVisible(how)) {
        return false;

    } else {
        await page.click(how);
    }

    /* where there is room for it, it is no drawer, but a column */
    if (wanted.endsWith('.open') && !await page.isVisible(wanted)) {
        await page.click(how);
        return false;
    }

    return true;
}


/** @returns {string | false} why there is no axe-core */
export function missingAxe() {
    try {
        require.resolve(AXE);
        return false;
    } catch {
        return absent('axe-core is not installed; run "npm install"');
    }
}


/** Asserts that it finds nothing, as the page is now. */
export async function accessibleNow({ page }, name) {
    await page.evaluate(readFileSync(require.resolve(AXE), 'utf8'));
    assert.deepEqual(await page.evaluate(violations), [], name);
}


/** Asserts that it finds nothing, in no state. */
export async function accessible(person) {
    const { page } = person;

    for (const [name, state] of Object.entries(STATES)) {
        if (!await bring(person, state)) {
            continue;
        }

        if (state.length > 0) {
            await page.waitForSelector(state[1]);
        }

        await accessibleNow(person, name);
        await page.keyboard.press('Escape');
        await person.until(() => document.querySelector(
            'dialog[open], .menu, .panel.open, #emoji-panel:not([hidden]), '
            + '#hints:not([hidden])') === null);
        await page.fill('#text', '');
    }
}


async function violations() {
    const found = await window.axe.run(document, { resultTypes:
        ['violations'] });

    return found.violations.flatMap(({ id, nodes }) => nodes.map((node) =>
        `${id}: ${node.target} ${node.failureSummary}`));
}
