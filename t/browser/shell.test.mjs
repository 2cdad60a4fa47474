
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is around the conversation: words, menus, commands, settings, keys. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CSP } from '../js/fake-server.mjs';
import { accessible, missingAxe } from './axe.mjs';
import { launch, missingBrowser, Person } from './people.mjs';
import { Proxy } from './proxy.mjs';
import { freePort, missing, Nginx, ROOT } from './servers.mjs';

const skip = missingBrowser() || missing() || missingAxe();
const nginx = new Nginx();
const people = [];

let port;
let browser;
let ann;
let bob;


before(async () => {
    if (skip) {
        return;
    }

    port = await freePort();
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
            chat_guests on;
            chat_max_text 900;
            chat_limit off;
            chat_max_connections off;
        }
    }
`, port);
    browser = await launch();
    ann = await come('Ann', { roles: 'owner' });
    bob = await come('Bob', { viewport: { width: 360, height: 640 },
                              colorScheme: 'dark' });
});


after(async () => {
    await browser?.close();
    people.forEach(({ proxy }) => proxy.close());

    if (!skip) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


/** A user with roles, or a guest. */
async function come(name, { roles, path = '', ...options } = {}) {
    const person = await Person.come(browser, name, options);
    const context = person.page.context();

    person.proxy = await new Proxy(port).listen();
    person.url = `http://127.0.0.1:${person.proxy.port}/`;
    people.push(person);

    if (roles !== undefined) {
        await context.addCookies([
            { name: 'user', value: name, url: person.url },
            { name: 'roles', value: roles, url: person.url }]);
    }

    await context.addInitScript(fakes);
    await person.open(person.url + path);
    return person;
}


/** What a browser without a screen and loudspeakers does not do. */
function fakes() {
    window.told = [];
    window.asked = 0;
    window.notes = 0;

    window.Notification = class {
        static permission = localStorage['test.permission'] ?? 'default';

        static async requestPermission() {
            window.asked++;
            this.permission = 'granted';
            localStorage['test.permission'] = 'granted';
            return this.permission;
        }

        constructor(title, { body }) {
            window.told.push(`${title} ${body}`);
        }
    };

    const start = OscillatorNode.prototype.start;

    OscillatorNode.prototype.start = function begin(...time) {
        window.notes++;
        start.apply(this, time);
    };
}


function text(person, selector) {
    return person.page.textContent(selector);
}


async function focused(person) {
    return person.page.evaluate(() => document.activeElement?.id
        || document.activeElement?.textContent);
}


async function notes(person, wanted) {
    await person.until((source) =>
        [...document.querySelectorAll('.log:not([hidden]) .note')]
            .some((note) => new RegExp(source).test(note.textContent)),
        wanted.source);
}


async function slips(person, wanted) {
    await person.until((source) => new RegExp(source)
        .test(document.getElementById('slip').textContent), wanted.source);
}


/** The longest that anything in the page moves, in seconds. */
function moves() {
    return Math.max(...[...document.querySelectorAll('*')].map((element) =>
        parseFloat(getComputedStyle(element).animationDuration) || 0));
}


function never(...all) {
    for (const { name, faults } of all) {
        assert.deepEqual(faults, [], `${name}'s page had faults`);
    }
}


test('the language is the browser\'s, that of ?lang=, or the chosen one',
     { skip }, async () => {
    const lei = await come('Lei', { locale: 'zh-TW' });
    const { page } = lei;
    const lang = () => page.evaluate(() => document.documentElement.lang);

    assert.equal(await lang(), 'zh-CN');
    assert.equal(await text(lei, '#rooms-panel h2'), '\u623f\u95f4');
    assert.equal(await page.title(), 'lobby - \u804a\u5929');

    lei.proxy.down();
    await lei.notice(
        /\u8fde\u63a5\u5df2\u65ad\u5f00\u3002\d+\u79d2\u949f?\u540e/);
    lei.proxy.up();

    await lei.open(`${lei.url}?lang=en#lobby`);
    assert.equal(await lang(), 'en');
    assert.equal(await text(lei, '#state'), 'Connected');

    await page.click('#settings');
    await page.selectOption('.settings select', 'zh');
    await page.waitForURL((url) => !url.searchParams.has('lang'));
    await lei.online();
    assert.equal(await lang(), 'zh-CN');
    assert.equal(await page.getAttribute('#text', 'placeholder'),
                 '\u8f93\u5165\u6d88\u606f');
    assert.ok(await page.evaluate(() => !document.body.innerText
        .replace(/Lei|Ann|Bob|lobby/g, '').match(/[A-Za-z]{2}/)),
        'no English is left');
    await ann.members('Ann', 'Bob', 'Lei');
    await lei.go();
    never(lei);
});


