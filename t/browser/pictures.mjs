#!/usr/bin/env node

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Makes html/pictures/ anew: node t/browser/pictures.mjs.  It needs what the
 * tests need, the fonts fonts-wqy-microhei and fonts-noto-color-emoji,
 * pngquant, and optipng.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { launch, Person } from './people.mjs';
import { freePort, Nginx, ROOT } from './servers.mjs';

const PICTURES = join(ROOT, 'html/pictures');
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 640 };

/** Who says what in the lobby. */
const TALK = [
    ['Ann', 'Good morning! The new build is on the test host.'],
    ['Ben', 'Thank you, Ann. Where do I find the log?'],
    ['Ann', 'On the host itself:\n```\ntail -f /var/log/nginx/error.log\n```'],
    ['Lei', '\u8c22\u8c22\uff0c\u6211\u4e5f\u5728\u770b\u3002'],
    ['Ben', 'It is quiet. How it works: https://nginx.org/en/docs/'],
    ['Cleo', 'Hello! May I join you for the review at ten?'],
    ['Ben', 'Of course. @Ann, you too?'],
    ['Ann', 'I will be there. \u{1f44d}'],
];

const nginx = new Nginx();
const people = new Map();

let origin;
let browser;


/** A guest, or a user with a role. */
async function come(name, role, options = {}) {
    const person = await Person.come(browser, name, { viewport: WIDE,
        reducedMotion: 'reduce', colorScheme: 'light', ...options });

    if (role !== null) {
        await person.page.context().addCookies([
            { name: 'user', value: name, url: origin },
            { name: 'roles', value: role, url: origin }]);
    }

    people.set(name, person);
    await person.open(origin);
    return person;
}


/** Takes the picture, and makes it as small as it may be. */
async function take({ page }, name) {
    const path = join(PICTURES, `${name}.png`);

    await page.mouse.move(0, 0);
    await page.screenshot({ path, animations: 'disabled', caret: 'hide' });

    for (const [tool, ...args] of [
        ['pngquant', '--force', '--skip-if-larger', '--ext', '.png', path],
        ['optipng', '-quiet', '-o5', '-strip', 'all', path]])
    {
        const { error } = spawnSync(tool, args, { stdio: 'inherit' });

        if (error !== undefined) {
            throw error;
        }
    }

    process.stdout.write(`${path}\n`);
}


async function talk() {
    for (const [name, text] of TALK) {
        await people.get(name).say(text);
        await people.get(name).until((wanted) => document
            .querySelectorAll('.log:not([hidden]) .settled .message')
            .length === wanted, TALK.findIndex((each) =>
                each[1] === text) + 1);
    }
}


/** The lobby: with somebody who is writing, in all its looks. */
async function lobby(ann, ben) {
    await ann.page.fill('#join-name', 'garden');
    await ann.page.press('#join-name', 'Enter');
    await ann.online();
    await ben.page.fill('#join-name', 'garden');
    await ben.page.press('#join-name', 'Enter');
    await ben.online();
    await ann.page.click('#rooms .enter:has-text("lobby")');
    await ben.say('The roses are out.');
    await ann.page.waitForSelector('#rooms .badge');
    await ben.page.click('#rooms .enter:has-text("lobby")');
    await ben.page.locator('#text').pressSequentially('Then I ');
    await ann.until(() => /Ben/.test(
        document.getElementById('typing').textContent));
    await take(ann, 'chat');
    await ann.page.emulateMedia({ colorScheme: 'dark' });
    await take(ann, 'dark');
    await ann.page.emulateMedia({ colorScheme: 'light' });
    await ben.page.fill('#text', '');
}


async function moderation(ann) {
    const { page } = ann;

    await ann.say('/ban Cleo 2h This was enough advertising.');
    await page.waitForSelector('.dialog .danger');
    await take(ann, 'ban');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog.dialog', { state: 'detached' });
    await page.click('#members .person:has-text("Cleo")');
    await page.waitForSelector('.menu');
    await take(ann, 'menu');
    await page.keyboard.press('Escape');
    await page.fill('#text', '/');
    await take(ann, 'commands');
    await page.fill('#text', '');
}


async function phone() {
    const { page } = people.get('Cleo');

    await page.setViewportSize(NARROW);
    await take({ page }, 'phone');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.click('#show-members');
    await page.waitForSelector('#members-panel.open');
    await take({ page }, 'phone-dark');
    await page.keyboard.press('Escape');
}


async function encryption(ann, ben) {
    const { page } = ann;

    await page.click('#new-secret');
    await page.locator('dialog[open] input').first().fill('friends');
    await page.click('dialog[open] [type="submit"]');

    const link = page.locator('dialog[open] input[readonly]');

    await link.waitFor();

    const { hash } = new URL(await link.inputValue());

    await page.click('dialog[open] .dialog-head button');
    await ann.online();
    await ben.page.goto(origin + hash);
    await ben.online();
    await ann.say('Only you and I can read this.');
    await ben.sees('Only you and I can read this.');
    await ann.members('Ann', 'Ben');
    await page.click('#lock');
    await page.waitForSelector('dialog[open] .numbers');
    await take(ann, 'encryption');
    await page.keyboard.press('Escape');
}


async function embed() {
    const guests = [];

    for (const name of ['Dora', 'Emil']) {
        const guest = await Person.come(browser, name, { viewport: WIDE,
            reducedMotion: 'reduce', colorScheme: 'light' });

        await guest.page.goto(`${origin}shop/`);
        await guest.until(() => [...document.querySelectorAll('chat-room')]
            .every(({ state }) => state === 'joined'));
        guests.push(guest);
    }

    const [dora, emil] = guests;

    for (const [guest, room, text] of [
        [emil, 'product-42', 'Does it go on an induction stove?'],
        [dora, 'product-42', 'Mine does, every morning.'],
        [emil, 'shop', 'When is the blue one back?']])
    {
        const box = guest.page.locator(`[room=${room}] textarea`);

        await box.fill(text);
        await box.press('Enter');
        await dora.page.waitForSelector(`[room=${room}] >> text=${text}`);
    }

    await take(dora, 'embed');
}


mkdirSync(PICTURES, { recursive: true });

const port = await freePort();

origin = `http://127.0.0.1:${port}/`;
await nginx.start(`
    server {
        listen 127.0.0.1:${port} reuseport;

        location / {
            root ${join(ROOT, 'html')};
        }

        location /shop/ {
            alias ${join(ROOT, 'examples/embed/')};
        }

        location = /favicon.ico {
            return 204;
        }

        location = /chat/ws {
            chat;
            chat_user $cookie_user;
            chat_user_roles $cookie_roles;
            chat_guests on;
        }
    }
`, port);
browser = await launch();

try {
    const ann = await come('Ann', 'owner');
    const ben = await come('Ben', 'moderator');
    const lei = await come('Lei', 'member', { locale: 'zh-CN' });

    await come('Cleo', null);
    await talk();
    await lobby(ann, ben);
    await take(lei, 'chinese');
    await moderation(ann);
    await phone();
    await encryption(ann, ben);
    await embed();

} finally {
    await browser.close();
    process.stderr.write((await nginx.remove()).join('\n'));
}
