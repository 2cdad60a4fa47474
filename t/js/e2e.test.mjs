
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Messages sealed and opened, and what a server may try with them. */

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';

import { base64url, fromBase64url, lp, u64 }
    from '../../html/chat/e2e/bytes.js';
import { isText, MARKS_MOST, readContent, writeContent }
    from '../../html/chat/e2e/content.js';
import { Codec, fingerprint, newSecret, numbers, passphraseKey, pictures,
         PICTURES, readLink, Ring, roomKey, SCHEME, withoutSecret, writeLink }
    from '../../html/chat/e2e/index.js';
import { messageKey, messageKeyBytes } from '../../html/chat/e2e/keys.js';
import { pad, padded, unpad } from '../../html/chat/e2e/padding.js';
import { Replay, WINDOW } from '../../html/chat/e2e/replay.js';
import { boundTo, COUNTER_LIMIT, nonce, open, readPacket, seal, writePacket }
    from '../../html/chat/e2e/seal.js';

globalThis.crypto ??= webcrypto;                        /* Node 18 */

const ALICE = { id: 'alice', name: 'Alice' };
const BOB = { id: 'bob', name: 'Bob' };
const SECRET = base64url(Uint8Array.from({ length: 32 }, (_, i) => i));
const VECTOR = { room: 'lobby', epoch: 1, user: 'alice', counter: 0,
                 sid: Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i),
                 id: 'm-0001' };

const hex = (bytes) => Buffer.from(bytes).toString('hex');


/** A codec whose user is told with each message. */
class Member {

    #codec;
    #user = ALICE;

    constructor(room, ring) {
        this.ring = ring;
        this.#codec = new Codec(room, ring, () => this.#user.name);
    }

    seal({ text, ...fields }, cid, user) {
        this.#user = user;
        return this.#codec.seal(text, { ...fields, cid, user: user.id });
    }

    open(frame) {
        return this.#codec.open(frame);
    }

    sent(cid) {
        this.#codec.sent(cid);
    }

    gaveUp(cid) {
        this.#codec.gaveUp(cid);
    }
}


/** A room's members, of whom each has the keys of its own ring. */
class Chat {

    seq = 0;

    constructor(room = 'lobby') {
        this.room = room;
    }

    async member(secret = SECRET, epoch = 1) {
        const ring = new Ring([{ epoch, secret: await roomKey(secret),
                                 since: 0 }]);

        return new Member(this.room, ring);
    }

    /** What the server tells of a message. */
    async say(codec, text, { user = ALICE, cid = `c${this.seq + 1}`,
                             ...fields } = {}) {
        const sealed = await codec.seal({ text, ...fields }, cid, user);

        return this.frame({ from: user, cid, ...sealed });
    }

    frame(fields) {
        return { ev: 'message', room: this.room, seq: ++this.seq,
                 prev: this.seq - 1, time: this.seq, ...fields };
    }
}


/** It is broken, and nothing of it is there. */
async function breaks(promise, ...reasons) {
    const { broken, ...rest } = await promise;

    assert.ok(reasons.length === 0 || reasons.includes(broken), broken);
    assert.equal(typeof broken, 'string');
    assert.deepEqual(rest, {});
}


/** Changes what is in "data". */
function altered(frame, fn) {
    const packet = readPacket(frame.data);

    return { ...frame, data: writePacket({ ...packet, ...fn(packet) }) };
}


test('the test vector: key, nonce, what it is bound to, bytes', async () => {
    const secret = await roomKey(SECRET);
    const key = await messageKey(secret, VECTOR);
    const sealed = await seal(key, VECTOR, Buffer.from('hello'));

    assert.equal(hex(await messageKeyBytes(secret, VECTOR)),
        '2beadefbb5a4cfb382d52ae1ecbdc456cbb9b9c665da4d4f27549814db8a8bc4');
    assert.equal(hex(await fingerprint(secret, 'lobby', 1)),
        '2e61891332041dc368c6193e82c5baf9');
    assert.equal(hex(nonce(0)), '000000000000000000000000');
    assert.equal(hex(boundTo(VECTOR)), '000a636861742d6532652f31'
        + '00056c6f626279000000010005616c6963650010a0a1a2a3a4a5a6a7a8a9aaab'
        + 'acadaeaf000000000000000000066d2d30303031');
    assert.equal(hex(sealed), 'ce6bc04c9949dc3319e412b3996b31a164f78613d3');
    assert.equal(Buffer.from(await open(key, VECTOR, sealed)).toString(),
                 'hello');
});