test('members: oneself, roles, guests', { skip }, async () => {
    const rows = (person) => person.page.$$eval('#members .person', (list) =>
        list.map((row) => [...row.querySelectorAll('bdi, .tag')]
            .map((each) => each.textContent).join(' ')));

    await ann.members('Ann', 'Bob');
    await bob.members('Ann', 'Bob');
    assert.deepEqual(await rows(ann), ['Ann you owner', 'Bob guest']);
    await ann.say('Hello.');
    await bob.sees('Hello.');
    await bob.until(() => document.querySelector('#members')
        .textContent.includes('owner'));
    assert.deepEqual(await rows(bob), ['Bob you', 'Ann owner']);
});


test('a member\'s menu by keyboard: muted, and told so', { skip },
     async () => {
    const { page } = ann;
    const row = page.locator('#members .person:has-text("Bob")');

    await row.focus();
    await page.keyboard.press('Enter');
    assert.equal(await focused(ann), 'Mention');
    assert.equal(await row.getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('Escape');
    assert.match(await focused(ann), /Bob/);
    assert.equal(await row.getAttribute('aria-expanded'), 'false');

    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(ann), 'Mute\u2026');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.dialog h2:text("Mute Bob?")');
    await page.selectOption('.dialog select', '3600');
    await page.fill('.dialog input', 'too loud');
    await ann.screenshot('mute');
    await page.keyboard.press('Enter');
    /* an hour before midnight, it ends on another day, which is named */
    await notes(ann, /^You muted Bob until (?:\w.* )?\d+:\d\d/);
    await notes(bob, /^You were muted until (?:\w.* )?\d+:\d\d/);
    await bob.page.waitForSelector('#hold:not([hidden])');

    await ann.say('/unmute Bob');
    await notes(ann, /^Bob may write again/);
    await notes(bob, /^You may write again/);
    await bob.say('Thank you.');
    await ann.sees('Thank you.');
});


test('commands: suggested, done, and wrong ones explained', { skip },
     async () => {
    const { page } = ann;
    const options = () => page.$$eval('#hints-list li', (list) =>
        list.map((each) => each.textContent));

    await page.click('#text');
    await page.keyboard.type('/mu');
    assert.match((await options()).join(), /^\/mute name .*Let somebody read/);
    await page.keyboard.press('Tab');
    assert.equal(await page.inputValue('#text'), '/mute ');
    assert.deepEqual(await options(), ['Ann ', 'Bob ']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.getAttribute('#text', 'aria-activedescendant'),
                 'hint-1');
    await page.keyboard.press('Enter');
    assert.equal(await page.inputValue('#text'), '/mute Bob ');
    await page.fill('#text', '/slow ');
    await page.waitForSelector('.usage:text("/slow 10s, 1m or off")');
    await page.keyboard.press('Escape');
    assert.ok(await page.isHidden('#hints'));
    assert.equal(await focused(ann), 'text');

    for (const [command, wanted] of [
        ['/slow soon', /^Write how long to wait/],
        ['/mute Nobody', /^Nobody here is called \u201cNobody\u201d/],
        ['/role Bob king', /^Write one of these roles: owner, moderator/],
        ['/frobnicate', /^There is no command \/frobnicate\. Type \/help/],
        ['/mute Ann', /^(You|The server)/]])
    {
        await ann.say(command);
        await slips(ann, wanted);
    }

    await page.fill('#text', '/slow 30s');
    await page.press('#text', 'Enter');
    assert.equal(await page.inputValue('#text'), '');
    await notes(ann, /^Slow mode: one message every 30 seconds/);
    await notes(bob, /^Slow mode: one message every 30 seconds/);
    await ann.say('/slow off');
    await notes(bob, /^Slow mode is over/);
    await ann.say('/lock');
    await notes(bob, /^The room is locked/);
    await ann.say('/unlock');
    await notes(bob, /^The room is open/);
    await ann.say('//help');
    await bob.sees('/help');
    assert.equal(await ann.times('/slow 30s'), 0);

    await bob.say('/ban Ann');
    await slips(bob, /^You may not use \/ban here\. Ask a moderator/);
    await bob.page.fill('#text', '/');
    await bob.page.waitForSelector('#hints-list li');
    assert.doesNotMatch(await text(bob, '#hints-list'), /\/(ban|slow|lock)/);
    await bob.page.fill('#text', '');
});


