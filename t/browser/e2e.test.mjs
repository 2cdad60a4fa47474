
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Encrypted rooms in a real browser: made, opened, read, attacked, rekeyed. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { accessibleNow, missingAxe } from './axe.mjs';
import { launch, missingBrowser, Person } from './people.mjs';
import { Proxy } from './proxy.mjs';
import { missing } from './servers.mjs';
import { openSite } from './site.mjs';

const FAKE = process.env.CHAT_FAKE !== undefined;
const skip = missingBrowser() || missingAxe() || (FAKE ? false : missing());
const PASSPHRASE = 'correct horse battery staple';

let site;
let browser;
let ann;
let bob;
let link;


before(async () => {
    if (!skip) {
        site = await openSite();
        browser = await launch();
        ann = await come('Ann', '', 'en-US');
        bob = await come('Bob', '', 'en-US');
    }
});


after(async () => {
    await browser?.close();

    const complaints = await site?.close() ?? [];

    assert.deepEqual(complaints, []);
});


async function come(name, hash, locale = 'en-US', alter = null) {
    const person = await Person.come(browser, name, { locale });
    const proxy = await new Proxy(site.port, alter).listen();

    person.url = `http://127.0.0.1:${proxy.port}/`;
    await person.open(person.url + hash);
    return person;
}


function never(...people) {
    for (const { name, faults } of people) {
        assert.deepEqual(faults, [], `${name}'s page had faults`);
    }
}


/** Fills the fields of the dialog that is open, and says yes. */
async function answer({ page }, fields) {
    for (const [label, value] of Object.entries(fields)) {
        const field = page.locator('dialog[open]').getByLabel(label);

        if (await field.evaluate((each) => each.tagName) === 'SELECT') {
            await field.selectOption(value);
        } else {
            await field.fill(value);
        }
    }

    await page.click('dialog[open] [type="submit"]');
}


/** The link that is shown, once. */
async function takeLink({ page }) {
    const field = page.locator('dialog[open] input[readonly]');
    const value = await field.inputValue();

    await page.click('dialog[open] .dialog-head button');
    return new URL(value).hash;
}


/** What stands in place of messages. */
function broken({ page }) {
    return page.$$eval('.log:not([hidden]) .settled .broken',
        (list) => list.map((each) => each.textContent));
}


async function seesBroken(person, pattern, count = 1) {
    await person.until(([source, wanted]) =>
        [...document.querySelectorAll('.log:not([hidden]) .settled .broken')]
            .filter(({ textContent }) => new RegExp(source).test(textContent))
            .length >= wanted, [pattern.source, count]);
}


async function fingerprint({ page }) {
    await page.click('#lock');

    const text = await page.textContent('dialog[open] .numbers');

    await page.click('dialog[open] .dialog-head button');
    return text;
}


