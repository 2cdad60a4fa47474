
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * payloads.json as messages, names, rooms and whatever else a server says, in
 * the page and in <chat-room>, under the policy of examples/run: no script
 * runs, no report comes, nothing is asked of elsewhere, and no element is
 * there that the page does not make itself.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { FakeServer } from '../js/fake-server.mjs';
import { ChatSocket } from '../torture/socket.mjs';
import { launch, missingBrowser, Person } from './people.mjs';
import { freePort, missing, Nginx, ROOT } from './servers.mjs';

const PAYLOADS = JSON.parse(readFileSync(
    join(ROOT, 't/browser/payloads.json'), 'utf8'));
const AT_ONCE = 25;                     /* connections */
const HASHES = 120;                     /* Chromium bears 200 in 10 s */

/* what the page and the element make */
const TAGS = new Set(['a', 'bdi', 'button', 'code', 'div', 'form', 'hr',
    'input', 'label', 'li', 'p', 'path', 'pre', 'span', 'svg', 'textarea',
    'time', 'ul']);
const ATTRIBUTES = '^(?:aria-[a-z]+|data-[a-z-]+|autocomplete|class|d'
    + '|datetime|dir|disabled|enterkeyhint|for|hidden|href|id|lang|maxlength'
    + '|novalidate|part|placeholder|rel|role|rows|tabindex|target|title'
    + '|type|value|viewBox|style)$';

const skip = missingBrowser() || missing();
const nginx = new Nginx();
const fake = new FakeServer();
let browser;
let port;
let origin;
let reader;
let frame;


before(async () => {
    if (skip) {
        return;
    }

    port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    await nginx.start(httpOfExample(), port);
    browser = await launch();
    reader = await come('Reader', `${origin}/#lobby`);
    frame = await come('Framed', `${origin}/chat/frame.html#lobby`);
    await reader.online();
    await frame.until(() =>
        document.querySelector('chat-room')?.state === 'joined');
});


after(async () => {
    await browser?.close();
    fake.stop();

    if (!skip) {
        assert.deepEqual(await nginx.remove(), []);
    }
});


/** What "make run" starts, without its limits. */
function httpOfExample() {
    const conf = readFileSync(join(ROOT, 'examples/run/nginx.conf'), 'utf8');
    const block = /^http \{\n([\s\S]*)^\}/m.exec(conf);

    assert.notEqual(block, null);
    return block[1].replace(/^ *(include|access_log|\w+_temp_path) .*\n/gm, '')
        .replace('@STORE@', '').replaceAll('@ROOT@/', ROOT)
        .replace('@HOST@:@PORT@', `127.0.0.1:${port} reuseport`)
        .replace('chat_guests on;', `chat_guests on; chat_limit off;
            chat_max_connections off; chat_history 2000; chat_max_rooms 500;`);
}


async function come(name, url) {
    const person = await Person.come(browser, name);
    const { page } = person;
    const own = new URL(url).host;

    person.elsewhere = [];
    page.on('request', (request) => {
        if (new URL(request.url()).host !== own) {
            person.elsewhere.push(request.url());
        }
    });
    page.on('popup', () => person.faults.push('a window was opened'));
    await page.addInitScript(watchInPage);
    await page.goto(url);
    return person;
}


/** Notes what must not happen, and each element that comes. */
function watchInPage() {
    const seen = { elements: [], links: [], reports: [], ran: 0 };

    const look = (element) => {
        const names = [...element.attributes].map(({ name }) => name);

        seen.elements.push(`${element.localName} ${names.join(' ')}`);

        if (element.localName === 'a') {
            seen.links.push(element.href);
        }

        if (element.shadowRoot) {
            enter(element);
        }
    };

    const enter = ({ shadowRoot }) => {
        shadowRoot.querySelectorAll('*').forEach(look);
        watch(shadowRoot);
    };

    const watch = (root) => {
        new MutationObserver((records) => {
            for (const { addedNodes, target, attributeName } of records) {
                if (attributeName !== null && attributeName !== undefined) {
                    look(target);
                }

                for (const node of addedNodes) {
                    if (node.nodeType === Node.ELEMENT_NODE) {
                        look(node);
                        node.querySelectorAll('*').forEach(look);
                    }
                }
            }
        }).observe(root, { childList: true, subtree: true, attributes: true });
    };

    window.seen = seen;
    window.xss = () => { seen.ran++; };
    document.addEventListener('securitypolicyviolation', (event) =>
        seen.reports.push(`${event.violatedDirective} ${event.blockedURI}`));
    window.begin = () => {
        watch(document.body);
        document.querySelectorAll('chat-room').forEach(enter);
    };
}


