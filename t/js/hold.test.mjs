
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Whether one may write, as the page sees it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EVER, rights } from '../../html/chat/rights.js';
import { holdOf, slowAfter } from '../../html/page/hold.js';

const NOW = 1_700_000_000_000;
const CAN = ['send', 'typing', 'history', 'who'];


function of({ slowUntil = 0, ahead = 0, ...frame }) {
    return holdOf(rights({ can: CAN, ...frame }), slowUntil, ahead, NOW);
}


test('who may write is not held', () => {
    assert.equal(of({}), null);
    assert.equal(of({ can: [] }), null);
    assert.equal(of({ slowUntil: NOW }), null);
});


test('a mute ends by the server\'s clock, or never', () => {
    const muted = NOW + 5000;

    assert.deepEqual(of({ muted, can: ['history'] }),
                     { why: 'muted', until: muted });
    assert.deepEqual(of({ muted, ahead: 2000 }),
                     { why: 'muted', until: NOW + 3000 });
    assert.equal(of({ muted, ahead: 5000 }), null);
    assert.equal(of({ muted: NOW, can: ['history'] }), null);
    assert.deepEqual(of({ muted: EVER }), { why: 'muted', until: null });
    assert.equal(of({ role: 'moderator', muted })?.why, 'muted');
});


test('slow mode and locks bind who is below a moderator', () => {
    const config = { slow: 9, lock: 'write' };
    const slowUntil = NOW + 1;

    assert.deepEqual(of({ config }), { why: 'locked', until: null });
    assert.deepEqual(of({ slowUntil, config: { slow: 9, lock: 'open' } }),
                     { why: 'slow', until: slowUntil });
    assert.equal(of({ slowUntil, config: { slow: 0, lock: 'open' } }), null);
    assert.deepEqual(of({ can: ['history'] }), { why: 'not', until: null });

    for (const role of ['owner', 'moderator']) {
        assert.equal(of({ role, config, slowUntil }), null);
        assert.equal(slowAfter(rights({ role, config }), NOW), 0);
    }

    assert.equal(slowAfter(rights({ role: 'member', config }), NOW),
                 NOW + 9000);
    assert.equal(slowAfter(rights({}), NOW), NOW);
});
