
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* <chat-room>: examples/embed as it is, and in pages that are no friends. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch, missingBrowser, Person } from './people.mjs';
import { freePort, missing, Nginx, ROOT } from './servers.mjs';

const AXE = readFileSync(createRequire(import.meta.url)
    .resolve('axe-core/axe.min.js'), 'utf8');

const STRICT = 'default-src \'none\'; script-src \'self\'; '
    + 'style-src \'self\'; connect-src \'self\'; frame-src \'self\'; '
    + 'base-uri \'none\'; form-action \'none\'; '
    + 'require-trusted-types-for \'script\'; trusted-types \'none\'';

/* what a page may do to an element that it did not write */
const HOSTILE = `
* { all: unset !important; font: 3px/1 fantasy !important;
    color: yellow !important; background: red !important;
    letter-spacing: 2em !important; text-transform: uppercase !important;
    visibility: hidden !important; direction: ltr; cursor: none !important;
    pointer-events: none !important; user-select: none !important;
    text-indent: -999px !important; white-space: pre !important;
    animation: x 1s infinite; writing-mode: vertical-rl !important; }
html, body, main { display: block !important; }
chat-room { display: block !important; width: 500px !important;
    height: 400px !important; }
.room, .log, .message, .text, textarea { display: none !important; }
`;

const skip = missingBrowser() || missing();
const nginx = new Nginx();
let browser;
let origin;
let ann;
let bob;


before(async () => {
    if (skip) {
        return;
    }

    const port = await freePort();
    const site = join(nginx.dir, 'site');

    origin = `http://127.0.0.1:${port}`;
    mkdirSync(site);
    writeFileSync(join(site, 'hostile.html'), page('hostile.css',
        '<chat-room room="hostile"></chat-room>'));
    writeFileSync(join(site, 'calm.html'), page('calm.css',
        '<chat-room room="calm"></chat-room>'));
    writeFileSync(join(site, 'empty.html'), page('calm.css', ''));
    writeFileSync(join(site, 'hostile.css'), HOSTILE);
    writeFileSync(join(site, 'calm.css'),
        'chat-room { width: 500px; height: 400px; }');

    await nginx.start(`
    ${httpOfExample().replace('listen 9502',
                              `listen 127.0.0.1:${port} reuseport`)
        .replace('# the shop', `location /site/ {
            alias ${site}/;
            add_header Content-Security-Policy "${STRICT}";
        }

        location = /favicon.ico {
            return 204;
        }`)}
`, port);
    browser = await launch();
    ann = await come('Ann');
    bob = await come('Bob');
});


