
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page's words: all there in each language, all used, all sentences. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { CLOSE } from '../../html/chat/protocol.js';
import { choose, LANGUAGES, Words } from '../../html/chat/ui/language.js';
import { connectionWords, errorWords, fateWords, roomWords, sendingWords,
         typingWords } from '../../html/chat/ui/words.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HTML = join(ROOT, 'html');

const sources = readdirSync(HTML, { recursive: true })
    .filter((name) => /\.(js|html)$/.test(name)
                      && !name.startsWith(join('chat', 'ui', 'words/')))
    .map((name) => ({ name, text: read(join('html', name))
        .replace(/\/\*[^]*?\*\//g, '') }));
const [english, ...others] = LANGUAGES;
const keys = Object.keys(english.table);


function read(path) {
    return readFileSync(join(ROOT, path), 'utf8');
}


/** Each text of a key: one, or one for each plural category. */
function forms(text) {
    return typeof text === 'string' ? [text] : Object.values(text);
}


function parameters(text) {
    const found = forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []);

    return [...new Set(found)].sort();
}


/** What stands in a README's table, in the first column. */
function column(text, from, to) {
    const start = text.indexOf(from);
    const part = text.slice(start, text.indexOf(to, start));

    assert.notEqual(start, -1, `"${from}" is not there any more`);
    return part.split('\n').filter((line) => line.startsWith('|'))
        .map((line) => line.split('|')[1]);
}


function words(text, form) {
    return [...new Set(text.match(form) ?? [])];
}


for (const { code, tag, table, name } of others) {
    test(`${name}: the same keys and parameters as in English`, () => {
        assert.deepEqual(Object.keys(table).sort(), [...keys].sort());

        for (const key of keys) {
            assert.deepEqual(parameters(table[key]),
                             parameters(english.table[key]),
                             `${code} ${key}`);
        }

        assert.ok(isTag(tag));
    });
}


function isTag(tag) {
    return Intl.getCanonicalLocales(tag).length === 1;
}


for (const { tag, table, name } of LANGUAGES) {
    test(`${name}: no text is empty, each plural has its categories`, () => {
        const { pluralCategories } = new Intl.PluralRules(tag)
            .resolvedOptions();

        for (const [key, text] of Object.entries(table)) {
            assert.ok(forms(text).every((form) => form.trim() === form
                                                  && form !== ''), key);

            if (typeof text !== 'string') {
                assert.deepEqual(Object.keys(text).sort(),
                                 [...pluralCategories].sort(), key);
            }
        }
    });

    test(`${name}: why something went wrong is said in sentences`, () => {
        for (const [key, text] of Object.entries(table)) {
            if (/^(error|close|refused|say|command\.error)\./.test(key)) {
                assert.match(forms(text).join('\n'), /^([^]*[.\u3002])$/, key);
            }
        }
    });
}


test('each word that the page uses is there, and each one is used', () => {
    const used = new Set();
    const prefixes = new Set();

    for (const { name, text } of sources) {
        for (const [, , key] of text.matchAll(
            /(\bt\(\s*|data-t(?:-\w+)?=)['"]([^'"]+)['"]/g))
        {
            assert.ok(keys.includes(key), `${name} uses "${key}"`);
        }

        for (const [, prefix] of text.matchAll(/`([a-z_.]+\.)\$\{/g)) {
            prefixes.add(prefix);
        }

        for (const [, quoted] of text.matchAll(/['"]([\w.]+)['"]/g)) {
            used.add(quoted);
        }
    }

    assert.deepEqual(keys.filter((key) => !used.has(key)
        && ![...prefixes].some((prefix) => key.startsWith(prefix))), []);
});


test('no word stands in two files', () => {
    const path = join(HTML, 'chat/ui/words/en');
    const all = readdirSync(path).flatMap((name) =>
        [...read(join('html/chat/ui/words/en', name))
            .matchAll(/^ {4}'([\w.]+)':/gm)].map(([, key]) => key));

    assert.deepEqual(all.sort(), [...keys].sort());
});


test('the page itself has no words', () => {
    const page = read('html/index.html').replace(/<!--[^]*?-->/g, '')
        .replace(/<noscript>[^]*?<\/noscript>/g, '')
        .replace(/<title>[^]*?<\/title>/g, '');

    assert.doesNotMatch(page.replace(/<[^>]*>/g, ''), /[A-Za-z]/);
    assert.doesNotMatch(page, /\s(aria-label|title|placeholder|alt)=/);
});


test('every error of the server and of the library has its sentence', () => {
    const codes = [
        ...words(column(read('README.md'), '| code             | status',
                        '\nAfter `unavailable`').join(), /[a-z_]{3,}/g),
        ...words(column(read('html/chat/README.md'), '| code | meaning',
                        '\n## Files').join(), /[a-z_]{3,}/g),
        ...words(/const LEFT = [^]*?\}\);/.exec(read('html/chat/room.js'))[0],
                 /^ {4}[a-z]+(?=:)/gm).map((each) => each.trim()),
        ...sources.filter(({ name }) => name.startsWith('chat')
                                       && !name.startsWith('chat/ui'))
            .flatMap(({ text }) => [...text.matchAll(/code: '([a-z_]+)'/g)])
            .map(([, code]) => code),
    ].filter((code) => code !== 'code');

    assert.ok(codes.length > 40);

    for (const code of codes) {
        assert.ok(keys.includes(`error.${code}`), code);
    }
});


test('every close code and every refusal has its sentence', () => {
    const codes = [...Object.keys(CLOSE),
        ...words(column(read('README.md'), '| code       | meaning',
                        '\n"With a backoff"').join(), /\b[14]\d{3}\b/g)];
    const refused = [...read('html/chat/refusal.js')
        .matchAll(/\[(\d{3}), /g)].map(([, status]) => status);

    assert.ok(codes.length > 30);
    assert.ok(refused.length > 5);

    for (const code of codes) {
        assert.ok(keys.includes(`close.${code}`), code);
    }

    for (const status of [...refused, 400]) {
        assert.ok(keys.includes(`refused.${status}`), status);
    }
});


test('every state is said, with its reason and what can be done', () => {
    const calm = { name: 'offline', then: null, code: null, status: null,
                   reason: null, nextTry: null, trouble: null };
    const say = (state, room = null, network = true) =>
        connectionWords({ ...calm, ...state }, room, 1000, network);

    assert.equal(say({ name: 'online' }).short, 'Connected');
    assert.equal(say({ name: 'online' }, { name: 'joining' }).mood, 'busy');
    assert.equal(say({ name: 'online', trouble: {} }).mood, 'bad');
    assert.equal(say({ name: 'connecting' }).short, 'Connecting\u2026');
    assert.equal(say({ name: 'waiting', code: 1006, nextTry: 4000 }).long,
        'The connection was lost. Reconnecting in 3 seconds.');
    assert.equal(say({ name: 'waiting', code: 1006, nextTry: 400_000 }).short,
        'Reconnecting in 7 min');
    assert.equal(say({ name: 'waiting', code: 1006, nextTry: 1 }).announce,
        'The connection was lost. Reconnecting.');
    assert.equal(say({ name: 'waiting', code: 1006 }, null, false).long,
        'This device has no network. Reconnecting in 1 second.');
    assert.equal(say({}).long, 'Not connected. Connect to go on.');
    assert.equal(say({ code: 1000, then: 'never' }).action, 'Connect');
    assert.equal(say({ code: 4007, then: 'use' }).action, 'Use it here');
    assert.match(say({ code: 1006, status: 403 }).long, /You may not chat/);
    assert.match(say({ code: 4999 }).long, /closed \(4999\)\.$/);
    assert.equal(say({ status: 418, reason: 'No tea.' }).long, 'No tea.');
});


test('errors of a room and of a message are said', () => {
    const error = { code: 'muted', message: '', until: null,
                    retryAfter: null };
    const ends = { ...error, until: Date.UTC(2030, 4, 17, 12) };

    assert.match(errorWords(ends), /, but not write\..* This ends at .*2030/);
    assert.doesNotMatch(errorWords({ ...error, until: 2 ** 53 }), /ends/);
    assert.match(errorWords({ ...error, code: 'slow_mode',
                              retryAfter: 3.2 }), /Wait 4 seconds\.$/);
    assert.equal(errorWords({ ...error, code: 'new', message: 'New.' }),
                 'New.');
    assert.equal(errorWords({ ...error, code: 'rejected', until: null,
                              message: 'No links, please.' }),
                 'No links, please.');
    assert.match(errorWords({ ...error, code: 'rejected',
                              message: 'The site does not take this '
                                       + 'message.' }),
                 /^The site does not take this message\. Change it/);
    assert.equal(roomWords({ name: 'joined', error: null }, 'a'), '');
    assert.match(roomWords({ name: 'left', error }, 'a'),
                 / You are not in #a\.$/);
    assert.match(roomWords({ name: 'waiting',
                             error: { ...error, code: 'internal' } }, 'a'),
                 /had an error\..* Trying to enter again\.$/);
    assert.match(sendingWords(true, { ...error, code: 'unavailable' }),
                 /^Waiting: the chat store/);
    assert.match(sendingWords(true, { ...error, code: 'slow_mode' }),
                 /^Waiting\. The room is in slow mode\./);
    assert.equal(sendingWords(true, null), 'Sending\u2026');
    assert.match(sendingWords(false, null), /^Waiting for the connection/);
    assert.match(fateWords(error), /^Not sent\. You may read here/);
    assert.match(fateWords({ ...error, code: 'expired' }), /^Not confirmed/);
    assert.deepEqual([[], ['A'], ['A', 'B'], ['A', 'B', 'C']]
        .map((names) => typingWords(names)),
        ['', 'A is typing\u2026', 'A and B are typing\u2026',
         'Several people are typing\u2026']);
});


test('a moderator\'s reason is told, and nothing where there is none', () => {
    const said = (code, message) => roomWords({ name: 'left', error: { code,
        message, until: null, retryAfter: null } }, 'a');
    const left = /const LEFT = [^]*?\}\);/.exec(read('html/chat/room.js'))[0];
    const usual = /"banned", 403, 0, "(.*)"/.exec(
        read('ngx_chat_module/lib/ngx_chat_proto_error.c'))[1];

    assert.match(said('kicked', 'Be kind.'), / Reason: Be kind\.$/);
    assert.doesNotMatch(said('banned', usual), /Reason/);
    assert.doesNotMatch(said('forbidden', 'You may not.'), /Reason/);

    for (const [, code, message] of left.matchAll(/(\w+): '(.*)'/g)) {
        assert.doesNotMatch(said(code, message), /Reason/, code);
    }
});


test('the language is the first that fits', () => {
    const chosen = (...wanted) => choose(wanted).code;

    assert.equal(chosen('zh-TW', 'en'), 'zh');
    assert.equal(chosen('ZH_Hans'), 'zh');
    assert.equal(chosen('fr', 'zh'), 'zh');
    assert.equal(chosen(null, undefined, '', 'en-GB', 'zh'), 'en');
    assert.equal(chosen('zhuang', '../en', '__proto__'), 'en');
    assert.equal(chosen(), 'en');
});


test('numbers, times, lists and names are written as people do', () => {
    const en = new Words(choose(['en']), ['fr', 'en-GB', 'en-US']);
    const zh = new Words(choose(['zh']), ['not a tag', 'zh_', 'zh-TW']);
    const noon = Date.UTC(2030, 4, 17, 12);

    assert.equal(en.t('members.count', { count: 1 }), '1 member');
    assert.equal(en.t('members.count', { count: 12_345 }), '12,345 members');
    assert.equal(zh.t('members.count', { count: 1 }), '1 \u540d\u6210\u5458');
    assert.match(en.date(noon), /^17 May 2030/);
    assert.match(zh.date(noon), /^2030\u5e745\u670817\u65e5/);
    assert.deepEqual([1, 119, 120, 7200, 172_800].map((s) => en.span(s)),
        ['1 second', '119 seconds', '2 minutes', '2 hours', '2 days']);
    assert.equal(en.list(['A', 'B', 'C']), 'A, B and C');
    assert.equal(en.t('rooms.leave', { room: '\u05d0' }),
                 'Leave \u2068\u05d0\u2069');
    assert.equal(en.t('rooms.leave', { room: '{room}' }), 'Leave {room}');
    assert.equal(en.join('a.', '', 'b.'), 'a. b.');
    assert.equal(zh.join('a', 'b'), 'ab');
});
