
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room: joining, order, holes, presence, the fate of sends. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { joinOk, message, setUpOnline, setUpRoom, settle, setUp,
         UNAVAILABLE, WELCOME } from './fakes.mjs';


function seqs(it) {
    return it.seen.filter(([event]) => event === 'message')
        .map(([, frame]) => frame.seq);
}


function events(it) {
    return it.seen.map(([event]) => event);
}


async function reconnect(it) {
    it.socket.end(1006);
    await it.clock.pass(1000);
    it.socket.say(WELCOME);
}


test('a room joined before the connection is there joins with it',
     async () => {
    const it = setUp();
    const room = it.client.join('lobby');

    assert.equal(it.client.join('lobby'), room);
    assert.equal(room.state.name, 'waiting');
    it.client.connect();
    it.socket.say(WELCOME);
    assert.deepEqual(it.socket.sent, [{ op: 'join', id: 1, room: 'lobby' }]);
    it.socket.ok('join', joinOk());
    await room.ready();
    assert.equal(room.seq, 10);
    assert.deepEqual(room.users, [{ id: 'g1', name: 'Ann' }]);
});


test('N7 names of rooms are never properties', async () => {
    const it = setUpOnline();

    for (const name of ['__proto__', 'constructor', 'toString']) {
        const room = it.client.join(name);

        it.socket.ok('join', { epoch: 'e', top: 0,
            users: [{ id: '__proto__', name: 'x' }] });
        await room.ready();
        assert.equal(room.users[0].id, '__proto__');
    }
});


test('seq <= mine is dropped, prev <= mine is taken, else a hole',
     async () => {
    const it = await setUpRoom();

    it.socket.say(message(10, 9));
    it.socket.say(message(11, 10));
    it.socket.say(message(11, 10));
    it.socket.say(message(15, 11));
    it.socket.say(message(12, 11));
    it.socket.say(message(20, 17));
    it.socket.say(message('21', 20));
    assert.deepEqual(seqs(it), [11, 15, 20]);
    assert.deepEqual(events(it), ['message', 'message', 'hole', 'message']);
    assert.equal(it.seen[2][1].after, 15);
    assert.equal(it.seen[2][1].before, 20);
});


test('an edit is an entry like any other', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'edit', room: 'lobby', seq: 11, prev: 10, ref: 3 });
    it.socket.say(message(11, 10));
    it.socket.say(message(12, 11));
    assert.deepEqual(events(it), ['edit', 'message']);
});


test('what comes before the join\'s answer is held, then ordered',
     async () => {
    const it = setUpOnline();
    const room = it.client.join('lobby');
    const seen = [];

    room.on('message', (frame) => seen.push(frame.seq));
    it.socket.say(message(10, 9));
    it.socket.say(message(11, 10));
    assert.deepEqual(seen, []);
    it.socket.ok('join', joinOk());
    await settle();
    assert.deepEqual(seen, [11]);
});


test('after a reconnect the room is joined again, with its place',
     async () => {
    const it = await setUpRoom();

    await reconnect(it);
    assert.deepEqual(it.socket.sent, [
        { op: 'join', id: 2, room: 'lobby', after: 10, epoch: 'e' }]);
    it.socket.ok('join', joinOk());
    await settle();
    assert.equal(it.room.state.name, 'joined');
    assert.ok(!events(it).includes('hole'));
    it.socket.say(message(11, 10));
    assert.deepEqual(seqs(it), [11]);
});


test('what was said meanwhile is a hole, when it is not told', async () => {
    const it = await setUpRoom();

    await reconnect(it);
    it.socket.ok('join', joinOk({ top: 14 }));
    await settle();

    const hole = it.seen.find(([event]) => event === 'hole');

    assert.deepEqual(hole[1], { after: 10, before: 15,
                                message: 'Messages may be missing here.' });
    it.socket.say(message(14, 13));
    it.socket.say(message(15, 14));
    assert.deepEqual(seqs(it), [15]);
});


test('what a member is sent while it joins again is not lost', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'e', top: 10 });
    it.socket.say(message(11, 10));
    it.socket.say(message(13, 11));
    it.socket.ok('join', joinOk({ top: 13 }));
    await settle();
    assert.deepEqual(seqs(it), [11, 13]);
    assert.ok(!events(it).includes('hole'));

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'e', top: 14 });
    it.socket.say(message(15, 14));
    it.socket.say(message(16, 15));
    it.socket.ok('join', joinOk({ top: 15 }));
    await settle();
    assert.deepEqual(seqs(it), [11, 13, 15, 16]);
    assert.deepEqual(it.seen.filter(([event]) => event === 'hole')
        .map(([, { after, before }]) => [after, before]), [[13, 15]]);
});


