
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The library with the page's tokens, in a browser, against the module. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch, missingBrowser, Person, WAIT } from './people.mjs';
import { freePort, missing, Nginx, ROOT, sleep } from './servers.mjs';

const SECRET = 'a secret of thirty-two bytes or more';
const LIFE = 8;                         /* s */

const skip = missingBrowser() || missing();
const nginx = new Nginx();
let browser;
let origin;


before(async () => {
    if (skip) {
        return;
    }

    const port = await freePort();

    origin = `http://127.0.0.1:${port}`;
    writeFileSync(join(nginx.dir, 'key'), SECRET);

    await nginx.start(`
    server {
        listen 127.0.0.1:${port} reuseport;

        location / {
            root ${join(ROOT, 'html')};
        }

        location = /favicon.ico {
            return 204;
        }

        location = /blank {
            default_type text/html;
            return 200 "<!doctype html><title>blank</title>";
        }

        location /ws {
            chat;
            chat_token_key ${join(nginx.dir, 'key')};
            chat_auth_timeout 2s;
        }
    }
`, port);
    browser = await launch();
});


after(async () => {
    await browser?.close();

    if (!skip) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


function token(seconds) {
    const part = (object) =>
        Buffer.from(JSON.stringify(object)).toString('base64url');
    const text = `${part({ alg: 'HS256' })}.${part({ sub: 'ann',
        name: '\u00c4nn', exp: Math.floor(Date.now() / 1000) + seconds })}`;

    return `${text}.${createHmac('sha256', SECRET).update(text)
                     .digest('base64url')}`;
}


async function eventually(holds) {
    const end = Date.now() + WAIT;

    while (!holds()) {
        assert.ok(Date.now() < end, `waited in vain for ${holds}`);
        await sleep(50);
    }
}


function welcomes(person) {
    return person.events.filter(({ ev }) => ev === 'welcome').length;
}


/** A page whose library asks "give" for tokens. */
async function come(give) {
    const person = await Person.come(browser, null);

    await person.page.exposeFunction('give', give);
    await person.page.goto(`${origin}/blank`);
    await person.page.evaluate(async () => {
        const { connect } = await import('/chat/index.js');

        window.chat = connect(new URL('/ws', location.href),
                              { token: () => window.give() });
    });
    return person;
}


test('a token is taken, and renewed in place before it expires', { skip },
     async () => {
    const tokens = [LIFE, 600];
    let asked = 0;
    const person = await come(() => token(tokens[Math.min(asked++, 1)]));

    await person.until(() => window.chat.state.name === 'online');
    assert.deepEqual(await person.page.evaluate(() => window.chat.user),
        { id: 'ann', name: '\u00c4nn', roles: [], guest: false });

    await person.until(() => window.chat.join('r').state.name === 'joined');

    await eventually(() =>
        person.events.some(({ ok }) => ok?.user?.id === 'ann'));

    assert.equal(welcomes(person), 1);
    assert.equal(asked, 2);
    assert.deepEqual(person.faults, []);
});


test('no token: offline until there is one', { skip }, async () => {
    let now = null;
    const person = await come(() => now);

    await person.until(() => window.chat.state.then === 'login');
    assert.equal(await person.page.evaluate(() => window.chat.state.code),
                 4004);

    now = token(600);
    await person.page.evaluate(() => window.chat.connect());
    await person.until(() => window.chat.state.name === 'online');
    assert.deepEqual(person.faults, []);
});


test('a token that has expired is followed by another one', { skip },
     async () => {
    // made when it is asked for: a busy machine takes its time until then
    const tokens = [() => token(4), () => null, () => token(600)];
    let asked = 0;
    const person = await come(() => tokens[Math.min(asked++, 2)]());

    await person.until(() => window.chat.state.name === 'online');

    await eventually(() => welcomes(person) === 2);
    await person.until(() => window.chat.state.name === 'online');
    assert.equal(asked, 3);
    assert.deepEqual(person.faults, []);
});
