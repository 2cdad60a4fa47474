
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room's log: resumed, paged, without holes and doubles. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { joinOk, message, setUpRoom, settle, UNAVAILABLE } from './fakes.mjs';

const HISTORY = { history: true };


function seqs(it) {
    return it.seen.filter(([event]) => event === 'message')
        .map(([, frame]) => frame.seq);
}


function events(it) {
    return it.seen.map(([event]) => event);
}


function asked(it) {
    return it.socket.sent.filter(({ op }) => op === 'history')
        .map(({ after }) => after);
}


async function reconnect(it) {
    it.socket.end(1006);
    await it.clock.pass(1000);
    it.socket.say(it.welcome);
}


async function page(it, messages, more = false) {
    it.socket.ok('history', { messages, more, top: 99, floor: 1,
                              epoch: 'e' });
    await settle();
}


test('the first join brings what was said last', async () => {
    const it = await setUpRoom(HISTORY);

    it.room.leave();

    const room = it.client.join('kitchen');
    const seen = [];

    room.on('message', ({ seq }) => seen.push(seq));
    it.socket.ok('join', { epoch: 'e', top: 9, floor: 3, more: true,
        recovered: false, messages: [message(7, 6), message(9, 7)] });
    await settle();
    assert.deepEqual(seen, [7, 9]);
    assert.deepEqual([room.first, room.seq, room.floor, room.older,
                      room.gone], [7, 9, 3, true, false]);
});


test('after a reconnect the pages are turned, live ones wait', async () => {
    const it = await setUpRoom(HISTORY);

    await reconnect(it);
    assert.equal(it.socket.last('join').after, 10);
    it.socket.say(message(20, 19));
    it.socket.ok('join', joinOk({ top: 20, recovered: true, more: true,
        messages: [message(11, 10), message(12, 11)] }));
    await settle();
    assert.deepEqual(seqs(it), [11, 12]);
    assert.equal(it.room.state.name, 'joined');

    it.socket.say(message(21, 20));
    assert.deepEqual(it.socket.last('history'), { op: 'history', id: 3,
        room: 'lobby', after: 12, epoch: 'e' });
    await page(it, [message(13, 12), message(19, 13)], true);
    it.socket.say(message(22, 21));
    assert.deepEqual(asked(it), [12, 19]);
    await page(it, [message(20, 19), message(21, 20)]);
    it.socket.say(message(23, 22));
    assert.deepEqual(seqs(it), [11, 12, 13, 19, 20, 21, 22, 23]);
    assert.ok(!events(it).includes('hole'));
});


test('a hole is asked for, once at a time', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    it.socket.say(message(14, 13));
    it.socket.say({ ev: 'typing', room: 'lobby', user: { id: 'g2' } });
    assert.deepEqual(asked(it), [10]);
    assert.deepEqual(events(it), ['typing']);
    await page(it, [message(11, 10), message(12, 11), message(13, 12)]);
    assert.deepEqual(seqs(it), [11, 12, 13, 14]);

    it.socket.say(message(16, 15));
    await settle();
    assert.deepEqual(asked(it), [10, 14]);
    await page(it, [message(15, 14)]);
    assert.deepEqual(seqs(it), [11, 12, 13, 14, 15, 16]);
});


test('a hole behind a hole', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    it.socket.say(message(20, 19));
    await page(it, [message(11, 10), message(12, 11), message(13, 12)]);
    assert.deepEqual(asked(it), [10, 13]);
    await page(it, [message(15, 13), message(19, 15)]);
    assert.deepEqual(seqs(it), [11, 12, 13, 15, 19, 20]);
    assert.ok(!events(it).includes('hole'));
});


test('what is held comes in its order', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(14, 13));
    it.socket.say(message(12, 11));
    it.socket.say(message(13, 12));
    await page(it, [message(11, 10)]);
    assert.deepEqual(seqs(it), [11, 12, 13, 14]);
    assert.ok(!events(it).includes('hole'));
});