after(async () => {
    await browser?.close();

    if (!skip) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


/** The example's http block; its paths are those of the checkout. */
function httpOfExample() {
    const conf = readFileSync(join(ROOT, 'examples/embed/nginx.conf'), 'utf8');
    const block = /^http \{\n([\s\S]*)^\}/m.exec(conf);

    assert.notEqual(block, null);
    return block[1].replace(/^ *(include|access_log) .*\n/gm, '')
        .replace('chat_guests on;', 'chat_guests on; chat_max_text 3000;')
        .replace('root examples', `root ${ROOT}examples`)
        .replaceAll('alias html', `alias ${ROOT}html`);
}


function page(sheet, body) {
    return '<!doctype html><html lang="en"><meta charset="utf-8">'
        + '<title>A page</title>'
        + `<link rel="stylesheet" href="${sheet}">`
        + '<script type="module" src="/chat/embed.js"></script>'
        + `<main>${body}</main></html>`;
}


async function come(name, options) {
    const person = await Person.come(browser, name, options);

    person.sockets = [];
    person.said = [];
    person.page.on('websocket', (socket) => {
        person.sockets.push(socket);
        socket.on('framesent', ({ payload }) =>
            person.said.push(JSON.parse(payload)));
    });
    return person;
}


async function joined(person) {
    await person.until(() => {
        const rooms = [...document.querySelectorAll('chat-room')];

        return rooms.length > 0
               && rooms.every(({ state }) => state === 'joined');
    });
}


async function say(person, selector, text) {
    const box = person.page.locator(`${selector} textarea`);

    await box.fill(text);
    await box.press('Enter');
}


/** Waits for a message in the room's log, settled. */
async function sees(person, selector, text) {
    await person.until(([which, wanted]) =>
        [...document.querySelector(which).shadowRoot
            .querySelectorAll('.settled .text')]
            .some(({ textContent }) => textContent === wanted),
        [selector, text]);
}


async function inside(person, selector, query) {
    return person.page.evaluate(([which, what]) =>
        [...document.querySelector(which).shadowRoot.querySelectorAll(what)]
            .map(({ textContent }) => textContent), [selector, query]);
}


async function shows(person, selector, query, wanted) {
    await person.until(([which, what, source]) =>
        [...(document.querySelector(which)?.shadowRoot
            .querySelectorAll(what) ?? [])]
            .some((element) => !element.closest('[hidden]')
                && new RegExp(source, 'u').test(element.textContent)),
        [selector, query, wanted.source]);
}


function joins(person) {
    return person.said.filter(({ op }) => op === 'join').length;
}


test('three rooms of one page, two people, one connection each', { skip },
     async () => {
    for (const person of [ann, bob]) {
        await person.page.goto(`${origin}/`);
        await joined(person);
    }

    await say(ann, '[room=product-42]', 'Does the lid stay on?');
    await sees(bob, '[room=product-42]', 'Does the lid stay on?');
    await say(ann, '[room=product-42]', 'I ask for a friend.');
    await sees(bob, '[room=product-42]', 'I ask for a friend.');
    assert.deepEqual(await inside(bob, '[room=product-42]', '.author'),
                     ['Ann']);
    await say(bob, '[room=shop]', 'See https://example.com/a?b=c now');
    await sees(ann, '[room=shop]', 'See https://example.com/a?b=c now');

    assert.deepEqual(await inside(ann, '[room=news]', '.text'), []);
    assert.equal(ann.sockets.length, 1);
    assert.equal(bob.sockets.length, 1);
    await shows(ann, '[room=product-42]', '.mine .mark', /\u2713/);

    assert.deepEqual(await ann.page.evaluate(() => {
        const link = document.querySelector('[room=shop]').shadowRoot
            .querySelector('.text a');

        return [link.href, link.target, /noopener/.test(link.rel)];
    }), ['https://example.com/a?b=c', '_blank', true]);

    await bob.page.locator('[room=news]').waitFor();
    assert.equal(await bob.page.locator('[room=news] textarea').count(), 0);

    await ann.page.locator('[room=shop] textarea').pressSequentially('An');
    await shows(bob, '[room=shop]', '.typing', /^Ann is typing/);
    await ann.screenshot('embed');
});


test('events, properties and methods', { skip }, async () => {
    await ann.page.evaluate(() => {
        window.heard = [];

        for (const type of ['chat-message', 'chat-state', 'chat-error']) {
            document.addEventListener(type, ({ target, detail }) =>
                window.heard.push([type, target.room ?? null,
                    detail.text ?? detail.state ?? detail.code]));
        }
    });

    const ok = await ann.page.evaluate(() =>
        document.querySelector('[room=shop]').send('by the page'));

    assert.ok(ok.seq > 0);
    await sees(bob, '[room=shop]', 'by the page');
    await ann.until(() => window.heard.length > 0);
    assert.deepEqual(await ann.page.evaluate(() => window.heard),
                     [['chat-message', 'shop', 'by the page']]);

    assert.equal(await ann.page.evaluate(() => {
        const room = document.querySelector('[room=shop]');

        room.focus();
        return `${room.shadowRoot.activeElement.localName} ${room.readonly} `
               + `${room.chat.name} ${room.client.state.name}`;
    }), 'textarea false shop online');
});


test('moved it stays, removed it leaves, back it is as before', { skip },
     async () => {
    const before = joins(ann);

    await ann.page.evaluate(() => {
        const room = document.querySelector('[room=shop]');

        room.shadowRoot.querySelector('.log').dataset.same = 'yes';
        document.body.prepend(room);
        document.querySelector('section').append(room);
        document.querySelector('section').moveBefore?.(room, null);
    });
    await say(bob, '[room=shop]', 'after the move');
    await sees(ann, '[room=shop]', 'after the move');
    assert.equal(await ann.page.evaluate(() =>
        document.querySelector('[room=shop]').shadowRoot
            .querySelector('.log').dataset.same), 'yes');
    assert.equal(joins(ann), before);

    await ann.page.evaluate(() => {
        window.away = document.querySelector('[room=shop]');
        window.away.remove();
    });
    await bob.until(() =>
        document.querySelector('[room=shop]').chat.count === 1);
    await say(bob, '[room=shop]', 'while she is away');
    await ann.page.evaluate(() =>
        document.querySelector('section').append(window.away));
    await sees(ann, '[room=shop]', 'while she is away');
    assert.equal(ann.sockets.length, 1);

    const { page } = ann;

    await page.evaluate(() => {
        window.all = [...document.querySelectorAll('chat-room')];
        window.all.forEach((room) => room.remove());
    });

    if (!ann.sockets[0].isClosed()) {
        await ann.sockets[0].waitForEvent('close');
    }

    await page.evaluate(() =>
        document.querySelector('aside').append(...window.all));
    await joined(ann);
    assert.equal(ann.sockets.length, 2);
    await sees(ann, '[room=shop]', 'while she is away');
});


test('a second element of a room shows what the first one has', { skip },
     async () => {
    await ann.page.evaluate(() => {
        const room = document.createElement('chat-room');

        room.id = 'second';
        room.setAttribute('room', 'shop');
        document.querySelector('main').append(room);
    });
    await sees(ann, '#second', 'while she is away');
    await say(ann, '#second', 'from the second');
    await sees(ann, '[room=shop]', 'from the second');
    await sees(ann, '#second', 'from the second');
    assert.deepEqual(await inside(ann, '#second', '.text'),
                     await inside(ann, '[room=shop]', '.text'));
    assert.equal(ann.sockets.length, 2);
});


test('attributes are looked at whenever they change', { skip }, async () => {
    const set = (name, value) => ann.page.evaluate(([key, text]) => {
        const room = document.getElementById('second');

        if (text === null) {
            room.removeAttribute(key);
        } else {
            room.setAttribute(key, text);
        }
    }, [name, value]);

    await set('room', 'other');
    await shows(ann, '#second', '.title', /^#other$/);
    await set('heading', 'Another <b>one</b>');
    await shows(ann, '#second', '.title', /^Another <b>one<\/b>$/);
    await set('lang', 'zh');
    await shows(ann, '#second', '.state', /\u5df2\u8fde\u63a5/);
    await set('placeholder', 'Write!');
    await ann.page.locator('#second textarea[placeholder="Write!"]').waitFor();
    await set('readonly', '');
    await ann.page.locator('#second textarea').waitFor({ state: 'detached' });
    await set('lang', null);
    await set('room', 'not a room');
    await shows(ann, '#second', '.notice', /no room/);
    await set('room', 'fine');
    await set('url', 'ftp://example.com/');
    await shows(ann, '#second', '.notice', /address of this chat is wrong/);
    await set('url', '/chat/ws');
    await set('readonly', null);
    await ann.until(() =>
        document.getElementById('second').state === 'joined');
    assert.equal(ann.sockets.length, 2);
});


test('colours by variables and parts, light and dark', { skip }, async () => {
    const colours = (selector) => ann.page.evaluate((which) => {
        const root = document.querySelector(which).shadowRoot;
        const style = (query) =>
            getComputedStyle(root.querySelector(query));

        return { back: style('.room').backgroundColor,
                 send: style('.send').backgroundColor,
                 font: style('.title').fontFamily };
    }, selector);

    assert.deepEqual(await colours('[room=shop]'), {
        back: 'rgb(255, 255, 255)', send: 'rgb(159, 18, 57)',
        font: 'Georgia, "Times New Roman", serif' });

    await ann.page.emulateMedia({ colorScheme: 'dark' });
    assert.equal((await colours('[room=product-42]')).back,
                 'rgb(20, 27, 25)');
    await ann.page.evaluate(() => {
        document.querySelector('[room=product-42]').theme = 'light';
    });
    await joined(ann);
    assert.equal((await colours('[room=product-42]')).back,
                 'rgb(255, 255, 255)');
    await ann.page.emulateMedia({ colorScheme: 'light' });
});


test('a guest\'s name; what is refused says why, and goes again', { skip },
     async () => {
    const shop = bob.page.locator('[room=shop]');

    await shop.locator('.link').first().click();
    await shop.locator('#name').fill('');
    await shop.locator('.naming [type=submit]').click();
    await shows(bob, '[room=shop]', '.wrong', /Write a name/);
    await shop.locator('#name').fill('Bobby');
    await bob.page.keyboard.press('Enter');
    await joined(bob);
    await shows(bob, '[room=product-42]', 'p.foot', /Bobby/);

    assert.equal(await bob.page.evaluate(() => {
        const text = document.querySelector('[room=shop]').shadowRoot
            .querySelector('textarea');
        const { maxLength } = text;

        text.maxLength = 100_000;
        return maxLength;
    }), 3000);
    await say(bob, '[room=shop]', 'x'.repeat(50_000));
    await shows(bob, '[room=shop]', '.fate.bad', /^Not sent\. /);
    await shop.locator('.way').nth(1).click();
    assert.equal(await shop.locator('.pending .message').count(), 0);
});


test('a server that restarts under it', { skip }, async () => {
    const { length } = bob.sockets;

    nginx.reload();
    await say(bob, '[room=shop]', 'through the restart');
    await sees(ann, '[room=shop]', 'through the restart');
    await sees(bob, '[room=shop]', 'through the restart');

    while (bob.sockets.length === length) {
        await bob.page.waitForEvent('websocket');
    }

    await joined(bob);
});


test('no finding of axe: both languages, light and dark', { skip },
     async () => {
    for (const [lang, colorScheme] of [['en', 'light'], ['zh', 'dark']]) {
        await bob.page.emulateMedia({ colorScheme });
        await bob.page.evaluate((value) => {
            document.querySelectorAll('chat-room').forEach((room) => {
                room.lang = value;
            });
        }, lang);
        await joined(bob);
        await bob.page.evaluate(AXE);

        const { violations } = await bob.page.evaluate(() =>
            globalThis.axe.run(document));

        assert.deepEqual(violations.map(({ id, nodes }) =>
            `${id} ${nodes[0].html}`), [], lang);
    }

    await bob.page.emulateMedia({ colorScheme: 'light' });
    await bob.page.setViewportSize({ width: 320, height: 700 });
    assert.ok(await bob.page.evaluate(() =>
        document.documentElement.scrollWidth <= 320));
    await bob.page.evaluate(() => {
        document.querySelector('[room=shop]').scrollIntoView();
    });
    await bob.screenshot('embed-narrow');
});


test('styles of a hostile page, a strict policy', { skip }, async () => {
    const looks = {};

    for (const name of ['calm', 'hostile']) {
        const eve = await come('Eve');

        await eve.page.addInitScript(() => {
            window.reports = [];
            document.addEventListener('securitypolicyviolation', (event) =>
                window.reports.push(`${event.violatedDirective} `
                                    + event.blockedURI));
        });
        await eve.page.goto(`${origin}/site/${name}.html`);
        await joined(eve);
        await eve.page.evaluate(() =>
            document.querySelector('chat-room').send('still here'));
        await sees(eve, 'chat-room', 'still here');

        looks[name] = await eve.page.evaluate(() => {
            const root = document.querySelector('chat-room').shadowRoot;

            return ['.room', '.log', '.settled .text', '.title', 'textarea',
                    '.send'].map((query) => {
                const style = getComputedStyle(root.querySelector(query));

                return [query, ...['display', 'visibility', 'color',
                    'backgroundColor', 'fontSize', 'fontFamily', 'cursor',
                    'letterSpacing', 'textTransform', 'pointerEvents',
                    'userSelect', 'textIndent', 'writingMode', 'whiteSpace',
                    'height'].map((key) => style[key])].join(' ');
            });
        });

        assert.deepEqual(await eve.page.evaluate(() => window.reports), []);
        assert.deepEqual(eve.faults, []);
        await eve.screenshot(`embed-${name}`);
        await eve.go();
    }

    assert.deepEqual(looks.hostile, looks.calm);
});


test('a token of the page, asked for by an event', { skip }, async () => {
    const eve = await come('Eve');

    await eve.page.goto(`${origin}/site/empty.html`);
    await eve.page.evaluate(async () => {
        window.asked = 0;
        document.addEventListener('chat-token', ({ detail }) => {
            window.asked++;
            detail.respondWith(Promise.resolve(null));
        });

        const room = document.createElement('chat-room');

        room.room = 'lobby';
        await customElements.whenDefined('chat-room');
        document.querySelector('main').append(room);
    });
    await joined(eve);
    assert.equal(await eve.page.evaluate(() => window.asked), 1);

    /* and frame.html, in a frame of one's own site */
    await eve.page.evaluate(() => {
        const frame = document.createElement('iframe');

        frame.src = '/chat/frame.html#room=lobby&heading=In+a+frame';
        document.body.append(frame);
    });
    await eve.page.frameLocator('iframe').locator('chat-room .count')
        .waitFor();
    assert.deepEqual(eve.faults, []);
    await eve.go();
});


test('nothing went wrong on the way', { skip }, () => {
    assert.deepEqual(ann.faults, []);
    assert.deepEqual(bob.faults, []);
});