test('no key can be read again by a script', async () => {
    const secret = await roomKey(SECRET);
    const key = await messageKey(secret, VECTOR);

    for (const each of [secret, key]) {
        assert.equal(each.extractable, false);
        await assert.rejects(crypto.subtle.exportKey('raw', each));
    }
});


test('a message opens where it belongs, with what belongs to it', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const bob = await chat.member();
    const meta = { a: [1, { b: null }] };

    for (const text of ['hello', 'x', '\ud83d\udc69\u200d\ud83d\ude80 \u4f60'
         + '\u597d \u202eabc\u202c', '"\\\n\t', 'y'.repeat(4000),
         '\u4f60'.repeat(3000), '{"text":"z"}', '\u0000'.slice(1) + '\u2028'])
    {
        const frame = await chat.say(alice, text, { re: 7, meta });

        assert.equal(frame.enc, SCHEME);
        assert.equal('text' in frame, false);
        assert.deepEqual(await bob.open(frame), { text, re: 7, meta,
                                                  missing: 0 });
        assert.equal(frame.meta, undefined);
    }
});


test('the server sees neither texts nor their exact lengths', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const canary = 'canary-in-a-cage';
    const frame = await chat.say(alice, canary, { meta: { canary } });
    const short = await chat.say(alice, 'no');
    const longer = await chat.say(alice, 'yes, of course');

    assert.doesNotMatch(JSON.stringify(frame), /canary|meta/);
    assert.equal(fromBase64url(frame.data).indexOf(Buffer.from(canary)), -1);
    assert.equal(short.data.length, longer.data.length);
});


test('padding: its lengths, and that it comes off in one way only', () => {
    assert.deepEqual([0, 63, 64, 255, 256, 1023, 1024, 2047, 2048].map(padded),
                     [64, 64, 256, 256, 1024, 1024, 2048, 2048, 3072]);

    for (const length of [0, 1, 62, 63, 64, 65, 255, 1023, 1024, 5000]) {
        const bytes = new Uint8Array(length).fill(0x80);

        assert.equal(pad(bytes).length, padded(length));
        assert.deepEqual(unpad(pad(bytes)), bytes);
    }

    for (const wrong of [new Uint8Array(0), new Uint8Array(64),
                         new Uint8Array(64).fill(1), pad(new Uint8Array(9))
                             .subarray(0, 63), Uint8Array.of(0x80)])
    {
        assert.equal(unpad(wrong), null);
    }
});


test('each bit of what is sealed counts', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const bob = await chat.member();
    const frame = await chat.say(alice, 'hello');
    const good = fromBase64url(frame.data);
    let tried = 0;

    for (let i = 0; i < good.length * 8; i++) {
        const bytes = good.slice();

        bytes[i >> 3] ^= 1 << (i & 7);
        tried++;
        await breaks(bob.open({ ...frame, data: base64url(bytes) }),
                     'forged', 'key', 'form');
    }

    assert.equal(tried, (4 + 16 + 8 + 64 + 16) * 8);
    assert.equal((await bob.open(frame)).text, 'hello');
});


test('nothing opens in another room, by another sender, under another id',
     async () => {
    const chat = new Chat();
    const other = new Chat('kitchen');
    const alice = await chat.member();
    const bob = await chat.member();
    const frame = await chat.say(alice, 'I agree.');
    const second = await chat.say(alice, 'I do not.');

    await breaks((await other.member()).open({ ...frame, room: 'kitchen' }),
                 'forged');
    await breaks(bob.open({ ...frame, from: BOB }), 'forged');
    await breaks(bob.open({ ...frame, from: { ...ALICE, id: '' } }), 'forged');
    await breaks(bob.open({ ...frame, from: undefined }), 'forged');
    await breaks(bob.open({ ...frame, cid: 'c9' }), 'forged');
    await breaks(bob.open({ ...frame, cid: undefined }), 'forged');
    await breaks(bob.open({ ...frame, data: second.data }), 'forged');
    await breaks(bob.open(altered(frame, () =>
        ({ counter: 1 }))), 'forged');
    await breaks(bob.open(altered(frame, () =>
        ({ sid: readPacket(second.data).sid.map((b) => b ^ 1) }))), 'forged');
    await breaks(bob.open(altered(frame, () =>
        ({ sealed: readPacket(second.data).sealed }))), 'forged');
    assert.equal((await bob.open(frame)).text, 'I agree.');
});