test('a role, a kick, a ban: confirmed, noted, undone', { skip },
     async () => {
    const { page } = ann;

    await ann.say('/role Bob moderator');
    await notes(ann, /^You gave Bob the role \u201cmoderator\u201d/);
    await notes(bob, /^You are a moderator of this room now/);
    await ann.until(() => /Bob.*moderator/.test(
        document.getElementById('members').textContent));
    await ann.say('/role Bob none');
    await notes(bob, /^You have no role in this room any more/);

    await ann.say('/kick Bob come back later');
    await notes(ann, /^You removed Bob/);
    await bob.notice(/A moderator removed you .* Reason: come back later/);
    await bob.page.click('#notice-button');
    await bob.online();
    await ann.members('Ann', 'Bob');

    await ann.say('/ban Bob 2h spam');
    await page.waitForSelector('.dialog h2:text("Ban Bob?")');
    assert.equal(await page.inputValue('.dialog select'), '7200');
    assert.equal(await page.inputValue('.dialog input'), 'spam');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog.dialog', { state: 'detached' });
    assert.equal(await focused(ann), 'text');
    await ann.members('Ann', 'Bob');

    await ann.say('/ban Bob 2h spam');
    await page.click('.dialog .danger');
    await notes(ann, /^You banned Bob until/);
    await bob.notice(/You are banned .* This ends at .* not in #lobby/);
    await bob.screenshot('banned');
    await ann.members('Ann');

    await page.click('#room-menu');
    await page.click('.menu button:text("Moderation log")');
    await page.waitForSelector('.acts li');
    assert.match(await text(ann, '.acts li:first-child'),
                 /Ann banned Bob until .* Reason: spam$/);
    assert.match(await text(ann, '.acts'), /Ann gave Bob the role/);
    await page.keyboard.press('Escape');

    await ann.say('/unban Bob');
    await notes(ann, /^Bob may come in again/);
    await bob.page.click('#notice-button');
    await bob.online();
    await ann.members('Ann', 'Bob');
    never(ann, bob);
});


test('a message is as long as this server takes it', { skip }, async () => {
    const { page } = bob;

    await page.fill('#text', 'x'.repeat(901));
    assert.equal(await text(bob, '#left'), '1 character too many');
    assert.ok(await page.isDisabled('#send'));
    await page.fill('#text', 'x'.repeat(900));
    assert.equal(await text(bob, '#left'), '0 characters left');
    await page.press('#text', 'Enter');
    await ann.sees('x'.repeat(900));
});


test('rooms: by command, by shortcut, by link', { skip }, async () => {
    const { page } = ann;

    await ann.say('/join no/room');
    await slips(ann, /name has 1 to 64 letters/);
    await ann.say('/join kitchen');
    await ann.members('Ann');
    await bob.say('Where are you, @Ann?');
    await page.waitForSelector('#rooms .badge:text("@ 1")');
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await ann.until(() =>
        document.getElementById('room-name').textContent === 'lobby');
    await ann.sees('Where are you, @Ann?');
    await page.keyboard.press('Alt+ArrowUp');
    await ann.until(() =>
        document.getElementById('room-name').textContent === 'kitchen');
    await page.keyboard.press('Control+k');
    assert.equal(await focused(ann), 'join-name');
    await page.keyboard.type('garden');
    await page.keyboard.press('Enter');
    await ann.until(() =>
        document.getElementById('room-name').textContent === 'garden');
    assert.match(page.url(), /#garden$/);

    await page.context().grantPermissions(['clipboard-read',
                                           'clipboard-write']);
    await page.click('#room-menu');
    await page.click('.menu button:text("Copy link")');
    await slips(ann, /^The link is in the clipboard/);
    assert.match(await page.evaluate(() => navigator.clipboard.readText()),
                 /\/#garden$/);
    await ann.say('/leave');
    await ann.until(() =>
        document.getElementById('room-name').textContent === 'lobby');
    await page.click('[aria-label="Leave kitchen"]');
    await page.waitForSelector('#rooms li:nth-child(2)',
                               { state: 'detached' });
    await ann.members('Ann', 'Bob');
});


test('sound and notifications: when asked for, for what nobody sees',
     { skip }, async () => {
    const { page } = bob;
    const state = () => page.evaluate(() =>
        [window.asked, window.notes, window.told.length]);

    await bob.open(bob.url);
    await ann.say('Nobody is told of this.');
    await bob.sees('Nobody is told of this.');
    assert.deepEqual(await state(), [0, 0, 0]);

    await page.click('#show-rooms');
    await page.click('#settings');
    await page.click('.settings [role="switch"]');
    await page.locator('.settings select').nth(2).selectOption('mentions');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.deepEqual(await state(), [1, 2, 0]);

    await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { value: true,
                                                    writable: true });
    });
    await ann.say('Not for you.');
    await bob.sees('Not for you.');
    await ann.say('Are you there, @bob?');
    await bob.sees('Are you there, @bob?');
    assert.deepEqual(await page.evaluate(() => window.told),
        ['Ann mentioned you in lobby. Are you there, @bob?']);
    assert.ok((await state())[1] > 2);
    assert.equal(await text(bob, '.message.mention .text'),
                 'Are you there, @bob?');
    await page.reload();
    await bob.online();
    assert.equal(await page.evaluate(() => localStorage['chat.notify']),
                 '"mentions"');
    never(bob);
});