/** Nothing of all that must not be has been. */
async function harmless(person) {
    const { page, faults, elsewhere } = person;
    const seen = await page.evaluate(() => window.seen);
    const allowed = new RegExp(ATTRIBUTES);
    const strange = seen.elements.filter((each) => {
        const [tag, ...names] = each.split(' ');

        return (!TAGS.has(tag) && tag !== 'chat-room' && tag !== 'body'
                && tag !== 'main')
            || !names.every((name) => name === '' || allowed.test(name)
                || (tag === 'chat-room' && /^[a-z]+$/.test(name)));
    });

    assert.equal(seen.ran, 0);
    assert.deepEqual(seen.reports, []);
    assert.deepEqual([...new Set(strange)], []);
    assert.deepEqual(seen.links.filter((href) =>
        !/^(?:https?:\/\/|mailto:)/.test(href)), []);
    assert.deepEqual(faults, []);
    assert.deepEqual(elsewhere, []);
    assert.equal(await page.evaluate(() =>
        ({}).isAdmin ?? ({}).x ?? Object.keys(Object.prototype).length), 0);
    assert.match(page.url(), /^http:\/\/[\d.:]+\/(chat\/frame.*|#.*)?$/);
    return seen;
}


/** Waits until both have shown the last message. */
async function ends(people, text) {
    for (const person of people) {
        await person.until((wanted) => {
            const room = document.querySelector('chat-room');
            const texts = (room?.shadowRoot ?? document)
                .querySelectorAll('.log:not([hidden]) .text');

            return [...texts].some(({ textContent }) =>
                textContent === wanted);
        }, text);
    }
}


/**
 * A client of this process.
 *
 * @param {string} name
 * @returns {Promise<{send: (text: string) => Promise<any>,
 *     close: () => void} | null>} null: the name was refused
 */
function talker(name) {
    const answers = new Map();
    let id = 0;

    return new Promise((resolve) => {
        const socket = new ChatSocket({
            port, path: `/chat/ws?room=lobby&name=${encodeURIComponent(name)}`,
            opened: () => {},
            text: (text) => {
                const said = JSON.parse(text);

                if (said.ev === 'joined' && said.room === 'lobby') {
                    resolve({
                        send: (words) => new Promise((done) => {
                            answers.set(++id, done);
                            socket.send({ op: 'send', id, room: 'lobby',
                                          text: words, cid: `c${id}` });
                        }),
                        close: () => socket.close(),
                    });
                }

                answers.get(said.id)?.(said);
            },
            closed: () => resolve(null),
        });
    });
}


test('messages: more than 300 payloads are text', { skip }, async () => {
    assert.ok(PAYLOADS.length > 300);
    assert.equal(new Set(PAYLOADS).size, PAYLOADS.length);

    for (const person of [reader, frame]) {
        await person.page.evaluate(() => window.begin());
    }

    const mallory = await talker('Mallory');
    const answers = await Promise.all(PAYLOADS.map(mallory.send));
    const taken = PAYLOADS.filter((_, i) => answers[i].ok !== undefined);

    await mallory.send('the end of the messages');
    await ends([reader, frame], 'the end of the messages');
    assert.ok(taken.length > 300, `${taken.length} were taken`);

    const shown = await frame.page.evaluate(() =>
        [...document.querySelector('chat-room').shadowRoot
            .querySelectorAll('.settled .text')]
            .map(({ textContent }) => textContent));
    const plain = taken.filter((text) => !text.includes('`'));

    assert.deepEqual(plain.filter((text) => !shown.includes(text)), []);

    for (const person of [reader, frame]) {
        const { links } = await harmless(person);

        assert.ok(links.length > 10);
    }

    mallory.close();
});


test('names: those that the server takes are text', { skip }, async () => {
    const taken = [];

    for (let i = 0; i < PAYLOADS.length; i += AT_ONCE) {
        await Promise.all(PAYLOADS.slice(i, i + AT_ONCE).map(async (name) => {
            const person = await talker(name);

            if (person !== null) {
                taken.push(name);
                await person.send(`I am ${taken.length}`);
                person.close();
            }
        }));
    }

    assert.ok(taken.length > 100, `${taken.length} names were taken`);

    const last = await talker('Last');

    await last.send('the end of the names');
    await ends([reader, frame], 'the end of the names');
    last.close();

    const authors = await frame.page.evaluate(() =>
        [...document.querySelector('chat-room').shadowRoot
            .querySelectorAll('.author')].map(({ textContent }) =>
            textContent));

    assert.ok(new Set(authors).size > 100);
    await harmless(reader);
    await harmless(frame);
});


test('rooms: by the address, by the form, by attributes', { skip },
     async () => {
    await reader.page.evaluate(async ([payloads, hashes]) => {
        const change = () => new Promise((done) => { setTimeout(done, 0); });

        for (const [i, payload] of payloads.slice(0, hashes).entries()) {
            location.hash = i % 2 ? payload
                : `room=${encodeURIComponent(payload)}`;
            await change();
        }

        const input = document.getElementById('join-name');

        for (const payload of payloads) {
            input.value = payload;
            input.form.requestSubmit();
        }

        location.hash = 'lobby';
        await change();
    }, [PAYLOADS.filter((each) => each.length < 200), HASHES]);
    await reader.until(() =>
        document.getElementById('room-name').textContent === 'lobby');
    await harmless(reader);

    await frame.page.evaluate(async (payloads) => {
        const { ChatRoom } = await import('/chat/embed.js');
        const names = ['room', 'heading', 'placeholder', 'lang', 'theme',
                       'name'];
        const rooms = payloads.map((payload) => {
            const room = new ChatRoom();

            names.forEach((name) => room.setAttribute(name, payload));
            room.setAttribute('url', /^(?:javascript|data|vbscript):/i
                .test(payload) ? payload : '/chat/ws');
            return room;
        });

        document.body.append(...rooms);
        await new Promise((done) => { setTimeout(done, 0); });
        await new Promise((done) => { setTimeout(done, 0); });
        rooms.forEach((room) => room.remove());
    }, PAYLOADS);
    await harmless(frame);
});


test('whatever a server says is text', { skip }, async () => {
    const { chat } = fake;
    const own = `http://127.0.0.1:${await fake.listen()}`;
    const cruel = '"><img src=x onerror=xss()>';

    chat.login = { id: cruel, name: cruel, guest: true };

    const people = [await come('A', `${own}/#lobby`),
                    await come('B', `${own}/chat/frame.html#lobby`)];

    for (const person of people) {
        await person.until(() => {
            const room = document.querySelector('chat-room');

            return room === null ? document.getElementById('count')
                                       ?.textContent > '0'
                                 : room.state === 'joined';
        });
        await person.page.evaluate(() => window.begin());
    }

    const tell = (said) => chat.members.forEach((member) => member.say(said));

    /* each as a name and a text, and as one of what else there is */
    for (const [i, payload] of PAYLOADS.entries()) {
        const user = { id: payload, name: payload, role: payload,
                       ['__proto__']: { isAdmin: true } };

        chat.post('lobby', payload, user);
        tell([
            { ev: 'presence', room: 'lobby', count: 3, join: [user],
              leave: [] },
            { ev: 'typing', room: 'lobby', user, on: true },
            { ev: 'error', error: { code: payload, message: payload } },
            { ev: 'room', room: 'lobby', role: payload,
              can: ['send', payload], config: { slow: 0, lock: payload } },
            { ev: payload, room: 'lobby', text: payload },
        ][i % 5]);
    }

    chat.post('lobby', 'the end of it');
    await ends(people, 'the end of it');

    for (const person of people) {
        await harmless(person);
    }

    tell({ ev: 'left', room: 'lobby', reason: cruel, message: cruel,
           by: cruel });

    for (const person of people) {
        await person.until((text) => {
            const root = document.querySelector('chat-room')?.shadowRoot
                         ?? document;

            return root.querySelector('.notice').textContent.includes(text);
        }, 'onerror');
        await harmless(person);
    }
});