test('a sender keeps the name that it wrote under', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const bob = await chat.member();
    const frame = await chat.say(alice, 'I am Alice.');

    await breaks(bob.open({ ...frame, from: { ...ALICE, name: 'Bob' } }),
                 'sender');
    assert.equal((await bob.open(frame)).text, 'I am Alice.');
});


test('what the server adds to a sealed message is not believed', async () => {
    const chat = new Chat();
    const frame = await chat.say(await chat.member(), 'Yes.', { re: 3 });
    const bob = await chat.member();

    assert.deepEqual(await bob.open({ ...frame, text: 'No.', re: 4,
                                      meta: { x: 1 } }),
                     { text: 'Yes.', re: 3, meta: undefined, missing: 0 });
});


test('a clear message is never a text, nor what is sealed otherwise',
     async () => {
    const chat = new Chat();
    const bob = await chat.member();
    const frame = await chat.say(await chat.member(), 'x');

    await breaks(bob.open(chat.frame({ from: BOB, cid: 'c', text: 'hi' })),
                 'clear');
    await breaks(bob.open({ ...frame, enc: 'chat-e2e/2' }), 'scheme');
    await breaks(bob.open({ ...frame, enc: undefined }), 'scheme');
    await breaks(bob.open({ ...frame, enc: ['chat-e2e/1'] }), 'scheme');

    for (const data of [undefined, null, 7, '', '====', 'AAAA', 'A',
                        `${frame.data} `, `${frame.data}A`,
                        frame.data.slice(0, 40), {}, [frame.data]])
    {
        await breaks(bob.open({ ...frame, data }));
    }
});


test('without the key nothing opens; a wrong one does not harm', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const frame = await chat.say(alice, 'secret');
    const eve = await chat.member(newSecret());
    const nobody = new Member('lobby', new Ring());

    await breaks(eve.open(frame), 'forged');
    await breaks(nobody.open(frame), 'key');
    await assert.rejects(nobody.seal({ text: 'x' }, 'c', BOB),
                         { reason: 'key' });

    eve.ring.add({ epoch: 1, secret: await roomKey(SECRET), since: 0 });
    assert.equal((await eve.open(frame)).text, 'secret');
    assert.equal((await alice.open(await chat.say(eve, 'in', { user: BOB })))
        .text, 'in');
});


test('a message that comes again at another place is a replay', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const bob = await chat.member();
    const frame = await chat.say(alice, 'Send 100.');

    assert.equal((await bob.open(frame)).text, 'Send 100.');
    assert.equal((await bob.open(frame)).text, 'Send 100.');
    await breaks(bob.open({ ...frame, seq: 2, time: 2 }), 'replayed');
    await breaks(bob.open({ ...frame, seq: 0, time: 0 }), 'replayed');

    /* and as an edit of another one it is none, though nobody saw it before */
    await breaks((await chat.member()).open({ ...frame, ev: 'edit', ref: 7 }),
                 'forged');
});


test('a sender\'s order: the window, and gaps', () => {
    const replay = new Replay();
    const replayed = { name: 'Broken', reason: 'replayed' };

    assert.equal(replay.take(100, 5000), 0);
    assert.equal(replay.take(101, 5001), 0);
    assert.equal(replay.take(105, 5004), 2);
    assert.equal(replay.take(106, 5002), 0);                /* late */
    assert.equal(replay.take(107, 5005), 0);
    assert.equal(replay.take(108, 5008, 2), 0);             /* given up */
    assert.equal(replay.take(109, 5012, 1), 2);
    assert.throws(() => replay.take(110, 5012), replayed);
    assert.throws(() => replay.take(109, 5013), replayed);
    assert.throws(() => replay.take(111, 5012 - WINDOW), replayed);
    assert.equal(replay.take(111, 5013 - WINDOW), 0);
    assert.equal(replay.take(112, 20_000), WINDOW);

    /* somebody scrolls up */
    assert.equal(replay.take(10, 4000), 0);
    assert.equal(replay.take(11, 4002), 1);
    assert.throws(() => replay.take(12, 5001), replayed);
    assert.throws(() => replay.take(9, 4000 + WINDOW), replayed);
});


test('a log that begins anew: other places, the same counters', () => {
    const replay = new Replay();
    const replayed = { name: 'Broken', reason: 'replayed' };

    for (let i = 0; i < 5; i++) {
        assert.equal(replay.take(100 + i, i), 0);
    }

    replay.reset();
    assert.equal(replay.take(1, 5), 0);
    assert.equal(replay.take(2, 8), 2);
    assert.throws(() => replay.take(3, 4), replayed);
    replay.reset();
    assert.throws(() => replay.take(1, 4), replayed);
    assert.throws(() => replay.take(1, 8), replayed);
    assert.equal(replay.take(1, 2 * WINDOW), 0);
    replay.reset();
    assert.throws(() => replay.take(1, WINDOW), replayed);
    assert.equal(replay.take(1, WINDOW + 1), 0);
});


