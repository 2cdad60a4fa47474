
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A crowd: visitors who enter many rooms of their own, say something there
 * and go.  Nothing is written about them; the store has to make room.
 */

import { ChatSocket } from './socket.mjs';

const ROOMS = 50;                       /* of one visitor; the server allows
                                           no more */
const TEXT = 'x'.repeat(200);

let crowds = 0;


/**
 * @param {{port: number, rooms: number, ms: number}} of  rooms: in all
 */
export function crowd({ port, rooms, ms }) {
    const n = ++crowds;

    for (let from = 0; from < rooms; from += ROOMS) {
        visitor(port, ms, Array.from(
            { length: Math.min(ROOMS, rooms - from) },
            (_, i) => `crowd${n}-${from + i}`));
    }

    return { rooms };
}


function visitor(port, ms, rooms) {
    const socket = new ChatSocket({
        port, path: '/ws?user=crowd', opened: () => {}, closed: () => {},
        text: (text) => {
            if (JSON.parse(text).ev === 'welcome') {
                rooms.forEach((room) => visit(socket, room));
            }
        },
    });

    setTimeout(() => socket.drop(), ms).unref();
}


function visit(socket, room) {
    socket.send({ op: 'join', room });
    socket.send({ op: 'send', room, text: TEXT });
}
