
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A room for a frame of another site: frame.html#lobby, or with more of what
 * <chat-room> takes: frame.html#room=lobby&heading=Ask+us&theme=light.
 */

import { ChatRoom } from '../embed.js';

/* not "url": a link must not lead the frame to another server */
const TAKEN = ['heading', 'lang', 'placeholder', 'readonly', 'room', 'theme'];


function show() {
    const hash = location.hash.slice(1);
    const given = new URLSearchParams(hash.includes('=') ? hash
                                                         : `room=${hash}`);
    const room = new ChatRoom();

    for (const name of TAKEN) {
        const value = given.get(name);

        if (value !== null) {
            room.setAttribute(name, value);
        }
    }

    document.querySelector('main')?.replaceChildren(room);
}


addEventListener('hashchange', show);
show();
