
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Rights in a room: known, changed, used; being made to leave. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EVER } from '../../html/chat/index.js';
import { comeBack } from '../../html/chat/policy.js';
import { fateWords, roomWords } from '../../html/page/words.js';
import { joinOk, message, setUpRoom, setUpOnline, settle } from './fakes.mjs';

const CAN = ['send', 'typing', 'history', 'who'];


test('what one may do is known by the join', async () => {
    const it = setUpOnline();
    const room = it.client.join('lobby');

    assert.deepEqual(room.rights, { role: 'none', can: [], slow: 0,
                                    lock: 'open', muted: null });

    it.socket.ok('join', joinOk({ role: 'member', can: CAN, muted: 5,
                                  config: { slow: 30, lock: 'write' } }));
    await settle();
    assert.deepEqual(room.rights, { role: 'member', can: CAN, slow: 30,
                                    lock: 'write', muted: 5 });
});


test('the event "room" changes it, also while joining anew', async () => {
    const it = await setUpRoom();
    const heard = [];
    const event = { ev: 'room', room: 'lobby', role: 'moderator',
                    can: [...CAN, 'kick'], config: { slow: 0, lock: 'open' } };

    it.room.on('room', (frame) => heard.push(frame.role));
    it.socket.say(event);
    assert.equal(it.room.rights.role, 'moderator');
    assert.ok(it.room.rights.can.includes('kick'));

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'e', top: 10 });
    it.socket.say({ ...event, role: 'owner' });
    it.socket.ok('join', joinOk({ role: 'moderator' }));
    await settle();
    assert.equal(it.room.rights.role, 'owner');
    assert.deepEqual(heard, ['moderator', 'owner']);
});


test('mod() asks, and tells the answer or why not', async () => {
    const it = await setUpRoom();
    const done = it.room.mod('ban', { user: 'bob', for: 60, reason: 'spam' });
    const { id, ...sent } = it.socket.last('mod');

    assert.ok(id > 0);
    assert.deepEqual(sent, { op: 'mod', room: 'lobby', do: 'ban',
                             user: 'bob', for: 60, reason: 'spam' });
    it.socket.ok('mod', { until: 7, config: {} });
    assert.equal((await done).until, 7);

    const refused = it.room.mod('unlock');

    it.socket.error('mod', { code: 'forbidden', status: 403, message: 'No.' });
    await assert.rejects(refused, { code: 'forbidden' });
});


test('who is muted is told so, and until when', async () => {
    const it = await setUpRoom();
    const sent = it.room.send('x');

    await settle();
    it.socket.error('send', { code: 'muted', status: 403, until: 1e12,
                              message: 'You are muted.' });
    await assert.rejects(sent, { code: 'muted', until: 1e12 });

    const { error } = it.seen.findLast(([event]) => event === 'outbox')[1];

    assert.match(fateWords(error),
                 /^Not sent\. You may read .* This ends at .*\.$/);
});


test('a ban says until when, and no more comes', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'left', room: 'lobby', reason: 'banned', until: 1e12,
                    message: 'spam.', by: { id: 'o', name: 'O' } });
    assert.equal(it.room.state.name, 'left');
    assert.equal(it.room.state.error.code, 'banned');
    assert.match(roomWords(it.room.state, 'lobby'),
        / This ends at .*\. You are not in #lobby\. Reason: spam\.$/);
    it.socket.say(message(11, 10));
    assert.equal(it.seen.some(([event]) => event === 'message'), false);
});


test('a ban without an end names none', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'left', room: 'lobby', reason: 'banned', until: EVER });
    assert.equal(roomWords(it.room.state, 'lobby'),
        'You are banned from this room. Ask its moderators if you think this '
        + 'is wrong. You are not in #lobby.');
});


test('4005 and 4006: out, and back when a ban ends', () => {
    const now = 1_700_000_000_000;
    const at = (code, reason) => comeBack({ code, reason, attempt: 0, now },
                                          () => 0);

    assert.deepEqual(at(4005, 'you were logged out everywhere'),
                     { then: 'never', delay: 0 });
    assert.deepEqual(at(4006, `until ${now + 5000}`),
                     { then: 'wait', delay: 6000 });
    assert.deepEqual(at(4006, `until ${EVER}`), { then: 'never', delay: 0 });
});
