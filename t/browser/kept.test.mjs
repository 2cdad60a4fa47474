
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What was said is not lost: the outbox, older messages, reloads. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, missingBrowser, Person } from './people.mjs';
import { Proxy } from './proxy.mjs';
import { missing, sleep } from './servers.mjs';
import { openSite } from './site.mjs';

const FAKE = process.env.CHAT_FAKE !== undefined;
const skip = missingBrowser() || (FAKE ? false : missing());

let site;
let browser;
let ann;
let bob;


before(async () => {
    if (!skip) {
        site = await openSite();
        browser = await launch();
        ann = await come('Ann');
        bob = await come('Bob');
    }
});


after(async () => {
    await browser?.close();
    ann?.proxy.close();
    bob?.proxy.close();

    const complaints = await site?.close() ?? [];

    assert.deepEqual(complaints, []);
});


async function come(name, room = '') {
    const person = await Person.come(browser, name);

    person.proxy = await new Proxy(site.port).listen();
    person.url = `http://127.0.0.1:${person.proxy.port}/`;
    await person.open(person.url + room);
    return person;
}


/* who types while nginx goes may still send, which Chromium notes: it is sent
   again */
const LATE = /^WebSocket is already in CLOSING/;


function never(...people) {
    for (const { name, faults } of people) {
        assert.deepEqual(faults.filter((fault) => !LATE.test(fault)), [],
                         `${name}'s page had faults`);
    }
}


test('who comes later sees what was said', { skip }, async () => {
    await ann.say('Is anybody here?');
    await bob.say('I am.');
    await ann.sees('I am.');
    await bob.page.reload();
    await bob.sees('Is anybody here?');
    await bob.sees('I am.');
    assert.deepEqual(await bob.texts(), await ann.texts());
    await bob.sent('I am.');
    assert.equal(await bob.page.title(), 'lobby - Chat');
});


test('a message in flight survives a reload of the page', { skip },
     async () => {
    await bob.online();
    bob.proxy.mute();
    await bob.say('Did you get this?');
    await ann.sees('Did you get this?');
    await bob.waits('Did you get this?', 'Sending');
    await bob.page.reload();
    await bob.sees('Did you get this?');
    await bob.until(() => document.querySelector('.pending').matches(':empty'));
    await bob.say('And this?');
    await ann.sees('And this?');
    await bob.sees('And this?');
    assert.equal(await ann.times('Did you get this?'), 1);
    assert.equal(await bob.times('Did you get this?'), 1);
});


test('what was written offline survives a reload of the page', { skip },
     async () => {
    bob.proxy.noChat();
    await bob.notice(/The connection was lost/);

    for (const text of ['first', 'second', 'third']) {
        await bob.say(text);
        await bob.waits(text, 'Waiting for the connection');
    }

    await bob.screenshot('outbox');
    await bob.page.reload();
    await sleep(500);
    bob.proxy.up();
    await bob.online();
    await bob.sent('third');
    await ann.sees('third');
    assert.deepEqual((await ann.texts()).slice(-3),
                     ['first', 'second', 'third']);
    await bob.page.reload();
    await bob.sees('third');
    await bob.say('fourth');
    await ann.sees('fourth');
    await bob.sees('fourth');
    assert.equal(await ann.times('first'), 1);
    assert.equal(await bob.times('first'), 1);
});


test('a second tab does not send the first one\'s', { skip }, async () => {
    const page = await bob.page.context().newPage();
    const sends = [];

    page.on('websocket', (socket) => socket.on('framesent',
        ({ payload }) => sends.push(JSON.parse(payload).op)));
    bob.proxy.noChat();
    await bob.notice(/The connection was lost/);
    await bob.say('from the first tab');
    await bob.waits('from the first tab', 'Waiting');

    await page.goto(bob.url);
    await page.waitForSelector('#state[data-mood="busy"]');
    bob.proxy.up();
    await page.waitForSelector('#state[data-mood="good"]');
    await ann.sees('from the first tab');
    await bob.sent('from the first tab');
    await page.waitForSelector('text=from the first tab');
    await sleep(1000);
    assert.equal(await ann.times('from the first tab'), 1);
    assert.deepEqual(sends.filter((op) => op === 'send'), []);
    await page.close();
});


