
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* examples/classic, its page as it is: ws://localhost:9501/ and raw text. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { launch, missingBrowser, Person } from './people.mjs';
import { isFree, missing, Nginx, ROOT, sleep } from './servers.mjs';

const PORT = 9501;
const PAGE = pathToFileURL(join(ROOT, 'examples/classic/index.html')).href;
const TALKERS = 6;                      /* on two workers */

const skip = missingBrowser() || missing()
             || (await isFree(PORT) ? false : `port ${PORT} is in use`);

const nginx = new Nginx();
let browser;


before(async () => {
    if (skip) {
        return;
    }

    await nginx.start(httpOfExample(), PORT);
    browser = await launch();
});


after(async () => {
    await browser?.close();

    if (!skip) {
        const complaints = await nginx.remove();

        assert.deepEqual(complaints, []);
    }
});


/** The example's http block, on loopback. */
function httpOfExample() {
    const path = join(ROOT, 'examples/classic/nginx.conf');
    const conf = readFileSync(path, 'utf8');
    const block = /^http \{\n([\s\S]*)^\}/m.exec(conf);

    assert.notEqual(block, null);
    return block[1].replace(`listen ${PORT}`,
                            `listen 127.0.0.1:${PORT} reuseport`);
}


test('the classic page, unchanged: everybody gets each message', { skip },
     async () => {
    const people = [];

    for (let i = 0; i < TALKERS; i++) {
        const person = await Person.come(browser, null);

        await person.page.goto(PAGE);
        await person.until(() => ws.readyState === 1);
        people.push(person);
    }

    await sleep(300);                   /* memberships settle */

    const said = [];

    for (const [i, { page }] of people.entries()) {
        said.push(`I am ${i} \u2713 <b>&amp;`);
        await page.fill('#message', said[i]);
        await page.click('button');
        await people[0].until((count) =>
            document.querySelectorAll('#messages p').length === count, i + 1);
    }

    for (const person of people) {
        const { page, faults } = person;

        await person.until((count) =>
            document.querySelectorAll('#messages p').length === count,
            TALKERS);
        assert.deepEqual(await page.$$eval('#messages p', (list) =>
            list.map((each) => each.textContent)), said);
        assert.deepEqual(faults, []);
    }

    await people[0].screenshot('classic');
});


test('binary messages pass unchanged', { skip }, async () => {
    const person = await Person.come(browser, null);

    await person.page.goto(PAGE);

    const echo = await person.page.evaluate(() => new Promise((resolve) => {
        const socket = new WebSocket('ws://localhost:9501/');

        socket.binaryType = 'arraybuffer';
        socket.onopen = () => socket.send(new Uint8Array([0, 1, 254, 255]));
        socket.onmessage = (event) =>
            resolve([...new Uint8Array(event.data)]);
    }));

    assert.deepEqual(echo, [0, 1, 254, 255]);
});
