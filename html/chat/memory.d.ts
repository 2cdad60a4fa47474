
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types of memory.js. */

import type { Kept, Store } from './index.js';

/** A store that several clients of a process may share. */
export class MemoryStore implements Store {
    put(entry: Kept): Promise<void>;
    remove(cid: string): Promise<void>;
    edit(scope: string, room: string,
        fn: (entry: Kept) => Kept | null): Promise<Kept[]>;
}
