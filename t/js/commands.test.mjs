
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is typed after a slash. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { COMMANDS, complete, duration, isCommand, offered, parse, unslashed }
    from '../../html/page/commands.js';

const ANN = { id: 'u-1', name: 'Ann' };
const SMITH = { id: 'u-2', name: 'Ann Smith' };
const BOB = { id: 'guest-7', name: 'Bob' };
const TWIN = { id: 'guest-8', name: 'bob' };
const PEOPLE = [ANN, SMITH, { id: 'u-3', name: '\u674e\u96f7' }];
const ALL = ['kick', 'ban', 'mute', 'role', 'slow', 'lock'];


function order(text, people = PEOPLE) {
    return parse(text, ALL, people).order;
}


function mistake(text, can = ALL, people = PEOPLE) {
    return parse(text, can, people).mistake?.key;
}


test('what is a command, and what is a message', () => {
    for (const text of ['/', '/help', '/BAN x', '/nonsense x']) {
        assert.ok(isCommand(text), text);
    }

    for (const text of ['', 'a', ' /help', '//help', '/usr/bin', '/1', '/a.b',
                        '/\u00e9t\u00e9'])
    {
        assert.ok(!isCommand(text), text);
    }

    assert.equal(unslashed('//help'), '/help');
    assert.equal(unslashed('/usr/bin'), '/usr/bin');
});


test('how long', () => {
    assert.deepEqual(['10', '10s', '10m', '2H', '1d', '1w', '1h30m']
        .map(duration), [10, 10, 600, 7200, 86_400, 604_800, 5400]);

    for (const text of ['', '0', '0m', 'm', '-1', '1.5h', '1y', '10 m',
                        '999999999w', '1e3', '\u0661'])
    {
        assert.equal(duration(text), null, text);
    }
});


test('whom: the longest name or the id, with or without @', () => {
    assert.deepEqual(order('/kick Ann'), { name: 'kick', user: ANN });
    assert.deepEqual(order('/kick @ann smith').user, SMITH);
    assert.deepEqual(order('/kick u-2 for fun'),
        { name: 'kick', user: SMITH, reason: 'for fun' });
    assert.deepEqual(order('/kick Ann smiths'),
        { name: 'kick', user: ANN, reason: 'smiths' });
    assert.deepEqual(order('/mute \u674e\u96f7 10m').seconds, 600);
    assert.equal(mistake('/kick Anna'), 'command.error.nobody');
    assert.equal(mistake('/kick bob', ALL, [BOB, TWIN]),
                 'command.error.several');
    assert.deepEqual(order('/kick guest-8', [BOB, TWIN]).user, TWIN);
    assert.deepEqual(order('/unban guest-9').user,
                     { id: 'guest-9', name: 'guest-9' });
    assert.equal(mistake('/unban guest-9 now'), 'command.error.more');
    assert.equal(mistake('/ban'), 'command.error.less');
    assert.equal(mistake('/ban @'), 'command.error.less');
});


test('who is here is meant before who has left', () => {
    const old = { id: 'guest-1', name: 'Bob', gone: true };
    const older = { id: 'guest-0', name: 'Bob', gone: true };
    const all = [BOB, old, older];

    assert.deepEqual(order('/mute Bob', all).user, BOB);
    assert.equal(order('/unban Bob', all).user.id, 'guest-1');
    assert.equal(order('/ban Bob', [old, older]).user.id, 'guest-1');
    assert.equal(order('/unmute guest-0', all).user.id, 'guest-0');
    assert.deepEqual(complete('/mute ', ALL, all).items, [{ text: 'Bob ' }]);
    assert.deepEqual(complete('/unban ', ALL, [BOB, ANN, old]).items,
                     [{ text: 'Bob ' }]);
    assert.deepEqual(complete('@b', ALL, [old]).items, []);
});


test('how long, and why', () => {
    assert.deepEqual(order('/ban Ann 1d  spam, again '),
        { name: 'ban', user: ANN, seconds: 86_400, reason: 'spam, again' });
    assert.deepEqual(order('/mute Ann spam'),
        { name: 'mute', user: ANN, reason: 'spam' });
    assert.equal(order(`/kick Ann ${'\u00e9'.repeat(100)}`).reason.length,
                 100);
    assert.equal(mistake(`/kick Ann ${'\u00e9'.repeat(101)}`),
                 'command.error.reason');
});


test('values', () => {
    assert.deepEqual(['10', '1m', 'off', '0', '1d']
        .map((value) => order(`/slow ${value}`).value),
        [10, 60, 0, 0, 86_400]);

    for (const text of ['/slow', '/slow fast', '/slow 2d']) {
        assert.equal(mistake(text), 'command.error.seconds', text);
    }

    assert.deepEqual(['/lock', '/lock write', '/lock MEMBERS']
        .map((text) => order(text).value), ['write', 'write', 'members']);
    assert.equal(mistake('/lock door'), 'command.error.lock');
    assert.deepEqual(order('/role Ann Smith moderator'),
        { name: 'role', user: SMITH, value: 'moderator' });
    assert.equal(mistake('/role Ann'), 'command.error.role');
    assert.equal(mistake('/role Ann king'), 'command.error.role');
    assert.equal(mistake('/unlock the door'), 'command.error.more');
    assert.deepEqual(order('/join kitchen').value, 'kitchen');
    assert.equal(mistake('/join'), 'command.error.less');
    assert.equal(mistake('/nonsense'), 'command.error.unknown');
    assert.equal(mistake('/'), 'command.error.unknown');
});


test('only what one may do', () => {
    for (const { name, right } of COMMANDS) {
        if (right !== null) {
            assert.equal(mistake(`/${name} x`, ['send']),
                         'command.error.right', name);
        }
    }

    assert.deepEqual(offered(['slow']).map(({ name }) => name),
                     ['help', 'join', 'leave', 'name', 'slow']);
});


test('what may be typed next', () => {
    const next = (text) => {
        const { from, items } = complete(text, ALL, PEOPLE);

        return items.map((item) => text.slice(0, from) + item.text);
    };

    assert.equal(next('/').length, COMMANDS.length);
    assert.deepEqual(next('/un'), ['/unmute ', '/unban ', '/unlock ']);
    assert.deepEqual(next('/kick '), ['/kick Ann ', '/kick Ann Smith ',
                                      '/kick \u674e\u96f7 ']);
    assert.deepEqual(next('/kick @ann s'), ['/kick Ann Smith ']);
    assert.deepEqual(next('/role Ann m'), ['/role Ann moderator',
                                           '/role Ann member']);
    assert.deepEqual(next('/lock '), ['/lock write', '/lock members']);
    assert.deepEqual(next('/slow '), []);
    assert.equal(complete('/slow ', ALL, PEOPLE).command.name, 'slow');
    assert.deepEqual(next('hello @an'), ['hello @Ann ', 'hello @Ann Smith ']);
    assert.deepEqual(next('a@b'), []);
    assert.deepEqual(next('hello'), []);
    assert.deepEqual(complete('/ki', ['send'], PEOPLE).items, []);
});
