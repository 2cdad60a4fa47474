
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The conversation in the page: what is shown of it, and how it is read. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, missingBrowser, Person } from './people.mjs';
import { missing } from './servers.mjs';
import { openSite } from './site.mjs';
import { Stage } from './stage.mjs';

const FAKE = process.env.CHAT_FAKE !== undefined;
const skip = missingBrowser() || (FAKE ? false : missing());

const MANY = 10_000;                    /* messages */
const PAGE = 100;                       /* of them come at once */
const SHEET = 50;                       /* of them are drawn at once */
const DRAWN = 8 * SHEET;                /* at most, if no more are near */
const NEAR = 5;                         /* sheets that may come at once */

let site;
let browser;
let ann;
let bob;


before(async () => {
    if (!skip) {
        site = await openSite();
        browser = await launch();
        ann = await come('Ann');
        bob = await come('Bob', { locale: 'zh-CN', colorScheme: 'dark' });
    }
});


after(async () => {
    await browser?.close();

    const complaints = await site?.close() ?? [];

    assert.deepEqual(complaints, []);
});


async function come(name, options) {
    const person = await Person.come(browser, name, options);

    person.url = `http://127.0.0.1:${site.port}/`;
    await person.open(person.url);
    return person;
}


function never(...people) {
    for (const { name, faults } of people) {
        assert.deepEqual(faults, [], `${name}'s page had faults`);
    }
}


/** What stands in the log, one below the other. */
function lines(person) {
    return person.page.$$eval('.log:not([hidden]) .settled '
        + ':is(.day, .fresh, .author, .text, .broken, .note)',
        (list) => list.map((each) => `${each.className.split(' ')[0]} `
                                     + each.textContent));
}


/** The place of an element in what one sees of the log, in px. */
function place(person, selector) {
    return person.page.$eval(`.log:not([hidden]) ${selector}`, (element) =>
        Math.round(element.getBoundingClientRect().top
                   - element.closest('.log').getBoundingClientRect().top));
}


function shown(person, selector) {
    return person.page.$eval(selector, ({ hidden }) => !hidden);
}


test('messages are grouped by author and by day, as one says it there',
     { skip }, async (t) => {
    for (const [person, you, today, yesterday] of
         [[ann, 'You: ', 'Today', 'Yesterday'],
          [bob, '你: ', '今天', '昨天']])
    {
        const stage = await Stage.open(person, t);
        const old = await person.page.evaluate(() => {
            const time = new Date(2020, 1, 29, 12).getTime();

            return [time, new Intl.DateTimeFormat(navigator.language,
                { weekday: 'long', day: 'numeric', month: 'long',
                  year: 'numeric' }).format(time)];
        });

        await stage.add(
            { from: 'Cleo', text: 'long ago', time: old[0] },
            { from: 'Cleo', text: 'and at once', time: old[0] + 1000 },
            { from: 'Cleo', text: 'yesterday', day: -1 },
            { from: 'Dan', text: 'yesterday, too', day: -1 },
            { from: 'Dan', text: 'today' },
            { from: 'me', text: 'mine', mine: true },
            { from: 'Dan', text: '', kind: 'broken', reason: 'Forged.' },
            { from: '', text: 'The room began anew.', kind: 'note' });

        assert.deepEqual(await lines(person), [
            `day ${old[1]}`, 'author Cleo', 'text long ago',
            'text and at once', `day ${yesterday}`, 'author Cleo',
            'text yesterday', 'author Dan', 'text yesterday, too',
            `day ${today}`, 'author Dan', 'text today', 'text mine',
            'author Dan', 'broken Forged.', 'note The room began anew.']);
        assert.deepEqual(await person.page.$$eval('.stage .message > .unseen',
            (list) => list.map((each) => each.textContent)),
            ['Cleo: ', 'Cleo: ', 'Cleo: ', 'Dan: ', 'Dan: ', you, 'Dan: ']);
        await stage.close();
    }

    never(ann, bob);
});


