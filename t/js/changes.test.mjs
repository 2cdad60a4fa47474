
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Edits and deletions: taken in order, asked for, and the last one holds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Changes } from '../../html/chat/changes.js';
import { Room } from '../../html/chat/room.js';
import { message, settle, setUpRoom } from './fakes.mjs';


test('they are entries like messages: in order, each once', async () => {
    const it = await setUpRoom({ history: true });
    const about = (seq, ev, fields) => ({ ...message(seq), ev, ref: 9,
                                          ...fields });

    it.seen.length = 0;
    it.socket.say(about(11, 'edit', { text: 'b' }));
    it.socket.say(about(12, 'delete', { text: undefined }));
    it.socket.say(about(12, 'delete', { text: undefined }));
    it.socket.say(message(13));
    await settle();

    assert.deepEqual(it.seen.map(([event, { seq }]) => `${event} ${seq}`),
                     ['edit 11', 'delete 12', 'message 13']);
});


test('what is asked for, and not where all is encrypted', async () => {
    const asked = [];
    const room = { sealed: null, change: async (op, fields) =>
        asked.push([op, fields]) };
    const changes = new Changes(room);

    await changes.edit(4, 'new', { cid: 'c1' });
    await changes.remove(4, { cid: 'c2' });
    await changes.remove(5, { cid: 'c3', reason: 'spam' });
    await changes.remove(6);

    assert.match(asked.at(-1)[1].cid, /^[\w-]{16,64}$/);
    assert.deepEqual(asked.slice(0, 3), [
        ['edit', { ref: 4, text: 'new', cid: 'c1' }],
        ['delete', { ref: 4, cid: 'c2' }],
        ['delete', { ref: 5, cid: 'c3', reason: 'spam' }]]);

    room.sealed = {};
    await assert.rejects(changes.edit(4, 'open'), { code: 'forbidden' });
    assert.equal(asked.length, 4);
    assert.equal(typeof Room.prototype.change, 'function');
});


test('the last one holds, whichever comes first', () => {
    const changes = new Changes(null);

    assert.equal(changes.of({ seq: 1 }), null);
    assert.deepEqual(changes.note({ ev: 'edit', ref: 1, seq: 5, text: 'c' }),
                     { seq: 5, deleted: false, text: 'c' });
    assert.equal(changes.note({ ev: 'edit', ref: 1, seq: 3, text: 'b' }),
                 null);
    assert.equal(changes.of({ seq: 1 }).text, 'c');
    assert.equal(changes.of({ seq: 2 }), null);

    assert.equal(changes.note({ ev: 'delete', ref: 1, seq: 7 }).deleted,
                 true);
    assert.equal(changes.note({ ev: 'edit', ref: 1, seq: 8, text: 'd' }),
                 null);
    assert.equal(changes.of({ seq: 1 }).deleted, true);

    /* a page of the log has of both what is left */

    assert.equal(changes.of({ seq: 9, deleted: true }).deleted, true);
    changes.note({ ev: 'edit', ref: 9, seq: 10, text: '', deleted: true });
    assert.equal(changes.of({ seq: 9 }).deleted, true);

    changes.clear();
    assert.equal(changes.of({ seq: 1 }), null);
});
