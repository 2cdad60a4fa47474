
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types of changes.js. */

import type { Room } from './index.js';

/** The name in welcome.features. */
export const EDIT: 'edit';

export interface Change {
    seq: number;
    deleted: boolean;
    text?: string;
}

/** Each is a promise of the server's answer, or of a ChatError. */
export class Changes {
    constructor(room: Pick<Room, 'change' | 'sealed'>);
    edit(ref: number, text: string, again?: { cid?: string }): Promise<any>;
    remove(ref: number, more?: { cid?: string; reason?: string }):
        Promise<any>;
    note(frame: any): Change | null;
    of(frame: any): Change | null;
    clear(): void;
}