test('10,000 messages: few are in the page, and none moves what is read',
     { skip }, async (t) => {
    const stage = await Stage.open(ann, t);
    const { pages, moved } = await stage.load(MANY, PAGE);

    assert.equal(pages, MANY / PAGE);
    assert.ok(moved <= 1, `moved by ${moved} px`);

    const walk = await stage.walk();

    t.diagnostic(`frames ${walk.frames.length}, their time: median `
        + `${walk.median} ms, 95 % ${walk.p95} ms, longest ${walk.max} ms; `
        + `the page's own work ${walk.work} ms each`);
    t.diagnostic(`drawn at most ${walk.rows} messages, ${walk.nodes} `
        + `elements; in one frame ${walk.added} messages`);
    assert.ok(walk.frames.length > 100);
    assert.ok(walk.rows <= DRAWN + NEAR * SHEET, `${walk.rows} rows`);
    assert.ok(walk.added <= NEAR * SHEET, `${walk.added} rows in a frame`);
    assert.deepEqual(walk.gaps, []);

    const { first, last, ordered } = await stage.ends();

    assert.deepEqual([first, last, ordered],
                     ['message 1', `message ${MANY}`, true]);
    never(ann);
});


test('links, code and emoji; what only looks like a link is none', { skip },
     async () => {
    const plain = ['https://ann:secret@example.com/', 'javascript:alert(1)',
        'data:text/html,<b>', 'http://exa\u202emoc.elp', 'https://',
        'ftp://example.com/', 'xhttps://example.com/'];
    const said = ['See (https://example.com/a_(b)?q=1#z), or www.example.org.',
        'ann@example.com and mailto:bob@example.org!',
        'https://\u0430pple.com/login', ...plain,
        'Use `a <b>` or:\n```html\n<img src=x onerror=alert(1)>\n```\nOk?',
        '\u2764\ufe0f\ud83c\udf89', 'a \ud83c\udf89'];

    for (const text of said) {
        await bob.say(text);
    }

    await ann.sees('a \ud83c\udf89');

    const found = await ann.page.$$eval('.log:not([hidden]) .text a',
        (list) => list.map((link) => [link.textContent, link.href,
                                      link.dataset.host ?? '']));

    assert.deepEqual(found, [
        ['https://example.com/a_(b)?q=1#z',
         'https://example.com/a_(b)?q=1#z', ''],
        ['www.example.org', 'https://www.example.org/', ''],
        ['ann@example.com', 'mailto:ann@example.com', ''],
        ['mailto:bob@example.org', 'mailto:bob@example.org', ''],
        ['https://\u0430pple.com/login', 'https://xn--pple-43d.com/login',
         'xn--pple-43d.com']]);
    assert.ok(await ann.page.$$eval('.log:not([hidden]) .text a', (list) =>
        list.every(({ rel, target }) => target === '_blank'
                   && /noopener noreferrer/.test(rel))));

    for (const text of plain) {
        await ann.sees(text);
    }

    assert.deepEqual(await ann.page.$$eval('.log:not([hidden]) .text code',
        (list) => list.map(({ textContent, parentElement }) =>
            [parentElement.localName, textContent])),
        [['div', 'a <b>'], ['pre', '<img src=x onerror=alert(1)>']]);
    assert.deepEqual(await ann.page.$$eval('.log:not([hidden]) .big',
        (list) => list.map(({ textContent }) => textContent)),
        ['\u2764\ufe0f\ud83c\udf89']);
    await ann.screenshot('rich');
    never(ann, bob);
});


