
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page in a real browser, with a real nginx and a real Redis. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, missingBrowser, Person } from './people.mjs';
import { Proxy } from './proxy.mjs';
import { missing } from './servers.mjs';
import { openSite } from './site.mjs';

const FAKE = process.env.CHAT_FAKE !== undefined;
const skip = missingBrowser() || (FAKE ? false : missing());
const onlyReal = skip || (FAKE ? 'there is one fake worker only' : false);

const OTHER_WORKER_TRIES = 40;
const DRAIN_WAIT = 30_000;              /* ms */

const PAYLOADS = [
    '<img src=x onerror="alert(1)">',
    '<script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '</p></div><style>*{display:none}</style>',
    '<template><img src=x onerror=alert(1)></template>',
    '${alert(1)} {{constructor.constructor("alert(1)")()}}',
    '&lt;b&gt; &amp; &#60;script&#62;',
    '__proto__',
];

let site;
let browser;
let ann;
let bob;


before(async () => {
    if (skip) {
        return;
    }

    site = await openSite();
    browser = await launch();
    ann = await come('Ann');
    bob = await come('Bob', { colorScheme: 'dark' });
});


after(async () => {
    await browser?.close();
    ann?.proxy.close();
    bob?.proxy.close();

    const complaints = await site?.close() ?? [];

    assert.deepEqual(complaints, []);
});


async function come(name, options) {
    const person = await Person.come(browser, name, options);

    person.proxy = await new Proxy(site.port).listen();
    person.url = `http://127.0.0.1:${person.proxy.port}/`;
    await person.open(person.url);
    return person;
}


/**
 * Opens the page anew: no earlier loss makes it wait longer, and it comes by
 * no connection that is stalled.
 */
async function freshly(...people) {
    for (const person of people) {
        person.proxy.cut();
        await person.open(person.url);
    }
}


function never(...people) {
    for (const { name, faults } of people) {
        assert.deepEqual(faults, [], `${name}'s page had faults`);
    }
}


test('two people on two workers talk, both ways', { skip: onlyReal },
     async () => {
    for (let i = 0; ann.node === bob.node && i < OTHER_WORKER_TRIES; i++) {
        await bob.open(bob.url);
    }

    assert.notEqual(ann.node, undefined);
    assert.notEqual(ann.node, bob.node);

    await ann.say('Good morning! Are you on the other worker?');
    await bob.sees('Good morning! Are you on the other worker?');
    await bob.say('I am.');
    await ann.sees('I am.');
    await ann.sent('Good morning! Are you on the other worker?');
    await bob.sent('I am.');
    await ann.members('Ann', 'Bob');
    await bob.members('Ann', 'Bob');
    assert.deepEqual(await ann.texts(), await bob.texts());
    never(ann, bob);
});


test('who types is shown to the others', { skip }, async () => {
    await bob.page.locator('#text').pressSequentially('So it', { delay: 400 });
    await ann.page.waitForSelector('text=Bob is typing');
    await ann.screenshot('talk-light');
    await bob.say('So it works.');
    await ann.sees('So it works.');
    await ann.until(() =>
        document.getElementById('typing').textContent === '');
    await bob.screenshot('talk-dark');
});


test('a burst keeps its order, for both', { skip }, async () => {
    const numbers = Array.from({ length: 10 }, (_, i) => `number ${i}`);

    for (const text of numbers) {
        await ann.say(text);
    }

    await bob.sees(numbers.at(-1));
    await ann.sees(numbers.at(-1));
    assert.deepEqual((await bob.texts()).slice(-10), numbers);
    assert.deepEqual((await ann.texts()).slice(-10), numbers);
});


test('a connection that is reset comes back by itself', { skip },
     async () => {
    bob.proxy.down();
    await bob.notice(/The connection was lost\. Reconnecting in \d+ s/);
    await bob.screenshot('reconnecting');
    await bob.say('into the void');
    await bob.waits('into the void', 'Waiting for the connection');
    await ann.members('Ann');
    await ann.say('You miss this.');
    bob.proxy.up();
    await bob.page.evaluate(() => dispatchEvent(new Event('online')));
    await bob.online();
    await bob.noNotice();
    await ann.members('Ann', 'Bob');

    await ann.say('Welcome back.');
    await bob.sees('Welcome back.');
    await ann.sees('into the void');
    await bob.sent('into the void');
    await bob.sees('You miss this.');
    assert.equal(await ann.times('into the void'), 1);
    assert.deepEqual((await ann.texts()).slice(-3),
                     (await bob.texts()).slice(-3));
});


test('a line that is dead without a word is noticed', { skip: onlyReal },
     async () => {
    bob.proxy.cut();
    await bob.open(`${bob.url}quick/`);

    const count = bob.events.length;

    bob.proxy.stall();
    await bob.back(count);
    await ann.say('There you are.');
    await bob.sees('There you are.');
    await ann.members('Ann', 'Bob');
});


