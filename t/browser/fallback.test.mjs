
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page in a network that lets no WebSocket pass, and then no stream. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CSP } from '../js/fake-server.mjs';
import { launch, missingBrowser, Person, WAIT } from './people.mjs';
import { Proxy } from './proxy.mjs';
import { freePort, missing, Nginx, ROOT, sleep } from './servers.mjs';

const skip = missingBrowser() || missing();
const nginx = new Nginx();
const BY_STREAM = /blocks WebSockets\. Messages travel by HTTP streams/;
const BY_POLL = /blocks WebSockets and holds streams back/;

let browser;
let port;
let ann;
let bob;


before(async () => {
    if (skip) {
        return;
    }

    port = await freePort();
    await nginx.start(`
    chat_drain_time 200ms;

    server {
        listen 127.0.0.1:${port} reuseport;

        location / {
            root ${join(ROOT, 'html')};
            add_header Content-Security-Policy "${CSP}";
        }

        chat_user $cookie_who;
        chat_user_name $cookie_who;
        chat_guests on;
        chat_limit off;
        chat_max_connections off;
        chat_ping_interval 2s;

        location = /chat/ws {
            chat;
        }

        location /chat/api {
            chat_api;
        }
    }
`, port);
    browser = await launch();
    bob = await come('Bob');
    ann = await come('Ann', { blocked: true });
});


after(async () => {
    await browser?.close();
    ann?.proxy.close();

    if (!skip) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


async function come(name, { blocked = false, guest = false } = {}) {
    const person = await Person.come(browser, name, { locale: 'en-US' });
    let to = port;

    if (blocked) {
        person.proxy = await new Proxy(port).listen();
        person.proxy.noChat();
        to = person.proxy.port;
    }

    person.requests = [];
    person.page.on('request', (request) => person.requests.push(
        `${request.method()} ${new URL(request.url()).pathname}`));
    await person.page.context().addCookies(guest ? [] : [
        { name: 'who', value: name, domain: '127.0.0.1', path: '/' }]);
    await person.open(`http://127.0.0.1:${to}/`);
    return person;
}


test('no WebSocket: by a stream, and it says so', { skip }, async () => {
    await ann.notice(BY_STREAM);
    await ann.members('Ann', 'Bob');
    await bob.members('Ann', 'Bob');
    assert.ok(await bob.page.isHidden('#notice'));

    await ann.say('Can you hear me?');
    await bob.sees('Can you hear me?');
    await ann.sent('Can you hear me?');
    await bob.say('I can.');
    await ann.sees('I can.');

    /* a name, a time, once */
    assert.deepEqual(await ann.texts(), await bob.texts());
    assert.ok(ann.requests.includes('GET /chat/api/v1/rooms/lobby/events'));
    assert.ok(!bob.requests.some((each) => each.includes('/api/')));
});


test('a guest is one, though each request is another', { skip }, async () => {
    const gus = await come('Gus', { blocked: true, guest: true });

    await gus.members('Ann', 'Bob', 'Gus');
    await gus.say('Hello from a guest');
    await gus.sent('Hello from a guest');
    await bob.sees('Hello from a guest');
    await gus.page.locator('#members .tag').getByText('you').waitFor();
    assert.deepEqual(gus.faults, []);
    await gus.go();
    gus.proxy.close();
});


test('a reload of the server loses nothing, in no direction', { skip },
     async () => {
    const texts = Array.from({ length: 12 }, (_, i) => `during ${i}`);
    const streams = () => ann.requests.filter((each) =>
        each.endsWith('/events')).length;
    const before = streams();

    nginx.reload();

    for (const [i, text] of texts.entries()) {
        const speaker = i % 2 === 0 ? ann : bob;

        await speaker.say(text);
        await speaker.sent(text);
    }

    for (const person of [ann, bob]) {
        await person.sees(texts.at(-1));
        await person.online();
        assert.deepEqual((await person.texts()).filter((each) =>
            each.startsWith('during')), texts);
    }

    for (let waited = 0; streams() === before; waited += 50) {
        assert.ok(waited < WAIT, 'the stream was not opened anew');
        await sleep(50);
    }

    await bob.say('after');
    await ann.sees('after');
    assert.deepEqual(await ann.texts(), await bob.texts());
});


test('streams held back: by polls, and it says so', { skip }, async () => {
    ann.proxy.hold();
    ann.proxy.cut();
    await bob.say('before the polls');
    await ann.notice(BY_POLL);
    await ann.sees('before the polls');
    await ann.say('by hand');
    await bob.sees('by hand');
    await bob.say('and back');
    await ann.sees('and back');
    assert.deepEqual(await ann.texts(), await bob.texts());
});


test('WebSockets pass again: back to them, without loss', { skip },
     async () => {
    ann.proxy.up();
    await bob.say('on the way back');

    for (let waited = 0; !await ann.page.isHidden('#notice'); waited += 250) {
        assert.ok(waited < WAIT, 'no WebSocket took over');
        await ann.page.evaluate(() => dispatchEvent(new Event('online')));
        await sleep(250);
    }

    await ann.online();
    await ann.say('by WebSocket');
    await bob.sees('by WebSocket');
    await bob.say('welcome back');
    await ann.sees('welcome back');
    assert.deepEqual(await ann.texts(), await bob.texts());
    assert.ok(ann.events.some(({ ev, text }) =>
        ev === 'message' && text === 'welcome back'));
    assert.deepEqual([...ann.faults, ...bob.faults], []);
});