test('what was said meanwhile is taken, when it is told', async () => {
    const it = await setUpRoom();

    await reconnect(it);
    it.socket.ok('join', joinOk({ top: 12, recovered: true,
        messages: [message(11, 10), message(12, 11)] }));
    await settle();
    assert.deepEqual(seqs(it), [11, 12]);
    assert.ok(!events(it).includes('hole'));
});


test('another epoch resets the view', async () => {
    const it = await setUpRoom();

    await reconnect(it);
    it.socket.ok('join', joinOk({ epoch: 'f', top: 2 }));
    await settle();

    const reset = it.seen.find(([event]) => event === 'reset');

    assert.equal(reset[1].reason, 'epoch');
    assert.match(reset[1].message, /^[A-Z].*\.$/);
    assert.equal(it.room.seq, 2);
    it.socket.say(message(3, 2));
    assert.deepEqual(seqs(it), [3]);
});


test('resync joins again; the answer tells what is lost', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'resync', room: 'lobby', epoch: 'f', top: 3 });
    assert.equal(it.socket.last('join').after, 10);
    it.socket.say(message(4, 3));
    it.socket.ok('join', joinOk({ epoch: 'f', top: 3 }));
    await settle();
    assert.deepEqual(events(it), ['reset', 'presence', 'message']);
    assert.deepEqual(seqs(it), [4]);
});


test('presence is kept up to date', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'presence', room: 'lobby', count: 2,
                    join: [{ id: 'g2', name: 'Bob' }], leave: [] });
    assert.deepEqual(it.room.users.map((u) => u.name), ['Ann', 'Bob']);
    it.socket.say({ ev: 'presence', room: 'lobby', count: 1, leave: ['g2'] });
    assert.deepEqual(it.room.users.map((u) => u.name), ['Ann']);
    it.socket.say({ ev: 'presence', room: 'lobby', count: 5000 });
    assert.equal(it.room.count, 5000);
});


test('who() turns the pages', async () => {
    const it = await setUpRoom();
    const answer = it.room.who();

    it.socket.ok('who', { users: [{ id: 'a', name: 'A' }], more: true,
                          count: 2 });
    await settle();
    assert.equal(it.socket.last('who').after, 'a');
    it.socket.ok('who', { users: [{ id: 'b', name: 'B' }], more: false,
                          count: 2 });
    assert.deepEqual(await answer, { count: 2, users: [
        { id: 'a', name: 'A' }, { id: 'b', name: 'B' }] });
});


test('a list that does not add up is asked for', async () => {
    const it = await setUpRoom();
    const asked = () => it.socket.sent.filter((f) => f.op === 'who').length;

    it.socket.say({ ev: 'presence', room: 'lobby', count: 2, leave: [],
                    join: [{ id: 'g2', name: 'Bob' }] });
    await it.clock.pass(2000);
    assert.equal(asked(), 0);
    it.socket.say({ ev: 'presence', room: 'lobby', count: 1, leave: [],
                    join: [{ id: 'g1', name: 'Ann' }] });
    it.socket.say({ ev: 'presence', room: 'lobby', count: 1, leave: [],
                    join: [{ id: 'g1', name: 'Ann' }] });
    await it.clock.pass(2000);
    assert.equal(asked(), 1);
    it.socket.ok('who', { users: [{ id: 'g1', name: 'Ann' }], more: false,
                          count: 1 });
    await settle();
    assert.deepEqual(it.room.users.map((u) => u.name), ['Ann']);
    it.socket.say({ ev: 'presence', room: 'lobby', count: 1001 });
    await it.clock.pass(2000);
    assert.equal(asked(), 1);
});


test('typing is said at most every 3 s, its end once', async () => {
    const it = await setUpRoom();
    const said = () => it.socket.sent.filter((f) => f.op === 'typing')
        .map((f) => f.on);

    it.room.typing(false);
    it.room.typing();
    it.room.typing();
    await it.clock.pass(3000);
    it.room.typing();
    it.room.typing(false);
    it.room.typing(false);
    assert.deepEqual(said(), [true, true, false]);
    assert.equal(it.socket.last('typing').id, undefined);

    it.room.typing();
    it.room.send('a message ends it for the others');
    it.room.typing();
    assert.deepEqual(said(), [true, true, false, true]);
    await it.clock.pass(1000);
    it.room.typing();
    assert.deepEqual(said(), [true, true, false, true, true]);
});