test('a reload of nginx: both come back and talk', { skip: onlyReal },
     async () => {
    await freshly(ann, bob);

    const counts = [ann, bob].map(({ events }) => events.length);

    site.reload();
    await ann.back(counts[0], DRAIN_WAIT);
    await bob.back(counts[1], DRAIN_WAIT);
    await ann.members('Ann', 'Bob');
    await ann.say('New workers.');
    await bob.sees('New workers.');
    never(ann, bob);
});


test('the store away: the page says so; back: it works', { skip },
     async () => {
    await site.stopStore();
    await ann.say('Does this arrive?');
    await ann.waits('Does this arrive?', 'Waiting: the chat store is away.');
    await ann.notice(/The chat store is away\. Messages cannot be sent/);
    await ann.screenshot('store-away');
    await ann.page.setViewportSize({ width: 360, height: 700 });
    await ann.screenshot('store-away-narrow');
    await ann.page.setViewportSize({ width: 1200, height: 760 });

    await bob.notice(/The chat store is away\. Messages cannot be sent/);

    await site.startStore();

    for (const { page } of [ann, bob]) {
        await page.waitForSelector('#state[data-mood="good"]',
                                   { timeout: 45_000 });
    }

    await ann.noNotice();
    await bob.sees('Does this arrive?');
    await ann.sent('Does this arrive?');
    assert.equal(await bob.times('Does this arrive?'), 1);
    await bob.say('It does.');
    await ann.sees('It does.');
});


test('rooms: joined, unread, left', { skip }, async () => {
    await ann.page.fill('#join-name', 'no such/room');
    await ann.page.press('#join-name', 'Enter');
    await ann.page.waitForSelector('text=letters, digits');
    await ann.page.fill('#join-name', 'kitchen');
    await ann.page.press('#join-name', 'Enter');
    await ann.members('Ann');
    assert.match(ann.page.url(), /#kitchen$/);

    await bob.say('Ann?');
    await ann.page.waitForSelector('#rooms .badge');
    await ann.screenshot('unread');
    await ann.page.click('#rooms .enter:has-text("lobby")');
    await ann.sees('Ann?');
    await ann.page.waitForSelector('#rooms .badge', { state: 'detached' });
    await ann.page.click('[aria-label="Leave kitchen"]');
    await ann.page.waitForSelector('#rooms li:nth-child(2)',
                                   { state: 'detached' });
});


test('markup in a message stays text', { skip }, async () => {
    for (const payload of PAYLOADS) {
        await bob.say(payload);
        await ann.sees(payload);
    }

    assert.equal(await ann.page.$$eval('.log .settled :is(img, script, svg, '
        + 'iframe, a, style, template)', (list) => list.length), 0);
    await ann.screenshot('inert');
    never(ann, bob);
});


test('U11 U14 direction and long sequences stay in their message',
     { skip }, async () => {
    const texts = ['\u202etfel ot thgir', '\u2066\u2067\u202e)a(',
                   '\u{1f469}\u200d'.repeat(1300), 'e' + '\u0301'.repeat(8)];

    for (const text of texts) {
        await bob.say(text);
        await ann.sees(text);
    }

    const shown = await ann.page.$$eval('.log:not([hidden]) .settled .text',
        (list, wanted) => list
            .filter((element) => wanted.includes(element.textContent))
            .map((element) => getComputedStyle(element).unicodeBidi), texts);

    assert.equal(shown.length, texts.length);
    assert.ok(shown.every((bidi) => bidi.startsWith('isolate')), shown.join());
    assert.ok(await ann.page.evaluate(() => {
        const root = document.documentElement;
        return root.scrollWidth <= root.clientWidth;
    }), 'nothing is wider than the page');
    never(ann, bob);
});


test('markup in a name stays text', { skip }, async () => {
    const name = '<img src=x onerror=alert(1)>';
    const eve = await come(null);

    await eve.page.waitForSelector('#ask[open]');
    await eve.screenshot('name');
    await eve.page.fill('#ask-name', '\u202eevil');
    await eve.page.press('#ask-name', 'Enter');
    await eve.page.waitForSelector('text=cannot be used');
    await eve.page.fill('#ask-name', name);
    await eve.page.press('#ask-name', 'Enter');
    await eve.online();
    await ann.members('Ann', 'Bob', name);
    assert.equal(await ann.page.$$eval(':is(#members, .log) img',
                                       (list) => list.length), 0);
    await eve.go();
    eve.proxy.close();
    never(ann, eve);
});


test('a telephone: 360 pixels, drawers, keyboard', { skip }, async () => {
    const carl = await come('Carl', { viewport: { width: 360, height: 640 } });
    const { page } = carl;

    await bob.say('Hello Carl, this is a message that needs several lines on '
                  + 'a telephone.');
    await carl.sees('Hello Carl, this is a message that needs several lines '
                    + 'on a telephone.');
    await carl.screenshot('narrow');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth
                                        <= innerWidth));

    await page.click('#show-members');
    await page.waitForSelector('#members-panel.open');
    await carl.screenshot('narrow-members');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#members-panel', { state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement.id),
                 'show-members');

    await page.click('#show-rooms');
    await carl.screenshot('narrow-rooms');
    await page.keyboard.press('Escape');
    await carl.go();
    carl.proxy.close();
    never(carl);
});
