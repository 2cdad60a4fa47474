
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A room that is encrypted from its first word on. */

import { Seal } from '../seal.js';
import { Codec } from './codec.js';

/** What becomes of a message that is certainly not sent any more. */
const GIVEN_UP = ['discarded', 'not_sealed'];


/**
 * To be called right after join(): from then on nothing goes out in the clear,
 * and nothing that comes in the clear is shown.
 *
 * @param {import('../index.js').Room} room
 * @param {import('./ring.js').Ring} ring
 * @param {() => string | undefined} [name]  as the server tells one's own,
 *     undefined while one is not here
 * @returns {Codec}
 */
export function encrypt(room, ring, name) {
    const codec = new Codec(room.name, ring, name);

    room.seal(new Seal(codec));

    room.on('state', () => codec.greeted());
    room.on('reset', ({ reason }) => {
        if (reason === 'epoch') {
            codec.reset();

        } else {
            codec.viewed();
        }
    });

    room.on('outbox', ({ fate, cid, error }) => {
        if (fate === 'sent') {
            codec.sent(cid);

        } else if (fate === 'gone' ? GIVEN_UP.includes(error?.code ?? '')
                                   : fate === 'failed')
        {
            codec.gaveUp(cid);
        }
    });

    return codec;
}