test('a join that fails for a while is tried again', async () => {
    const it = setUpOnline();
    const room = it.client.join('lobby');

    it.socket.error('join', UNAVAILABLE);
    await settle();
    assert.equal(room.state.name, 'waiting');
    assert.equal(room.state.error.code, 'unavailable');
    assert.equal(room.state.nextTry, it.clock.now() + 500);
    assert.equal(it.client.state.trouble.code, 'unavailable');

    await it.clock.pass(500);
    it.socket.error('join', { code: 'rate_limited', status: 429,
                              retry_after: 7 });
    await settle();
    assert.equal(room.state.nextTry, it.clock.now() + 7000);
    await it.clock.pass(7000);
    it.socket.ok('join', joinOk());
    await settle();
    assert.equal(room.state.name, 'joined');
    assert.equal(it.client.state.trouble, null);
});


test('a join without an answer is tried again', async () => {
    const it = setUpOnline();
    const room = it.client.join('lobby');

    await it.clock.pass(15_000);
    assert.equal(room.state.name, 'waiting');
    await it.clock.pass(500);
    it.socket.ok('join', joinOk());
    await settle();
    assert.equal(room.state.name, 'joined');
});


test('a join that is refused stays refused, until somebody asks again',
     async () => {
    const it = setUpOnline();
    const room = it.client.join('secret');

    it.socket.error('join', { code: 'forbidden', status: 403,
                              message: 'You may not enter.' });
    await assert.rejects(room.ready(), { code: 'forbidden' });
    await reconnect(it);
    assert.deepEqual(it.socket.sent, []);

    assert.equal(it.client.join('secret'), room);
    it.socket.ok('join', joinOk());
    await room.ready();
});


test('a kick is told, and not answered by coming back', async () => {
    const it = await setUpRoom();

    it.socket.say({ ev: 'left', room: 'lobby', reason: 'kicked' });
    assert.equal(it.room.state.name, 'left');
    assert.equal(it.room.state.error.code, 'kicked');
    assert.equal(it.room.count, 0);
    await reconnect(it);
    assert.deepEqual(it.socket.sent, []);
});


test('leave() leaves, and late events change nothing', async () => {
    const it = await setUpRoom();
    const gone = it.room.leave();

    it.socket.ok('leave', {});
    await gone;
    it.socket.say(message(11, 10));
    assert.deepEqual(seqs(it), []);
    assert.equal(it.room.state.name, 'left');
    assert.equal(it.room.state.error, null);
    assert.notEqual(it.client.join('lobby'), it.room);
});


test('an answer to a join of the connection before is not believed',
     async () => {
    const it = setUpOnline();
    const room = it.client.join('lobby');
    const [old] = it.sockets;
    const late = { id: old.last('join').id, ok: joinOk({ top: 99 }) };

    await reconnect(it);
    old.say(late);
    it.socket.say(late);
    await settle();
    assert.equal(room.state.name, 'joining');
});


test('leave() while the join is under way: that answer joins nobody',
     async () => {
    const it = setUpOnline();
    const room = it.client.join('lobby');
    const ready = assert.rejects(room.ready(), { code: 'offline' });
    const gone = room.leave();

    assert.deepEqual(it.socket.sent.map(({ op }) => op), ['join', 'leave']);
    it.socket.ok('join', joinOk());
    it.socket.ok('leave', {});
    await Promise.all([ready, gone]);
    assert.equal(room.state.name, 'left');
    assert.deepEqual(it.client.rooms, []);
});


test('a connection that breaks: what was asked is told, what was sent stays',
     async () => {
    const it = await setUpRoom({ history: true });
    const asked = [it.room.history(), it.room.who(), it.room.mod('log')];

    it.room.send('stays').catch(() => {});
    await settle();
    it.socket.end(1006);

    for (const each of asked) {
        await assert.rejects(each, { code: 'unknown', temporary: true });
    }

    await assert.rejects(it.room.history(), { code: 'offline' });
    await assert.rejects(it.room.mod('log'), { code: 'offline' });
    assert.deepEqual(it.room.outbox.map(({ text, fate }) => [text, fate]),
                     [['stays', 'sending']]);
});


test('ready() outlives a loss, and a listener that leaves at once',
     async () => {
    const it = setUpOnline();
    const room = it.client.join('lobby');
    const ready = room.ready();

    await reconnect(it);
    it.socket.ok('join', joinOk());
    await ready;
    assert.equal(room.state.name, 'joined');

    const kitchen = it.client.join('kitchen');

    kitchen.on('state', ({ name }) => {
        if (name === 'joined') {
            kitchen.leave();
        }
    });
    it.socket.ok('join', joinOk());
    await assert.rejects(kitchen.ready(), { code: 'offline' });
});
