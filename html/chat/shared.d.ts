
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types of shared.js. */

import type { Client, ClientEvents, Options, Page, Room, RoomEvents }
    from './index.js';

/** A part of the one connection to an address. */
export function share(url: string | URL, options?: Options): Share;

/** Milliseconds that a connection and a room outlive their last user. */
export const LINGER: number;

export class Share {
    private constructor();
    readonly client: Client;
    on<E extends keyof ClientEvents>(event: E,
        fn: (value: ClientEvents[E]) => void): () => void;
    join(name: string): Seat;
    close(): void;
}

export class Seat {
    private constructor();
    readonly room: Room;
    readonly first: number | null;
    readonly older: boolean;
    readonly gone: boolean;
    on<E extends keyof RoomEvents>(event: E,
        fn: (value: RoomEvents[E]) => void): () => void;
    history(options?: { limit?: number }): Promise<Page>;
    leave(): void;
}