test('the theme is the device\'s or the chosen one, and kept', { skip },
     async () => {
    const { page } = ann;
    const back = () => page.evaluate(() =>
        getComputedStyle(document.body).backgroundColor);
    const light = await back();

    await page.keyboard.press('Control+,');
    await page.locator('.settings select').nth(1).selectOption('dark');
    const dark = await back();

    assert.notEqual(dark, light);
    await page.reload();
    await ann.online();
    assert.equal(await back(), dark);
    await page.keyboard.press('Control+,');
    await page.locator('.settings select').nth(1).selectOption('auto');
    await page.keyboard.press('Escape');
    assert.equal(await back(), light);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.equal(await back(), dark);
    await page.emulateMedia({ colorScheme: 'light' });
});


test('keyboard only: skip link, regions, help; a drawer keeps the focus',
     { skip }, async () => {
    const { page } = ann;

    await page.reload();
    await ann.online();
    assert.equal(await page.evaluate(() => {
        const [first] = document.querySelectorAll('a, button, input');

        first.focus();
        return first.id;
    }), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await focused(ann), 'text');

    const regions = [];

    for (let i = 0; i < 4; i++) {
        await page.keyboard.press('F6');
        regions.push(await page.evaluate(() => document.activeElement
            .closest('nav, aside, .log, form')?.className.split(' ').at(-1)));
    }

    assert.deepEqual(regions, ['members', 'rooms', 'log', 'composer']);
    await page.keyboard.press('Shift+F6');
    await page.keyboard.press('?');
    assert.equal(await page.inputValue('#text'), '?');
    await page.fill('#text', '');
    await page.keyboard.press('Control+/');
    await page.waitForSelector('.help');
    assert.match(await text(ann, '.help'), /Alt\+.*\/ban name/);
    await page.keyboard.press('Escape');

    await bob.page.click('#show-members');
    assert.ok(await bob.page.evaluate(() =>
        document.getElementById('main').inert));

    for (let i = 0; i < 6; i++) {
        await bob.page.keyboard.press('Tab');
        assert.ok(await bob.page.evaluate(() => document.activeElement
            .closest('main, #rooms-panel') === null));
    }

    await bob.page.keyboard.press('Escape');
    assert.equal(await focused(bob), 'show-members');
    assert.ok(!await bob.page.evaluate(() =>
        document.getElementById('main').inert));
});


test('nothing is cut: 360 px to 4K, both directions, less motion', { skip },
     async () => {
    const { page } = ann;

    await page.emulateMedia({ reducedMotion: 'reduce' });

    for (const [width, height] of [[360, 640], [719, 500], [720, 800],
                                   [1000, 700], [3840, 2160]])
    {
        await page.setViewportSize({ width, height });

        for (const dir of ['rtl', 'ltr']) {
            await page.evaluate((value) => {
                document.documentElement.dir = value;
            }, dir);

            assert.ok(await page.evaluate(() => {
                const root = document.documentElement;
                return root.scrollWidth <= root.clientWidth
                       && root.scrollHeight <= root.clientHeight;
            }), `the page fits, ${width} ${dir}`);

            await page.click('#room-menu');
            const menu = await page.locator('.menu').boundingBox();

            assert.ok(menu.x >= 0 && menu.x + menu.width <= width
                      && menu.y + menu.height <= height,
                      `the menu fits, ${width} ${dir}`);
            await page.keyboard.press('Escape');
            await page.keyboard.press('Control+/');
            const box = await page.locator('.help').boundingBox();

            assert.ok(box.x >= 0 && box.x + box.width <= width && box.y >= 0
                      && box.y + box.height <= height,
                      `the help fits, ${width} ${dir}`);
            assert.ok(await page.evaluate(moves) <= 0.001);
            await page.keyboard.press('Escape');
        }
    }

    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ reducedMotion: null, forcedColors: 'active' });
    assert.notEqual(await page.evaluate(() => getComputedStyle(
        document.querySelector('#send')).borderTopStyle), 'none');
    await ann.screenshot('forced-colors');
    await page.emulateMedia({ forcedColors: 'none' });
    never(ann);
});


for (const [lang, colorScheme, width] of [['en', 'light', 1280],
    ['zh', 'dark', 1280], ['en', 'dark', 360], ['zh', 'light', 360]])
{
    test(`axe-core finds nothing: ${lang}, ${colorScheme}, ${width} px`,
         { skip }, async () => {
        const { page } = ann;

        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 700 });
        await ann.open(`${ann.url}?lang=${lang}#lobby`);
        await accessible(ann);
        never(ann);
    });
}