test('older messages, by button and by scrolling', { skip }, async () => {
    const texts = Array.from({ length: 170 }, (_, i) => `line ${i}`);

    await ann.recite('archive', texts);

    const carl = await come('Carl', '#archive');
    const older = carl.page.locator('.log:not([hidden]) .older');

    await carl.sees('line 169');
    assert.deepEqual(await carl.texts(), texts.slice(-50));
    await older.evaluate((button) => button.click());
    await carl.sees('line 100');

    await carl.page.evaluate(() => {
        document.querySelector('.log:not([hidden])').scrollTop = 0;
    });
    await carl.sees('line 20');
    await carl.until(() => document.querySelector('.older').textContent
                           === 'Older messages');
    await older.evaluate((button) => button.click());
    await carl.sees('line 0');
    await older.waitFor({ state: 'hidden' });
    assert.deepEqual(await carl.texts(), texts);

    await carl.say('I have read it all.');
    await carl.sees('I have read it all.');
    assert.deepEqual(await carl.texts(), [...texts, 'I have read it all.']);
    never(carl);
    carl.proxy.close();
    await carl.go();
});


test('a reload of nginx under typing loses nothing', { skip }, async () => {
    const texts = Array.from({ length: 24 }, (_, i) => `typed ${i}`);

    for (const [i, text] of texts.entries()) {
        if (i % 8 === 4) {
            site.reload();
        }

        await ann.say(text);
        await sleep(200);
    }

    for (const person of [ann, bob]) {
        await person.sees(texts.at(-1));
        assert.deepEqual((await person.texts()).filter((text) =>
            text.startsWith('typed')), texts);
    }

    await ann.until(() => document.querySelector('.pending').matches(':empty'));
    never(ann, bob);
});


test('a refused handshake: the page says why', { skip }, async () => {
    const eve = await Person.come(browser, 'Eve');

    await eve.page.goto(`http://127.0.0.1:${site.port}/closed/`);
    await eve.notice(/You may not chat here\./);
    await eve.page.waitForSelector('#notice-button:text("Connect")');
    never(eve);
    await eve.go();
});


test('the store keeps what it is given, in one transaction', { skip },
     async () => {
    const kept = await ann.page.evaluate(async () => {
        const { IndexedStore } = await import('/chat/index.js');
        const one = new IndexedStore(indexedDB);
        const two = new IndexedStore(indexedDB);
        const entry = (cid, n) => ({ cid, scope: 's', room: 'r', n,
            fields: { text: cid }, user: null, time: 1, owner: '',
            lease: 0 });
        const claim = (store, owner) => store.edit('s', 'r', (each) =>
            each.owner === '' ? { ...each, owner } : each);

        for (const [n, cid] of ['a', 'b', 'c'].entries()) {
            await one.put(entry(cid, n));
        }

        await one.put({ ...entry('d', 4), room: 'other' });

        const [first, second] = await Promise.all([claim(one, 'one'),
                                                   claim(two, 'two')]);

        await two.remove('b');

        const left = await one.edit('s', 'r', (each) =>
            each.cid === 'c' ? null : each);
        const empty = await two.edit('s', 'r', () => null);

        await one.remove('d');
        return [first, second, left, empty].map((list) =>
            list.map(({ cid, owner }) => cid + owner).sort());
    });

    const [fault, deleted] = await ann.page.evaluate(async () => {
        const { IndexedStore } = await import('/chat/index.js');
        const put = new IndexedStore(indexedDB).put({ cid: 'x', no() {} });

        return [await put.then(() => 'kept', ({ name }) => name),
                await new Promise((done) => {
                    indexedDB.deleteDatabase('ngx_chat').onsuccess =
                        () => done(true);
                })];
    });

    assert.deepEqual([fault, deleted], ['DataCloneError', true]);
    assert.equal(new Set(kept[1].map((each) => each.slice(1))).size, 1);
    assert.deepEqual(kept[0].length, 3);
    assert.deepEqual(kept[1], kept[0]);
    assert.deepEqual(kept.slice(2), [[kept[0][0]], []]);
});
