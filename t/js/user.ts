
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Somebody's program: it compiles, and what is wrong in it does not. */

import { ChatError, connect, messageId } from '../../html/chat/index.js';
import type { Fate, Message, State } from '../../html/chat/index.js';
import { MemoryStore } from '../../html/chat/memory.js';
import { Moderator } from '../../html/chat/moderator.js';
import { Seal } from '../../html/chat/seal.js';
import { share } from '../../html/chat/shared.js';

const chat = connect('wss://example.com/chat/ws', {
    name: 'Ann', store: new MemoryStore(), wake: false,
    token: async () => null, WebSocket, transport: 'auto', api: '/chat/api',
});
const room = chat.join('lobby');
const moderator = new Moderator(room);
const lines: string[] = [];

const undo: () => void = chat.on('state', (state: State) => {
    lines.push(state.reason ?? `${state.name} ${state.transport}`);
});

room.on('message', ({ from, text, seq }: Message) => {
    lines.push(`${seq} ${from.name}: ${text.trim()}`);
});
room.on('outbox', ({ fate, error }: Fate) => {
    lines.push(fate, error?.message ?? '');
});
room.on('hole', ({ after, before }) => lines.push(String(before - after)));

room.seal(new Seal({
    seal: async (text, { user, cid }) => ({ data: text, enc: [user, cid] }),
    open: async ({ data }) => ({ text: String(data) }),
}));

export async function talk(): Promise<number> {
    try {
        const { seq } = await room.send('Hello', { cid: messageId() });
        const { messages, more } = await room.history({ before: seq });

        await moderator.ban({ ip: '192.0.2.1' }, { for: 60 });
        return more ? messages.length : seq;
    } catch (error) {
        if (error instanceof ChatError && error.temporary) {
            return error.retryAfter ?? 0;
        }

        throw error;
    } finally {
        undo();
        chat.close();
    }
}

export function several(url: URL) {
    const part = share(url);
    const seat = part.join('lobby');

    seat.on('presence', ({ users }) => lines.push(users[0]?.name ?? ''));
    return seat.room.rights.can.includes('send');
}

export function mistakes() {
    /* @ts-expect-error: no such event */
    room.on('messages', () => {});

    /* @ts-expect-error: a text is needed */
    room.send();

    /* @ts-expect-error: no such state */
    lines.push(chat.state.name === 'lost');

    /* @ts-expect-error: nobody makes a room but the client */
    lines.push(new room.constructor());

    /* @ts-expect-error: what the client tells a room is not for others */
    room.greeted({ id: 'ann' });

    /* @ts-expect-error: in hours? */
    chat.join('lobby').mod('ban', { for: '1h' });
}