test('an answer of before a new join is not believed', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 2 });
    it.socket.ok('join', joinOk({ epoch: 'f', top: 2, messages:
        [message(1, 0), message(2, 1)] }));
    await settle();
    await page(it, [message(11, 10), message(12, 11), message(13, 12)]);
    it.socket.say(message(3, 2));
    assert.deepEqual(seqs(it), [1, 2, 3]);
});


test('what nobody has is told, and not asked for for ever', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    await page(it, [], true);
    assert.deepEqual(events(it), ['hole', 'message']);
    assert.deepEqual(asked(it), [10]);
    it.socket.say(message(14, 13));
    assert.deepEqual(seqs(it), [13, 14]);
});


test('a server that knows no history command: told', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    it.socket.error('history', { code: 'unknown_op', status: 400 });
    await settle();
    assert.deepEqual(events(it), ['hole', 'message']);
});


test('a hole that is refused for a while is asked for again', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    it.socket.error('history', { code: 'rate_limited', status: 429,
                                 retry_after: 2 });
    await it.clock.pass(1999);
    assert.deepEqual(asked(it), [10]);
    await it.clock.pass(1);
    assert.deepEqual(asked(it), [10, 10]);
    it.socket.say(message(14, 13));
    await page(it, [message(11, 10), message(13, 11)]);
    assert.deepEqual(seqs(it), [11, 13, 14]);
});


test('a hole while the store is away: the next join fills it', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    it.socket.error('history', UNAVAILABLE);
    await it.clock.pass(500);
    assert.equal(it.socket.last('join').after, 10);
    it.socket.error('join', UNAVAILABLE);
    await it.clock.pass(1000);
    it.socket.ok('join', joinOk({ top: 13, recovered: true,
        messages: [message(11, 10), message(13, 11)] }));
    await settle();
    assert.deepEqual(seqs(it), [11, 13]);
    assert.ok(!events(it).includes('hole'));
});


test('a connection that breaks meanwhile: the join brings it', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    await reconnect(it);
    assert.equal(it.socket.last('join').after, 10);
    it.socket.ok('join', joinOk({ top: 13, recovered: true,
        messages: [message(11, 10), message(13, 11)] }));
    await settle();
    assert.deepEqual(seqs(it), [11, 13]);
    assert.deepEqual(asked(it), []);
});


for (const code of ['gone', 'epoch_changed']) {
    test(`${code}: the view begins anew`, async () => {
        const it = await setUpRoom(HISTORY);

        it.socket.say(message(500, 499));
        it.socket.error('history', { code, status: 410 });
        await settle();

        const join = it.socket.last('join');

        assert.equal(join.after, undefined);
        it.socket.say(message(7, 6));
        assert.deepEqual(events(it), []);
        it.socket.ok('join', joinOk({ top: 6, more: true, floor: 5,
            epoch: code === 'gone' ? 'e' : 'f',
            messages: [message(5, 4), message(6, 5)] }));
        await settle();
        assert.deepEqual(asked(it), [10, 6]);
        it.socket.ok('history', { messages: [message(7, 6)], more: false,
                                  top: 7, floor: 5 });
        await settle();
        assert.deepEqual(events(it), ['reset', 'message', 'message',
                                      'presence', 'message']);
        assert.deepEqual(seqs(it), [5, 6, 7]);
        assert.equal(it.seen[0][1].reason, code === 'gone' ? 'gone' : 'epoch');
        assert.deepEqual([it.room.first, it.room.floor], [5, 5]);
    });
}


test('not recovered: the view begins anew', async () => {
    const it = await setUpRoom(HISTORY);

    await reconnect(it);
    it.socket.ok('join', joinOk({ top: 900, recovered: false, more: true,
        messages: [message(899, 898), message(900, 899)] }));
    await settle();
    assert.deepEqual(seqs(it), [899, 900]);
    assert.equal(it.seen.find(([event]) => event === 'reset')[1].reason,
                 'gone');
});


test('another epoch: the view begins anew, with the new page', async () => {
    const it = await setUpRoom(HISTORY);

    await reconnect(it);
    it.socket.ok('join', joinOk({ epoch: 'f', top: 2, messages:
        [message(1, 0), message(2, 1)] }));
    await settle();
    assert.deepEqual(seqs(it), [1, 2]);
    assert.deepEqual([it.room.epoch, it.room.older, it.room.gone],
                     ['f', false, false]);
});


