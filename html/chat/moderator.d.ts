
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types of moderator.js. */

import type { Act, Room } from './index.js';

export type Whom = string | { user: string } | { ip: string };

/** Each act is a promise of the server's answer, or of a ChatError. */
export class Moderator {
    constructor(room: Pick<Room, 'mod'>);
    kick(user: string, more?: Act): Promise<any>;
    ban(whom: Whom, more?: Act): Promise<any>;
    unban(whom: Whom): Promise<any>;
    mute(whom: Whom, more?: Act): Promise<any>;
    unmute(whom: Whom): Promise<any>;
    role(user: string, value: 'owner' | 'moderator' | 'member' | 'none'):
        Promise<any>;
    slow(seconds: number): Promise<any>;
    lock(value?: 'write' | 'members'): Promise<any>;
    unlock(): Promise<any>;
    log(limit?: number): Promise<any[]>;
}
