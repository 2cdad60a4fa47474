
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

/** what an answer is changed to before the page has it */
let change = () => {};


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
            chat_join_request /yes;
            chat_publish_request /yes;
        }

        location = /yes {
            return 204;
        }

        location = /no {
            if ($http_user_agent = nobody) {
                return 500;
            }

            return 403;
        }

        location /api {
            chat_api;
            chat_guests on;
            chat_publish_request /no;
        }

        location = /chat/status {
            chat_status;
        }

        location /strange/ {
            alias ${join(ROOT, 'html/')};
            add_header Content-Security-Policy "${CSP}";
        }

        location = /strange/chat/status {
            chat_status prometheus;
        }

        location /missing/ {
            alias ${join(ROOT, 'html/')};
            add_header Content-Security-Policy "${CSP}";
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
    await root.page.route('**/chat/status*', async (route) => {
        const look = await (await route.fetch()).json();

        change(look.metrics);
        await route.fulfill({ json: look });
    });
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


/** the text of each row */
async function table(id) {
    return root.page.locator(`#${id} tr`).allTextContents();
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
    await shows(root, 'Store', /Ready.*in 2 of 2 workers, .+ late/s);
    await shows(root, 'Rooms', /1.*users in them: 1/s);
    await shows(root, 'Joins', /Back with all: 0, with a hole: 0/);
    await shows(root, 'HTTP API', /0 in all/);
    assert.deepEqual(await table('transports'), ['WebSocket1',
        'Server-sent events0', 'Long polls0', 'of them in raw rooms0',
        'of them by TLS0', 'of them with chat_detach off0']);
    assert.equal(await root.page.locator('#transports rect').first()
        .getAttribute('width'), '120.0');

    const workers = await root.page.locator('#workers tr').allTextContents();

    assert.equal(workers.length, 2);
    assert.ok(workers.every((text) => /^\d+running\d+ sec/.test(text)));
    assert.ok(workers.every((text) => / m?s\d+ B$/.test(text)));
    assert.equal(await root.page.locator('.zone h3').textContent(),
                 'default');
    await root.page.getByText('None so far.').waitFor();

    const points = await card(root, 'Connections').locator('polyline')
        .getAttribute('points');

    assert.match(points, /^[\d.,]+( [\d.,]+)+$/);
    await root.page.screenshot({ path: join(SCREENS, 'status.png'),
                                 fullPage: true });
});


test('what the site is asked, and by which way clients come',
     { skip }, async () => {
    const headers = { 'Content-Type': 'application/json' };
    const body = '{"text":"x"}';
    const listener = new AbortController();
    const stream = await fetch(`${origin}api/v1/rooms/r/events`, {
        headers: { Accept: 'text/event-stream' }, signal: listener.signal });

    assert.equal(stream.status, 200);

    const refused = await fetch(`${origin}api/v1/rooms/r/messages`,
        { method: 'POST', headers, body });

    assert.equal(refused.status, 422);
    await root.page.locator('#hooks tr', { hasText: /^Messages210/ }).waitFor();
    assert.match((await table('hooks'))[0], /^Joins1000\u2264 /);
    assert.equal(await root.page.locator('#unasked').isVisible(), false);
    await root.page.locator('#transports tr',
        { hasText: 'Server-sent events1' }).waitFor();

    const failed = await fetch(`${origin}api/v1/rooms/r/messages`,
        { method: 'POST', headers: { ...headers, 'User-Agent': 'nobody' },
          body });

    assert.equal(failed.status, 503);
    await root.page.getByText('The site gave no answer to a question just now.')
        .waitFor();
    await root.page.locator('.failing', { hasText: /^Messages311/ }).waitFor();
    await root.page.screenshot({ path: join(SCREENS, 'status-hooks.png'),
                                 fullPage: true });
    listener.abort();
});


test('one sentence for what is worst', { skip }, async () => {
    change = (metrics) => { metrics.stores_degraded = 1; };
    await root.page.getByText('A worker finds that its Redis takes no')
        .waitFor();
    await shows(root, 'Store', 'Takes no messages');

    change = (metrics) => { metrics.stores = { connecting: 0, ready: 0,
                                               away: 2 }; };
    await root.page.getByText('2 workers have lost their store.').waitFor();
    await shows(root, 'Store', /Away.*in 0 of 2 workers/s);

    change = () => {};
    await root.page.getByText('All is well: 2 workers run.').waitFor();
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

    await eve.page.getByText('The server answers 403: you may not see')
        .waitFor();
    assert.equal(await eve.page.locator('#all').isVisible(), false);

    await eve.page.goto(`${origin}missing/status.html`);
    await eve.page.getByText('There is no status at /missing/chat/status.')
        .waitFor();

    await eve.page.goto(`${origin}strange/status.html`);
    await eve.page.getByText('What answers at /strange/chat/status is not')
        .waitFor();
    assert.deepEqual(eve.faults.filter((text) => !/status of 404/.test(text)),
                     []);
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
    await root.page.unroute('**/chat/status*');
    await root.page.route('**/chat/status*', (route) => route.abort());
    await root.page.getByText('The server does not answer.').waitFor();
    await shows(root, 'Messages stored', '1 in all');
    assert.deepEqual(root.faults, []);
});