test('what is new has a line above it, and a button to it', { skip },
     async () => {
    const room = `${ann.url}#news`;
    const fresh = async () => (await lines(ann)).slice(
        (await lines(ann)).findIndex((line) => line.startsWith('fresh')));

    await bob.open(room);
    await bob.recite('news', Array.from({ length: 60 }, (_, i) => `old ${i}`));
    await ann.open(room);
    await ann.sees('old 59');
    await ann.until(() => /news/.test(localStorage['chat.read'] ?? ''));
    assert.ok((await lines(ann)).every((line) => !/^fresh/.test(line)));

    /* the page was closed, and comes again */
    await ann.page.route('**/away', (route) => route.fulfill({
        contentType: 'text/html', body: '<link rel="icon" href="data:,">' }));
    await ann.page.goto(`${ann.url}away`);
    await bob.say('while you were away');
    await bob.sent('while you were away');
    await ann.open(room);
    await ann.sees('while you were away');
    assert.deepEqual((await fresh()).filter((line) => !/^auth/.test(line)),
                     ['fresh New messages', 'text while you were away']);

    /* further up */
    await ann.page.$eval('.log:not([hidden])', (log) => {
        log.scrollTop = log.scrollHeight / 3;
    });
    await ann.page.waitForSelector('#down.bare', { state: 'visible' });

    const old = '[data-seq]:nth-child(20)';
    const before = await place(ann, old);

    await bob.say('one');
    await bob.say('two');
    await ann.page.waitForSelector('#down:has-text("2 new messages")');
    assert.equal(await place(ann, old), before);
    await ann.page.waitForSelector('#rooms .badge');
    assert.deepEqual((await fresh()).slice(-2), ['text one', 'text two']);
    assert.equal((await fresh())[0], 'fresh New messages');
    await ann.screenshot('unread-line');

    await ann.page.click('#down');
    await ann.page.waitForSelector('#down', { state: 'hidden' });
    await ann.page.waitForSelector('#rooms .badge', { state: 'detached' });
    assert.match(await ann.page.title(), /^news/);

    /* by keyboard, from where one writes */
    await ann.page.press('#text', 'PageUp');
    await ann.page.waitForSelector('#down.bare', { state: 'visible' });
    await ann.page.press('#text', 'PageDown');
    await ann.page.waitForSelector('#down', { state: 'hidden' });

    /* one's own word ends it */
    await ann.say('I see.');
    await ann.sees('I see.');
    assert.ok((await lines(ann)).every((line) => !/^fresh/.test(line)));

    await ann.open(ann.url);
    await bob.open(bob.url);
    never(ann, bob);
});


test('drafts stay with their room, also over a reload', { skip }, async () => {
    const { page } = ann;
    const text = () => page.inputValue('#text');

    await page.fill('#text', 'half a thought\nin the lobby');
    await page.fill('#join-name', 'drafts');
    await page.press('#join-name', 'Enter');
    assert.equal(await text(), '');
    await page.fill('#text', 'another one');
    await page.click('#rooms .enter:has-text("lobby")');
    assert.equal(await text(), 'half a thought\nin the lobby');
    await page.reload();
    assert.equal(await text(), 'half a thought\nin the lobby');
    await page.click('#rooms .enter:has-text("drafts")');
    assert.equal(await text(), 'another one');
    await ann.online();
    await page.press('#text', 'Enter');
    await ann.sent('another one');
    await page.reload();
    assert.equal(await text(), '');
    await page.click('#rooms .enter:has-text("lobby")');
    await page.fill('#text', '');
    await ann.online();
    never(ann);
});


test('what fails can be sent again, changed, or discarded',
     { skip: skip || FAKE }, async () => {
    const failed = '.pending [data-state="failed"]';
    const bad = 'a control \u0001 character';

    await ann.say(bad);
    await ann.page.waitForSelector(failed);
    await ann.waits(bad, 'cannot be sent');
    await ann.screenshot('failed');
    await ann.page.click(`${failed} >> text=Send again`);
    await ann.page.waitForSelector(failed);
    assert.equal(await ann.page.locator('.pending > div').count(), 1);
    await ann.page.click(`${failed} >> text=Discard`);
    await ann.until(() => document.querySelector('.log:not([hidden]) .pending')
        .matches(':empty'));

    await ann.say(bad);
    await ann.page.click(`${failed} >> text=Edit`);
    assert.equal(await ann.page.locator(failed).count(), 0);
    assert.equal(await ann.page.inputValue('#text'), bad);
    await ann.say(bad.replace('\u0001', ''));
    await ann.sent(bad.replace('\u0001', ''));
    await ann.page.reload();
    await ann.online();
    assert.equal(await ann.page.locator(failed).count(), 0);
    never(ann);
});