test('a room is made, its link opens it, and is nowhere to be seen',
     { skip }, async () => {
    await ann.page.emulateMedia({ reducedMotion: 'reduce' });
    await ann.page.click('#new-secret');
    await accessibleNow(ann);
    await answer(ann, { 'Name of the room': 'friends' });
    await ann.page.waitForSelector('dialog[open] input[readonly]');
    await accessibleNow(ann);
    await ann.screenshot('secret-link');
    link = await takeLink(ann);

    assert.match(link, /^#room=e%7Efriends&k=[A-Za-z0-9_-]{43}$/);
    await ann.online();
    await ann.say('Only for you.');
    await ann.sent('Only for you.');

    await bob.page.goto(bob.url + link);
    await bob.sees('Only for you.');
    assert.equal(new URL(bob.page.url()).hash, '#e~friends');
    await bob.say('Nobody else?');
    await ann.sees('Nobody else?');
    assert.equal(await bob.page.title(), 'friends - Chat');
    assert.equal(await bob.page.getAttribute('#lock', 'data-lock'), 'open');
    assert.equal(await fingerprint(ann), await fingerprint(bob));
    await ann.page.click('#lock');
    await ann.page.waitForSelector('dialog[open] .numbers');
    await accessibleNow(ann);
    await ann.screenshot('encryption');
    await ann.page.click('dialog[open] .dialog-head button');

    for (const { events } of [ann, bob]) {
        assert.doesNotMatch(JSON.stringify(events), /Only for|Nobody else/);
        assert.ok(events.some(({ enc }) => enc === 'chat-e2e/1'));
    }
});


test('a reload of the page still reads and writes', { skip }, async () => {
    const kept = await ann.page.evaluate(() => JSON.stringify(
        [{ ...localStorage }, { ...sessionStorage }]));

    assert.equal(kept.includes(new URLSearchParams(link.slice(1)).get('k')),
                 false);
    await ann.page.reload();
    await ann.sees('Nobody else?');
    await ann.sees('Only for you.');
    await ann.online();
    await ann.say('After a reload.');
    await bob.sees('After a reload.');
    assert.deepEqual(await broken(ann), []);
});


test('without the key, or with a wrong one, nothing is read or said',
     { skip }, async () => {
    const eve = await come('Eve', '#e~friends');

    await seesBroken(eve, /sealed with a key that you do not have/, 3);
    await eve.page.waitForSelector('dialog[open]');
    await accessibleNow(eve);
    await answer(eve, { 'Link or passphrase': 'let me in, please' });
    await seesBroken(eve, /altered, or sealed with another key/, 3);
    assert.deepEqual(await eve.texts(), []);
    await eve.online();
    await eve.say('I am one of you.');
    await seesBroken(ann, /altered, or sealed with another key/);

    /* somebody who is let in the clear */
    await eve.recite('e~friends', ['Trust me.']);

    for (const person of [ann, bob]) {
        await seesBroken(person, /is not encrypted/);
        assert.deepEqual(await person.texts(),
                         ['Only for you.', 'Nobody else?', 'After a reload.']);
    }

    await eve.screenshot('broken');

    /* who has no key has nothing to write with */
    await eve.page.click('#lock');
    await eve.page.click('dialog[open] .quiet:text("Forget")');
    await answer(eve, {});
    await eve.until(() => /is encrypted/.test(
        document.getElementById('hold').textContent));
    assert.ok(await eve.page.isDisabled('#send'));
    never(ann, bob, eve);
    await eve.go();
});


test('who is in between alters, repeats and keeps back: it is seen',
     { skip }, async () => {
    let mode = 'none';
    let kept = null;

    const carl = await come('Carl', link, 'zh-CN', (frame) => {
        if (frame.ev !== 'message' || frame.from.name !== 'Bob') {
            return [frame];
        }

        const { data, seq } = frame;

        switch (mode) {

        case 'alter':
            return [{ ...frame, data: data.slice(0, -2)
                + (data.endsWith('AA') ? 'BA' : 'AA') }];

        case 'keep':
            return [{ ...kept, seq, prev: frame.prev }];

        case 'from':
            return [{ ...frame, from: { id: 'x', name: 'Ann' } }];

        case 'name':
            return [{ ...frame, from: { ...frame.from, name: 'Ann' } }];

        case 'clear':
            return [{ ...frame, enc: undefined, data: undefined,
                      text: 'forged' }];

        default:
            kept = frame;
            return [frame];
        }
    });

    await carl.sees('After a reload.');

    const before = (await broken(carl)).length;

    for (const [cheat, pattern] of [
        ['none', null], ['alter', /被篡改/], ['keep', /重复/], ['from', /被篡改/],
        ['name', /并非发送者所用/], ['clear', /未加密/], ['end', null]])
    {
        const count = (await broken(carl)).length;

        mode = cheat;
        await bob.say(`under ${cheat}`);

        if (pattern === null) {
            await carl.sees(`under ${cheat}`);
        } else {
            await carl.until((wanted) => document.querySelectorAll(
                '.log:not([hidden]) .settled .broken').length > wanted, count);
            assert.match((await broken(carl)).at(-1), pattern, cheat);
        }
    }

    assert.equal((await broken(carl)).length, before + 5);

    /* those that did not come as they were are missing, and said to be */
    await carl.page.waitForSelector('.note:has-text("缺少")');
    assert.deepEqual((await carl.texts()).slice(-2),
                     ['under none', 'under end']);
    never(carl);
    await carl.go();
});


test('a new key: by its link only, and after a question', { skip },
     async () => {
    await ann.page.click('#lock');
    await ann.page.click('dialog[open] .main:text("New key")');
    await answer(ann, {});

    const next = await takeLink(ann);

    assert.match(next, /&e=2$/);
    await ann.say('Under the new key.');
    await ann.sent('Under the new key.');
    await seesBroken(bob, /a key that you do not have/);

    await bob.page.evaluate((hash) => { location.hash = hash; }, next);
    await bob.page.waitForSelector('dialog[open] .main.danger');
    assert.equal(new URL(bob.page.url()).hash, '#e~friends');
    await answer(bob, {});
    await bob.sees('Under the new key.');
    await bob.sees('Only for you.');
    await bob.online();
    await bob.say('I have it.');
    await ann.sees('I have it.');
    assert.equal(await fingerprint(ann), await fingerprint(bob));

    const dora = await come('Dora', next);

    await dora.sees('I have it.');
    assert.equal((await dora.texts()).includes('Only for you.'), false);
    never(ann, bob, dora);
    await dora.go();
});


test('a room by passphrase', { skip }, async () => {
    await ann.page.click('#new-secret');
    await answer(ann, { 'Name of the room': 'words',
                        'How others get in': 'words',
                        'Passphrase': PASSPHRASE });
    await ann.until(() => document.title.startsWith('words'));
    await ann.online();
    await ann.say('By heart.');
    await bob.page.evaluate(() => { location.hash = '#e~words'; });

    for (const [wrong, slip] of [['1', /neither a link nor/],
        [`${bob.url}#e~words`, /damaged/], ['A'.repeat(43), /damaged/]])
    {
        await bob.page.waitForSelector('dialog[open]');
        await answer(bob, { 'Link or passphrase': wrong });
        await bob.until((source) => new RegExp(source).test(
            document.getElementById('slip').textContent), slip.source);
        assert.equal(await bob.page.getAttribute('#lock', 'data-lock'), 'key');
        await bob.page.click('#lock');
    }

    await bob.page.waitForSelector('dialog[open]');
    await answer(bob, { 'Link or passphrase': PASSPHRASE });
    await bob.sees('By heart.');

    /* a key that is forgotten leaves nothing on the screen */
    await bob.page.click('#lock');
    await bob.page.click('dialog[open] .quiet:text("Forget")');
    await answer(bob, {});
    await seesBroken(bob, /a key that you do not have/);
    assert.deepEqual(await bob.texts(), []);
    never(ann, bob);
});


test('on a page without WebCrypto nothing falls back to clear text',
     { skip }, async () => {
    const fay = await Person.come(browser, 'Fay', { locale: 'en-US' });

    await fay.page.addInitScript(() => {
        Object.defineProperty(crypto, 'subtle', { value: undefined });
    });
    await fay.open(bob.url + link);
    await seesBroken(fay, /Open this page by https/);
    assert.deepEqual(await fay.texts(), []);
    await fay.until(() => /by https/.test(
        document.getElementById('hold').textContent));
    assert.ok(await fay.page.isDisabled('#send'));
    never(fay);
    await fay.go();
});
