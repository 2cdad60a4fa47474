
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The headers of examples/run: what they are, by TLS too, and who may show the
 * chat in a frame, as it stands there and with the line that is a comment.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch, missingBrowser, Person } from './people.mjs';
import { freePort, missing, Nginx, ROOT } from './servers.mjs';

const skip = missingBrowser() || missing();
const servers = [];

const shop = createServer((request, response) => response.writeHead(200,
    { 'Content-Type': 'text/html' }).end(outside(
    decodeURIComponent(request.url.slice(1)))));

let browser;
let usual;                              /* as it stands there */
let open;                               /* for the shop, too */
let named;                              /* the shop as it is named there */
let elsewhere;                          /* the same, named otherwise */


before(async () => {
    if (skip) {
        return;
    }

    const conf = readFileSync(join(ROOT, 'examples/run/nginx.conf'), 'utf8');
    const choice = /# (~\S+ +"frame-ancestors.*;\n)\s*~\S+ +"frame-.*;\n/;

    assert.match(conf, choice);

    const port = await freePort();

    await new Promise((done) => shop.listen(port, '127.0.0.1', done));
    named = `http://127.0.0.1:${port}`;
    elsewhere = `http://localhost:${port}`;
    usual = await start(conf);
    open = await start(conf.replace(choice, '$1')
        .replace('https://shop.example', named));
    browser = await launch();
});


after(async () => {
    await browser?.close();
    shop.close();

    for (const nginx of servers) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


/**
 * The example with a port for TLS besides.
 *
 * @param {string} conf
 * @returns {Promise<{origin: string, tls: string}>}
 */
async function start(conf) {
    const nginx = new Nginx();
    const [port, tls] = [await freePort(), await freePort()];
    const [key, pem] = ['key', 'pem'].map((name) => join(nginx.dir, name));

    servers.push(nginx);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
        'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
        '/CN=localhost', '-keyout', key, '-out', pem], { stdio: 'ignore' });

    const [, http] = /^http \{\n([\s\S]*)^\}/m.exec(conf);

    await nginx.start(http
        .replace(/^ *(include|access_log|\w+_temp_path) .*\n/gm, '')
        .replace('@STORE@', '').replaceAll('@ROOT@/', ROOT)
        .replace('listen @HOST@:@PORT@;', `
            listen 127.0.0.1:${port} reuseport;
            listen 127.0.0.1:${tls} ssl;
            ssl_certificate ${pem};
            ssl_certificate_key ${key};`), port);

    return { origin: `http://127.0.0.1:${port}`,
             tls: `https://127.0.0.1:${tls}` };
}


/** A page around a frame. */
function outside(src) {
    return '<!doctype html><link rel="icon" href="data:,"><title>shop</title>'
           + `<iframe src="${src}" width="500" height="500"></iframe>`;
}


/** Somebody goes to a page around a frame, of the shop or of the site. */
async function go(person, site, src) {
    await person.page.route(`${usual.origin}/own/**`, (route) =>
        route.fulfill({ contentType: 'text/html', body: outside(src) }));
    await person.page.goto(`${site}/${encodeURIComponent(src)}`);
}


async function allowed(site, src) {
    const person = await Person.come(browser, null);

    await go(person, site, src);

    const box = person.page.frameLocator('iframe').locator('chat-room');

    await box.locator('textarea').fill('Hello.');
    await box.locator('textarea').press('Enter');
    await box.locator('.settled >> text=Hello.').waitFor();
    assert.deepEqual(person.faults, []);
    await person.go();
}


async function refused(site, src) {
    const person = await Person.come(browser, null);
    const [request] = await Promise.all([
        person.page.waitForEvent('requestfailed'), go(person, site, src)]);

    assert.equal(new URL(request.url()).pathname, new URL(src).pathname);
    assert.equal(request.failure().errorText, 'net::ERR_BLOCKED_BY_RESPONSE');
    await person.go();
}


/** @returns {Promise<object>} headers of an answer by TLS */
function byTls(url) {
    return new Promise((done, fail) => {
        get(url, { rejectUnauthorized: false }, (answer) => {
            answer.resume();
            done(answer.headers);
        }).on('error', fail);
    });
}


test('a policy, no guessing, nothing told: of each answer, also of errors',
     { skip }, async () => {
    const want = {
        'content-security-policy': /^default-src 'none'; .*script-src 'self'/,
        'x-content-type-options': /^nosniff$/,
        'referrer-policy': /^no-referrer$/,
        'cross-origin-opener-policy': /^same-origin$/,
        'cross-origin-resource-policy': /^same-origin$/,
        'permissions-policy': /camera=\(\)/,
    };

    for (const path of ['/', '/page/app.js', '/chat/embed.js', '/nothing']) {
        const { headers } = await fetch(usual.origin + path);

        for (const [name, value] of Object.entries(want)) {
            assert.match(headers.get(name) ?? '', value, `${path} ${name}`);
        }

        assert.equal(headers.get('strict-transport-security'), null);
        assert.match(headers.get('content-security-policy'),
            /trusted-types 'none'; frame-ancestors 'none'$/);
    }

    const { headers } = await fetch(`${usual.origin}/chat/frame.html`);

    assert.match(headers.get('content-security-policy'),
                 /frame-ancestors 'self'$/);
});


test('by TLS: to be asked for by TLS only', { skip }, async () => {
    for (const path of ['/', '/nothing']) {
        const headers = await byTls(usual.tls + path);

        assert.equal(headers['strict-transport-security'],
                     'max-age=31536000');
        assert.match(headers['content-security-policy'], /^default-src 'none'/);
    }
});


test('a frame: for the site itself only, until others are named', { skip },
     async () => {
    const frame = '/chat/frame.html#lobby';

    await allowed(`${usual.origin}/own`, usual.origin + frame);
    await refused(`${usual.origin}/own`, `${usual.origin}/`);
    await refused(named, usual.origin + frame);
    await allowed(named, open.origin + frame);
    await refused(named, `${open.origin}/`);
    await refused(elsewhere, open.origin + frame);
});