test('the box: lines, other scripts, how much is left', { skip }, async () => {
    const { page } = ann;
    const count = (await ann.texts()).length;
    const height = () => page.$eval('#text', (box) => box.offsetHeight);
    const low = await height();

    await page.fill('#text', '');
    await page.locator('#text').pressSequentially('first');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second :tada: 10:30');
    assert.equal(await page.inputValue('#text'),
                 'first\nsecond \ud83c\udf89 10:30');
    assert.ok(await height() > low);

    for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
        await page.$eval('#text', (box, options) => box.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', bubbles: true,
                                           cancelable: true, ...options })),
            init);
    }

    assert.equal((await ann.texts()).length, count);
    assert.equal(await page.locator('.pending > div').count(), 0);
    await page.keyboard.press('Enter');
    await ann.sent('first\nsecond \ud83c\udf89 10:30');
    assert.equal(await height(), low);

    await page.fill('#text', '\u{1f389}'.repeat(3900));
    assert.equal(await page.textContent('#left'), '100 characters left');
    await page.fill('#text', 'x'.repeat(4001));
    assert.equal(await page.textContent('#left'), '1 character too many');
    await page.press('#text', 'Enter');
    assert.equal((await page.inputValue('#text')).length, 4001);
    assert.equal(await page.isDisabled('#send'), true);
    await page.fill('#text', 'x'.repeat(4000));
    await page.press('#text', 'Enter');
    await ann.sent('x'.repeat(4000));
    assert.equal(await shown(ann, '#left'), false);
    never(ann);
});


test('the keyboard alone: from the box to the messages and back', { skip },
     async () => {
    const { page } = ann;
    const focus = () => page.evaluate(() => {
        const { id, className } = document.activeElement;
        const text = document.activeElement.querySelector('.text');

        return id || text?.textContent || className;
    });

    for (const text of ['one', 'two', 'three']) {
        await ann.say(text);
        await ann.sent(text);
    }

    await ann.until(() => document.querySelector('.log:not([hidden]) .pending')
        .matches(':empty'));
    await page.focus('#text');

    for (const [key, where] of [['ArrowUp', 'three'], ['ArrowUp', 'two'],
        ['ArrowDown', 'three'], ['ArrowDown', 'text'], ['ArrowUp', 'three'],
        ['ArrowUp', 'two'], ['End', 'three'], ['Escape', 'text'],
        ['ArrowUp', 'three'], ['h', 'text']])
    {
        await page.keyboard.press(key);
        assert.equal(await focus(), where, key);
    }

    assert.equal(await page.inputValue('#text'), 'h');
    await page.fill('#text', '');

    const row = page.locator('.log:not([hidden]) .message').last();

    assert.match(await row.ariaSnapshot(), /article "You: three"/);
    assert.match(await page.locator('.log:not([hidden])').ariaSnapshot(),
                 /log "Messages in lobby"/);
    never(ann);
});


test('emoji are chosen by keyboard, and those used last come first',
     { skip }, async () => {
    const { page } = ann;
    const { keyboard } = page;

    await page.fill('#text', 'so ');
    await page.focus('#emoji');
    await keyboard.press('Enter');
    assert.equal(await page.getAttribute('#emoji', 'aria-expanded'), 'true');
    await ann.screenshot('emoji');

    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowUp', 'Enter']) {
        await keyboard.press(key);
    }

    const second = await page.locator('[data-part="emoji.smileys"] button')
        .nth(1).textContent();

    assert.equal(await page.inputValue('#text'), `so ${second}`);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'text');
    assert.equal(await shown(ann, '#emoji-panel'), false);

    await page.click('#emoji');
    assert.equal(await page.textContent('#emoji-panel button'), second);
    await keyboard.press('Escape');
    assert.equal(await shown(ann, '#emoji-panel'), false);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'text');
    await page.fill('#text', '');
    never(ann);
});