test('messages that the server keeps back are missed', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const bob = await chat.member();
    const frames = [];

    for (let i = 0; i < 6; i++) {
        frames.push(await chat.say(alice, `${i}`));
    }

    assert.equal((await bob.open(frames[0])).missing, 0);
    assert.equal((await bob.open(frames[1])).missing, 0);
    assert.equal((await bob.open(frames[4])).missing, 2);
    assert.equal((await bob.open(frames[5])).missing, 0);
});


test('what was given up is not missed', async () => {
    const chat = new Chat();
    const alice = await chat.member();
    const bob = await chat.member();
    const first = await chat.say(alice, 'first', { cid: 'first' });

    alice.sent('first');

    for (const cid of ['refused', 'discarded']) {
        await chat.say(alice, cid, { cid });
        alice.gaveUp(cid);
    }

    const last = await chat.say(alice, 'last', { cid: 'last' });

    assert.equal((await bob.open(first)).missing, 0);
    assert.equal((await bob.open(last)).missing, 0);
});


test('two tabs, a reload, another id: no nonce comes twice', async () => {
    const chat = new Chat();
    const tabs = [await chat.member(), await chat.member()];
    const bob = await chat.member();
    const used = new Set();

    for (const user of [ALICE, { id: 'g2', name: 'Alice' }]) {
        for (const tab of tabs) {
            for (let i = 0; i < 3; i++) {
                const frame = await chat.say(tab, `${i}`, { user });
                const { sid, counter } = readPacket(frame.data);

                used.add(`${hex(sid)} ${counter}`);
                assert.equal(counter, i);

                const opened = await bob.open(frame);

                assert.equal(opened.text, `${i}`);
                assert.equal(opened.missing, 0);
            }
        }
    }

    assert.equal(used.size, 12);

    /* what was said before a reload opens after it, one's own, too */
    const again = await chat.member();
    const frame = await chat.say(tabs[0], 'before');

    assert.equal((await again.open(frame)).text, 'before');
});


test('at 2^20 messages there is another sid', async () => {
    const { Sender } = await import('../../html/chat/e2e/sender.js');
    const sender = new Sender('lobby');
    const ring = { secret: await roomKey(SECRET), epoch: 1 };
    const say = async (cid) => readPacket(
        (await sender.seal(ring, ALICE, cid, { text: 'x' })).data);
    const first = await say('a');

    sender.skipTo(COUNTER_LIMIT - 1);

    const last = await say('b');
    const next = await say('c');

    assert.deepEqual([first.counter, last.counter, next.counter],
                     [0, COUNTER_LIMIT - 1, 0]);
    assert.equal(hex(last.sid), hex(first.sid));
    assert.notEqual(hex(next.sid), hex(first.sid));
    assert.throws(() => readPacket(writePacket({ ...next,
        counter: COUNTER_LIMIT })), { reason: 'form' });
});


test('a new key: who has it reads on, who has not does not', async () => {
    const chat = new Chat();
    const [alice, bob, eve] = [await chat.member(), await chat.member(),
                               await chat.member()];
    const before = await chat.say(alice, 'before');
    const secret = newSecret();

    for (const codec of [alice, bob]) {
        codec.ring.add({ epoch: 2, secret: await roomKey(secret),
                         since: chat.seq });
    }

    const after = await chat.say(alice, 'after');
    const carol = await chat.member(secret, 2);

    assert.equal(readPacket(after.data).epoch, 2);
    assert.equal((await bob.open(before)).text, 'before');
    assert.equal((await bob.open(after)).text, 'after');
    assert.equal((await carol.open(after)).text, 'after');
    await breaks(carol.open(before), 'key');
    await breaks(eve.open(after), 'key');

    /* who was sent away goes on with the old key */
    await breaks(bob.open(await chat.say(eve, 'I am here still.',
        { user: { id: 'eve', name: 'Eve' } })), 'old');

    /* an epoch is part of the key, and of what is bound */
    await breaks(bob.open(altered(after, () => ({ epoch: 1 }))), 'forged');
    await breaks(bob.open(altered(before, () => ({ epoch: 2 }))), 'forged');
    await breaks(bob.open(altered(before, () => ({ epoch: 3 }))), 'key');
});


