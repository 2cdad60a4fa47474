
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* People at browsers. */

import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT, absent, sleep } from './servers.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const SCREENS = join(ROOT, 'build/screens');
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic',
    '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];

export const WAIT = 15_000;             /* ms */

const POLL = 50;                        /* ms */


/** @returns {string | false} why there is no browser */
export function missingBrowser() {
    try {
        createRequire(import.meta.url).resolve('playwright-core');
    } catch {
        return absent('playwright-core is not installed; run "npm install"');
    }

    return existsSync(CHROMIUM) ? false : absent(`${CHROMIUM} is not there`);
}


export async function launch() {
    const { chromium } = await import('playwright-core');

    mkdirSync(SCREENS, { recursive: true });
    return chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}


export class Person {

    name;
    page;

    /** What must never come: script errors, reports of the CSP, dialogs. */
    faults = [];

    /** Events that came over the WebSocket, newest last. */
    events = [];

    static async come(browser, name, options = {}) {
        const person = new Person();
        const context = await browser.newContext(
            { viewport: { width: 1200, height: 760 }, ...options });

        person.name = name;
        person.page = await context.newPage();
        person.#listen();

        if (name !== null) {
            await context.addInitScript((value) => {
                localStorage['chat.name'] ??= JSON.stringify(value);
            }, name);
        }

        return person;
    }

    #listen() {
        const { page, faults } = this;

        page.setDefaultTimeout(WAIT);
        page.on('pageerror', (error) => faults.push(error.message));
        page.on('dialog', (dialog) => {
            faults.push(`dialog ${dialog.message()}`);
            dialog.dismiss();
        });

        page.on('console', (message) => {
            /* what a fallback asks, where there is no API */
            const asked = message.location().url.includes('/api/v1/me');

            if (message.type() === 'error' && !asked
                && !/WebSocket connection|ERR_|status of (403|426|503)/
                    .test(message.text()))
            {
                faults.push(message.text());
            }
        });

        page.on('websocket', (socket) => {
            socket.on('framereceived', ({ payload }) => {
                try {
                    this.events.push(JSON.parse(payload));
                } catch {
                    this.events.push(payload);
                }
            });
        });
    }

    /** @returns {string | undefined} which worker serves this person */
    get node() {
        return this.events.filter(({ ev }) => ev === 'welcome').at(-1)?.node;
    }

    /**
     * Polls: Playwright's own waitForFunction() needs an eval that the
     * page's Content-Security-Policy rightly forbids.
     */
    async until(fn, argument) {
        for (let waited = 0; ; waited += POLL) {
            if (await this.page.evaluate(fn, argument)) {
                return;
            }

            if (waited > WAIT) {
                throw new Error(`${this.name} waited in vain for ${fn} with `
                                + JSON.stringify(argument));
            }

            await sleep(POLL);
        }
    }

    async open(url) {
        await this.page.goto(url);

        if (this.name !== null) {
            await this.online();
        }
    }

    /** Waits until the page says that what is typed now is sent. */
    async online() {
        await this.page.waitForSelector('#state[data-mood="good"]');
        await this.until(() =>
            document.getElementById('count').textContent !== '0');
    }

    /**
     * Waits for a connection newer than the events that were counted; the
     * page shows the old one as good until it has gone.
     *
     * @param {number} count
     * @param {number} [limit]  ms
     */
    async back(count, limit = WAIT) {
        for (let waited = 0; waited < limit; waited += POLL) {
            if (this.events.slice(count).some(({ ev }) => ev === 'welcome')) {
                await this.online();
                return;
            }

            await sleep(POLL);
        }

        throw new Error(`${this.name} had no new welcome within ${limit} ms`);
    }

    async say(text) {
        await this.page.fill('#text', text);
        await this.page.press('#text', 'Enter');
    }

    /** A message is on its way, and says why it takes its time. */
    async waits(text, words) {
        await this.until(([wanted, fate]) =>
            [...document.querySelectorAll('.log:not([hidden]) .pending > div')]
                .some((element) => element.textContent.includes(wanted)
                                   && element.textContent.includes(fate)),
            [text, words]);
    }

    /** Says much and fast, by a connection of its own. */
    async recite(room, texts) {
        await this.page.evaluate(([name, list]) => new Promise((done, fail) => {
            const socket = new WebSocket(new URL('chat/ws', location.href
                .replace(/^http/, 'ws')), 'chat.v1');
            let id = 0;

            const next = () => {
                const text = list[id++];

                if (text === undefined) {
                    socket.close();
                    done();
                    return;
                }

                socket.send(JSON.stringify({ op: 'send', id, room: name,
                                             text, cid: `recital-${id}` }));
            };

            socket.onopen = () => socket.send(JSON.stringify(
                { op: 'join', id: 1000, room: name }));
            socket.onclose = () => fail(new Error(`closed at ${id}`));
            socket.onmessage = ({ data }) => {
                const answer = JSON.parse(data);

                if (answer.error !== undefined) {
                    fail(new Error(data));
                } else if (answer.id !== undefined) {
                    next();
                }
            };
        }), [room, texts]);
    }

    /** How often a text stands in the room. */
    async times(text) {
        return (await this.texts()).filter((each) => each === text).length;
    }

    /** Waits for a message, as people see it. */
    async sees(text) {
        await this.until((wanted) =>
            [...document.querySelectorAll('.log:not([hidden]) .settled .text')]
                .some((element) => element.textContent === wanted), text);
    }

    async sent(text) {
        await this.until((wanted) =>
            [...document.querySelectorAll('.log:not([hidden]) .mine .message')]
                .some((element) => element.querySelector('.text').textContent
                    === wanted && element.querySelector('.mark')), text);
    }

    async notice(pattern) {
        await this.until((source) => {
            const notice = document.getElementById('notice');

            return !notice.hidden
                   && new RegExp(source).test(notice.textContent);
        }, pattern.source);
    }

    async noNotice() {
        await this.page.waitForSelector('#notice', { state: 'hidden' });
    }

    async members(...names) {
        await this.until((wanted) => {
            const list = document.querySelectorAll('#members .name');
            const shown = [...list].map((each) => each.textContent).sort();

            return JSON.stringify(shown) === wanted;
        }, JSON.stringify([...names].sort()));
    }

    async texts() {
        return this.page.$$eval('.log:not([hidden]) .settled .text',
            (list) => list.map((each) => each.textContent));
    }

    async screenshot(name) {
        await this.page.waitForTimeout(250);
        await this.page.screenshot({ path: join(SCREENS, `${name}.png`) });
    }

    async go() {
        await this.page.context().close();
    }
}
