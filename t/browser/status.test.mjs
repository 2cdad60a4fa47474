
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page of the server's status, beside a chat in which somebody speaks. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CSP } from '../js/fake-server.mjs';
import { accessibleNow, missingAxe } from './axe.mjs';
import { launch, missingBrowser, Person, SCREENS } from './people.mjs';
import { freePort, missing, Nginx, ROOT } from './servers.mjs';

const skip = missingBrowser() || missing();
const nginx = new Nginx();

let browser;
let origin;
let ann;
let root;


before(async () => {
    if (skip) {
        return;
    }

    const port = await freePort();

    origin = `http://127.0.0.1:${port}/`;
    await nginx.start(`
    server {
        listen 127.0.0.1:${port} reuseport;

        location / {
            root ${join(ROOT, 'html')};
            add_header Content-Security-Policy "${CSP}";
        }

        location = /chat/ws {
            chat;
            chat_guests on;
        }

        location = /chat/status {
            chat_status;
        }

        location /closed/ {
            alias ${join(ROOT, 'html/')};
            add_header Content-Security-Policy "${CSP}";
        }

        location = /closed/chat/status {
            chat_status;
            deny all;
        }
    }
`, port);

    browser = await launch();
    ann = await Person.come(browser, 'Ann');
    await ann.open(origin);
    root = await watch({ locale: 'en-US' });
});


after(async () => {
    await browser?.close();

    if (!skip) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


/** Somebody who looks at the status. */
async function watch(options, path = 'status.html') {
    const person = await Person.come(browser, null, options);

    await person.page.goto(origin + path);
    return person;
}


function card(person, name) {
    return person.page.locator('.card', { has:
        person.page.getByText(name, { exact: true }) });
}


async function shows(person, name, text) {
    await card(person, name).filter({ hasText: text }).waitFor();
}


test('what the server does is seen at a glance', { skip }, async () => {
    await root.page.getByText('All is well: 2 workers run.').waitFor();
    await shows(root, 'Connections', /1\s*1 in rooms, 0 by TLS/);

    await ann.say('Is anybody here?');
    await shows(root, 'Messages stored', '1 in all');
    await shows(root, 'Time to store', /\u2264 .+99 in 100/s);
    await shows(root, 'Time to write to all', /\u2264 .+99 in 100/s);

    const workers = await root.page.locator('#workers tr').allTextContents();

    assert.equal(workers.length, 2);
    assert.ok(workers.every((text) => /^\d+running\d+ sec/.test(text)));
    assert.equal(await root.page.locator('.zone h3').textContent(),
                 'default');
    await root.page.getByText('None so far.').waitFor();

    const points = await card(root, 'Connections').locator('polyline')
        .getAttribute('points');

    assert.match(points, /^[\d.,]+( [\d.,]+)+$/);
    await root.page.screenshot({ path: join(SCREENS, 'status.png'),
                                 fullPage: true });
});


test('what is refused is told by its code', { skip }, async () => {
    const answer = await fetch(`${origin}chat/ws`);

    assert.equal(answer.status, 426);
    await root.page.getByText('Handshake refused: 426').waitFor();
    assert.equal(await root.page.locator('#calm').isVisible(), false);
    assert.deepEqual(root.faults, []);
});


test('a status that may not be seen says so', { skip }, async () => {
    const eve = await watch({ locale: 'en-US' }, 'closed/status.html');

    await eve.page.getByText('The server answers 403.').waitFor();
    assert.deepEqual(eve.faults, []);
});


test('Chinese, dark, on a telephone', { skip }, async () => {
    const bob = await watch({ locale: 'zh-CN', colorScheme: 'dark',
                              viewport: { width: 360, height: 740 } });

    await bob.page.getByText('2 个工作进程在运行').waitFor();
    assert.equal(await bob.page.evaluate(() =>
        document.documentElement.scrollWidth), 360);
    await bob.page.screenshot({ path: join(SCREENS, 'status-360.png'),
                                fullPage: true });
    assert.deepEqual(bob.faults, []);

    if (!missingAxe()) {
        await accessibleNow(bob, 'dark');
        await accessibleNow(root, 'light');
    }
});


test('a server that has gone leaves a sentence, not an empty page',
     { skip }, async () => {
    await root.page.route('**/chat/status*', (route) => route.abort());
    await root.page.getByText('The server does not answer.').waitFor();
    await shows(root, 'Messages stored', '1 in all');
    assert.deepEqual(root.faults, []);
});
