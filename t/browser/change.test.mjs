
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Messages are edited and deleted where people see them. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CSP } from '../js/fake-server.mjs';
import { accessibleNow, missingAxe } from './axe.mjs';
import { launch, missingBrowser, Person } from './people.mjs';
import { freePort, missing, Nginx, ROOT } from './servers.mjs';

const skip = missingBrowser() || missing() || missingAxe();
const nginx = new Nginx();

let url;
let browser;
let ann;
let bob;


before(async () => {
    if (skip) {
        return;
    }

    const port = await freePort();

    url = `http://127.0.0.1:${port}/`;
    await nginx.start(`
    server {
        listen 127.0.0.1:${port} reuseport;

        location / {
            root ${join(ROOT, 'html')};
            add_header Content-Security-Policy "${CSP}";
        }

        location /chat/ws {
            chat;
            chat_user $cookie_user;
            chat_user_roles $cookie_roles;
            chat_limit off;
        }
    }
`, port);
    browser = await launch();
    ann = await come('Ann', 'owner');
    bob = await come('Bob', 'member');
});


after(async () => {
    await browser?.close();

    if (!skip) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


async function come(name, roles) {
    const person = await Person.come(browser, name);

    await person.page.context().addCookies([
        { name: 'user', value: name, url }, { name: 'roles', value: roles,
                                              url }]);
    await person.open(url);
    return person;
}


/** From the menu of what is there. */
async function choose({ page }, selector, item) {
    await page.locator(selector).last().click({ button: 'right' });
    await page.click(`.menu button:text-is("${item}")`);
}


test('a message is edited and deleted, from its menu, for all', { skip },
     async () => {
    const gone = () => [...document.querySelectorAll('.message .gone')]
        .some((each) => each.textContent === 'This message was deleted.');

    await bob.say('Hullo there.');
    await ann.sees('Hullo there.');

    await choose(bob, '.mine .message:has-text("Hullo there.")', 'Edit\u2026');
    await bob.page.waitForSelector('.dialog h2:text("Edit message")');
    assert.equal(await bob.page.inputValue('.dialog textarea'),
                 'Hullo there.');
    await accessibleNow(bob, 'a message is edited');
    await bob.page.fill('.dialog textarea', 'Hello there.');
    await bob.page.click('.dialog .main');
    await ann.sees('Hello there.');
    await bob.sees('Hello there.');
    assert.equal(await ann.times('Hullo there.'), 0);
    await ann.page.waitForSelector('.message:has-text("Hello there.") '
                                   + '.edited:text("(edited)")');

    /* one's own has no menu of other people; a moderator's has both */

    await choose(ann, '.message:has-text("Hello there.")', 'Delete\u2026');
    await ann.page.waitForSelector('.dialog h2:text("Delete message?")');
    await ann.page.fill('.dialog input', 'a test');
    await ann.page.click('.dialog .main');
    await ann.until(gone);
    await bob.until(gone);
    assert.equal(await bob.times('Hello there.'), 0);

    await ann.open(url);
    await ann.until(gone);
    assert.equal(await ann.times('Hello there.'), 0);

    await ann.say('/log');
    await ann.page.waitForSelector('.acts li:has-text("deleted a message of")');
    await ann.page.keyboard.press('Escape');
    assert.deepEqual([...ann.faults, ...bob.faults], []);
});