test('a member may seal what a page must not show', async () => {
    for (const text of ['\u0007', '\ud800', 'a\u0085b', '', '\ufdd0',
                        'a' + '\u0301'.repeat(MARKS_MOST + 1), 7, null])
    {
        assert.throws(() => readContent(writeContent({ text })),
                      { name: 'Broken', reason: 'text' });
    }

    assert.ok(isText('a' + '\u0301'.repeat(MARKS_MOST) + '\n\t\u202e'));
    assert.throws(() => readContent(pad(Buffer.from('no JSON'))),
                  { reason: 'form' });
    assert.throws(() => readContent(pad(Buffer.from('null'))),
                  { reason: 'text' });
    assert.throws(() => readContent(pad(Uint8Array.of(0x22, 0xff, 0x22))),
                  { reason: 'form' });
    assert.deepEqual(readContent(writeContent({ text: 'x', re: -1, meta: [],
                                                unsent: 1.5 })), { text: 'x' });
});


test('a passphrase makes the same key for all, of one room', async () => {
    const chat = new Chat();
    const ring = async (words, room) => new Ring([{ epoch: 1, since: 0,
        secret: await passphraseKey(words, room) }]);
    const alice = new Member('lobby', await ring('correct horse', 'lobby'));
    const bob = new Member('lobby', await ring(' correct horse ', 'lobby'));
    const eve = new Member('lobby', await ring('Correct horse', 'lobby'));
    const other = new Member('lobby', await ring('correct horse', 'kitchen'));
    const frame = await chat.say(alice, 'hello');

    assert.equal((await bob.open(frame)).text, 'hello');
    await breaks(eve.open(frame), 'forged');
    await breaks(other.open(frame), 'forged');
});


test('a link: written, read, without its secret', async () => {
    const secret = newSecret();
    const link = writeLink('https://h/talk/?x=1#old',
                           { room: 'e~friends', epoch: 2, secret });
    const { hash } = new URL(link);

    assert.ok(link.startsWith('https://h/talk/?x=1#room=e%7Efriends&k='));
    assert.deepEqual(readLink(hash), { room: 'e~friends', epoch: 2, secret });
    assert.equal(readLink(writeLink('https://h/', { room: 'r', epoch: 1,
        secret }).split('#')[1]).epoch, 1);
    assert.equal(withoutSecret(hash), '#room=e%7Efriends');
    assert.equal(readLink('#lobby'), null);
    assert.equal(readLink('#room=lobby'), null);
    assert.deepEqual(readLink(`#room=r&k=${secret.slice(1)}`),
                     { room: 'r', epoch: 1, secret: null });
    assert.deepEqual(readLink(`#k=${secret}&e=0`),
                     { room: null, epoch: 1, secret: null });
    assert.equal(readLink(`#k=${secret}&e=${2 ** 20}`).epoch, 2 ** 20);

    for (const e of [2 ** 20 + 1, 2 ** 32 - 1]) {
        assert.equal(readLink(`#room=r&k=${secret}&e=${e}`).secret, null);
    }

    assert.equal(await roomKey(secret.slice(1)), null);
    assert.equal(await roomKey(null), null);
    assert.equal(fromBase64url(secret).length, 32);
});


test('fingerprints: 16 pictures of 256, 8 numbers', async () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
    const secret = await roomKey(SECRET);

    assert.equal(new Set(PICTURES).size, 256);
    assert.equal(pictures(bytes).length, 16);
    assert.deepEqual(numbers(bytes), ['00017', '08755', '17493', '26231',
                                      '34969', '43707', '52445', '61183']);
    assert.notEqual(hex(await fingerprint(secret, 'lobby', 1)),
                    hex(await fingerprint(secret, 'lobby', 2)));
    assert.notEqual(hex(await fingerprint(secret, 'lobby', 1)),
                    hex(await fingerprint(secret, 'kitchen', 1)));
});


test('bytes are written in one way', () => {
    assert.equal(hex(u64(2 ** 40 + 5)), '0000010000000005');
    assert.equal(hex(lp('\u00e9')), '0002c3a9');
    assert.throws(() => lp(new Uint8Array(65_536)), RangeError);
    assert.throws(() => u64(-1), RangeError);
    assert.throws(() => u64(2 ** 54), RangeError);
    assert.equal(fromBase64url('AB'), null);                /* bits left */
    assert.equal(fromBase64url('AA='), null);
    assert.equal(fromBase64url('+/'), null);
});