test('slow mode, a mute, a lock and a kick are told where one writes', { skip },
     async () => {
    const cleo = await Person.come(browser, 'Cleo');
    const { page } = cleo;
    let line;

    await page.routeWebSocket(/chat\/ws/, (route) => {
        line = route;

        const server = route.connectToServer();

        route.onMessage((text) => server.send(text));
        server.onMessage((text) => route.send(text));
    });

    const rule = (config, more = {}) => line.send(JSON.stringify({ ev: 'room',
        room: 'lobby', role: 'none', can: ['send', 'typing', 'history'],
        config: { slow: 0, lock: 'open', ...config }, ...more }));
    const told = (text) => cleo.until((wanted) => new RegExp(wanted)
        .test(document.getElementById('hold').textContent), text);

    await page.goto(`http://127.0.0.1:${site.port}/`);
    await cleo.online();

    rule({ slow: 60 });
    await cleo.say('quick');
    await cleo.sent('quick');
    await told('Slow mode: you can send again in \\d+ seconds?');
    await cleo.screenshot('slow');
    await cleo.say('too quick');
    assert.equal(await page.inputValue('#text'), 'too quick');
    assert.equal(await cleo.times('too quick'), 0);
    rule({ slow: 60 }, { role: 'moderator' });
    await told('^$');
    assert.equal(await page.textContent('#hold-say'), 'You can write again.');
    await page.press('#text', 'Enter');
    await cleo.sent('too quick');

    rule({}, { can: ['history'], muted: Date.now() + 90_000 });
    await told('You are muted. You can write again in \\d+ seconds');
    /* it ends by itself, and says so */
    rule({}, { can: ['history'], muted: Date.now() + 6000 });
    await told('You are muted. You can write again in \\d seconds?');
    await told('^$');
    assert.equal(await page.textContent('#hold-say'), 'You can write again.');
    rule({}, { can: ['history'], muted: 2 ** 53 });
    await told('You are muted in this room');
    rule({ lock: 'write' }, { can: ['history'] });
    await told('Only moderators can write here now');
    rule({ slow: 60, lock: 'write' }, { role: 'moderator' });
    await told('^$');
    await cleo.say('I may.');
    await cleo.sent('I may.');
    assert.equal(await shown(cleo, '#hold'), false);

    line.send(JSON.stringify({ ev: 'left', room: 'lobby',
                               reason: 'kicked' }));
    await told('You are not in this room');
    await cleo.say('Hello?');
    assert.equal(await page.inputValue('#text'), 'Hello?');
    await cleo.go();
    never(cleo);
});


test('from 360 pixels to 4K, both directions: nothing is cut off', { skip },
     async (t) => {
    const texts = ['w'.repeat(300), `https://example.com/${'long/'.repeat(60)}`,
        `\`\`\`\n${'code '.repeat(80)}\n\`\`\``,
        '\u05e9\u05dc\u05d5\u05dd '.repeat(40)];
    const stage = await Stage.open(ann, t);

    await stage.add(...texts.map((text, i) => ({ from: 'Dan', text,
                                                 mine: i % 2 === 1 })));

    for (const [width, height] of [[360, 640], [1280, 800], [3840, 2160]]) {
        await ann.page.setViewportSize({ width, height });

        for (const dir of ['ltr', 'rtl']) {
            const wrong = await ann.page.evaluate((value) => {
                document.documentElement.dir = value;

                const log = document.querySelector('.stage');
                const { left, right } = log.getBoundingClientRect();
                const own = document.querySelector('.stage .mine .message')
                    .getBoundingClientRect();
                const others = document
                    .querySelector('.stage .group:not(.mine)')
                    .getBoundingClientRect();
                const list = [...log.querySelectorAll('.message, .message *')]
                    .filter((element) => {
                        const box = element.getBoundingClientRect();

                        return !element.closest('.unseen')
                               && (box.left < left || box.right > right);
                    }).map(({ className }) => className);

                if (document.documentElement.scrollWidth > innerWidth) {
                    list.push('the page is wider than its window');
                }

                if ((own.left > others.left) !== (value === 'ltr')) {
                    list.push('one\'s own stand on the wrong side');
                }

                return list;
            }, dir);

            assert.deepEqual(wrong, [], `${width} ${dir}`);
        }
    }

    assert.deepEqual(await ann.page.$$eval('.stage .message', (list) =>
        list.map((each) => getComputedStyle(each).textAlign)),
        ['left', 'left', 'left', 'right']);

    never(ann);
});