/* FLUSHALL: small numbers in the new epoch, large ones in the old one. */

const ANEW = joinOk({ epoch: 'f', top: 5, recovered: false,
                      messages: [message(4, 3), message(5, 4)] });


test('another epoch: what was held before its answer is not of it',
     async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 5 });
    it.socket.say(message(69, 68));
    it.socket.say(message(6, 2));
    it.socket.say(message(82, 81));
    it.socket.ok('join', ANEW);
    it.socket.say(message(6, 5));
    await settle();
    assert.deepEqual(seqs(it), [4, 5]);
    assert.deepEqual(it.socket.last('history'), { op: 'history', id: 3,
        room: 'lobby', after: 5, epoch: 'f' });

    it.socket.say(message(8, 7));
    await page(it, [message(6, 5), message(7, 6)]);
    it.socket.say(message(9, 8));
    assert.deepEqual(seqs(it), [4, 5, 6, 7, 8, 9]);
    assert.deepEqual(asked(it), [5]);
    assert.ok(!events(it).includes('hole'));
});


test('left and joined anew: what was on its way is not shown', async () => {
    const it = await setUpRoom(HISTORY);
    const seen = [];

    it.room.leave();

    const room = it.client.join('lobby');

    room.on('message', ({ seq }) => seen.push(seq));
    room.on('hole', () => seen.push('hole'));
    it.socket.say(message(69, 68));
    it.socket.say(message(84, 83));
    it.socket.ok('join', ANEW);
    await settle();
    it.socket.say(message(6, 5));
    await page(it, [message(6, 5)]);
    it.socket.say(message(7, 6));
    assert.deepEqual(seen, [4, 5, 6, 7]);
    assert.deepEqual([room.seq, room.epoch], [7, 'f']);
    assert.deepEqual(asked(it), [5]);
});


test('two joins under way, both of another epoch', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 4 });

    const { id } = it.socket.last('join');

    it.room.refresh();
    it.socket.say(message(69, 68));
    it.socket.say({ id, ok: { ...ANEW, top: 4,
                              messages: [message(4, 3)] } });
    await settle();
    it.socket.say(message(5, 4));
    it.socket.say(message(70, 69));
    it.socket.ok('join', ANEW);
    await settle();
    assert.deepEqual(asked(it), [5]);
    await page(it, []);
    it.socket.say(message(6, 5));
    assert.deepEqual(seqs(it), [4, 5, 6]);
    assert.deepEqual(events(it).filter((event) => event === 'reset').length,
                     1);
    assert.ok(!events(it).includes('hole'));
});


test('an epoch after the other, while both are joined', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 5 });
    it.socket.say(message(69, 68));
    it.socket.ok('join', ANEW);
    await settle();
    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'g', top: 1 });
    it.socket.say(message(6, 5));
    await page(it, [message(6, 5)]);
    it.socket.ok('join', joinOk({ epoch: 'g', top: 1, recovered: false,
                                  messages: [message(1, 0)] }));
    await settle();
    assert.deepEqual(asked(it), [5, 1]);
    await page(it, []);
    it.socket.say(message(2, 1));
    assert.deepEqual(seqs(it), [4, 5, 1, 2]);
    assert.equal(it.room.epoch, 'g');
});


test('without a history only what chains is of the new epoch', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 5 });
    it.socket.say(message(69, 68));
    it.socket.say(message(6, 5));
    it.socket.say(message(70, 69));
    it.socket.ok('join', joinOk({ epoch: 'f', top: 5 }));
    await settle();
    it.socket.say(message(7, 6));
    assert.deepEqual(seqs(it), [6, 7]);
    assert.ok(!events(it).includes('hole'));
});


