/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Families 12 and 13: permessage-deflate (RFC 7692) is offered.  The server
 * knows no extension: it must decline each offer, and echo all the same.
 */

import { binary, text } from '../judge.mjs';
import { BINARY, TEXT, frame } from '../peer.mjs';

const PLAIN = 'permessage-deflate';
const OFFERS = [
    ['13.1', PLAIN],
    ['13.2', `${PLAIN}; server_no_context_takeover`],
    ['13.3', `${PLAIN}; server_max_window_bits=8`],
    ['13.4', `${PLAIN}; server_max_window_bits=15`],
    ['13.5', `${PLAIN}; server_no_context_takeover; `
        + 'server_max_window_bits=8'],
    ['13.6', `${PLAIN}; server_no_context_takeover; `
        + 'server_max_window_bits=15'],
    ['13.7', `${PLAIN}; server_no_context_takeover; `
        + `server_max_window_bits=8, ${PLAIN}; server_no_context_takeover, `
        + PLAIN],
];
const SIZES = [16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072];


function declined(id, title, offer, make) {
    return {
        id,
        title,
        unimplemented: true,
        headers: { 'Sec-WebSocket-Extensions': offer },
        strict: [make.event],
        send: (peer) => peer.write(make.frame()),
    };
}


/* a message of plain frames, or one that is marked as compressed */
export function* deflateCases() {
    for (const [i, size] of SIZES.entries()) {
        const data = Buffer.alloc(size, 'Hello, deflate! ');
        const [op, event] = i % 2 === 0 ? [TEXT, text] : [BINARY, binary];

        yield declined(`12.1.${i + 1}`, `deflate offered, ${size} bytes`,
            `${PLAIN}; client_max_window_bits`,
            { event: event(data), frame: () => frame(op, data) });
    }

    for (const [family, offer] of OFFERS) {
        const data = 'Hello, deflate!';

        yield declined(`${family}.1`, offer, offer,
            { event: text(data), frame: () => frame(TEXT, data) });

        yield {
            id: `${family}.2`,
            title: `RSV 4 after ${offer}`,
            headers: { 'Sec-WebSocket-Extensions': offer },
            strict: [],
            fails: [1002],
            send: (peer) => peer.write(frame(TEXT, data, { rsv: 4 })),
        };
    }
}