test('what a complete page does not bring is not in the log', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(69, 68));
    it.socket.say(message(13, 12));
    await page(it, []);
    assert.deepEqual(asked(it), [10, 10]);
    assert.deepEqual(events(it), []);
    await page(it, [message(12, 10), message(13, 12)]);
    it.socket.say(message(14, 13));
    assert.deepEqual(seqs(it), [12, 13, 14]);
    assert.ok(!events(it).includes('hole'));
    assert.deepEqual(asked(it), [10, 10]);
});


test('numbers that fell back reset, with or without a history', async () => {
    const it = await setUpRoom();

    await reconnect(it);
    it.socket.ok('join', joinOk({ top: 4 }));
    await settle();
    assert.equal(it.room.seq, 4);
    assert.ok(events(it).includes('reset'));
});


test('resync: joined again with the place, nothing comes twice', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(13, 12));
    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'e', top: 14 });
    assert.equal(it.socket.last('join').after, 10);
    it.socket.say(message(15, 14));
    it.socket.ok('join', joinOk({ top: 15, recovered: true, messages:
        [message(11, 10), message(13, 11), message(14, 13),
         message(15, 14)] }));
    it.socket.ok('history', { messages: [message(11, 10)] });
    await settle();
    it.socket.say(message(16, 15));
    assert.deepEqual(seqs(it), [11, 13, 14, 15, 16]);
});


test('a second join that fails while the store is away loses nothing',
     async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'e', top: 12 });
    it.socket.say(message(11, 10));
    it.socket.error('join', UNAVAILABLE);
    await settle();
    it.socket.say(message(12, 11));
    assert.deepEqual(seqs(it), [11, 12]);
});


test('history() turns back, page by page', async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(11, 10));

    const first = it.room.history({ limit: 2 });

    assert.deepEqual(it.socket.last('history'), { op: 'history', id: 2,
        room: 'lobby', before: 11, limit: 2, epoch: 'e' });
    await page(it, [message(8, 7), message(9, 8)], true);
    assert.deepEqual((await first).messages.map(({ seq }) => seq), [8, 9]);
    assert.deepEqual([it.room.first, it.room.older], [8, true]);

    const second = it.room.history();

    assert.equal(it.socket.last('history').before, 8);
    await page(it, [message(5, 4)]);
    assert.equal((await second).more, false);
    assert.deepEqual([it.room.older, it.room.gone], [false, true]);
    assert.deepEqual(seqs(it), [11]);
    it.socket.say(message(12, 11));
    assert.deepEqual(seqs(it), [11, 12]);
});


test('history() of another epoch: the view begins anew', async () => {
    const it = await setUpRoom(HISTORY);
    const fate = it.room.history();

    it.socket.error('history', { code: 'epoch_changed', status: 409 });
    await assert.rejects(fate, { code: 'epoch_changed' });
    assert.equal(it.socket.sent.filter(({ op }) => op === 'join').length, 2);
    assert.equal(it.socket.last('join').after, undefined);
});


test('history() that is overtaken by another epoch brings nothing',
     async () => {
    const it = await setUpRoom(HISTORY);
    const fate = it.room.history();

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 5 });
    it.socket.ok('join', ANEW);
    it.socket.ok('history', { messages: [message(8, 7)], more: false,
                              top: 10, floor: 8, epoch: 'e' });
    await assert.rejects(fate, { code: 'epoch_changed' });
    assert.deepEqual([it.room.first, it.room.seq, it.room.epoch],
                     [4, 5, 'f']);
    assert.equal(it.socket.sent.filter(({ op }) => op === 'join').length, 2);
});


test('history() that is overtaken by a reset of the same epoch, too',
     async () => {
    const it = await setUpRoom(HISTORY);

    it.socket.say(message(11, 10));

    const fate = it.room.history();
    const { id } = it.socket.last('history');

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'e', top: 900 });
    it.socket.ok('join', joinOk({ top: 900, recovered: false, more: true,
        messages: [message(900, 899)] }));
    it.socket.say({ id, ok: { messages: [message(9, 8)], more: true,
                              floor: 1 } });
    await assert.rejects(fate, { code: 'gone' });
    assert.deepEqual([it.room.first, it.room.older], [900, true]);
    assert.equal(it.socket.sent.filter(({ op }) => op === 'join').length, 2);
});
