
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types of seal.js. */

import type { Sealing } from './index.js';

export interface About {
    room: string;
    user: string;
    cid: string;
    re?: number;
    meta?: any;
}

export interface Codec {
    seal: (text: string, about: About) =>
        Promise<{ data: string; enc: any; meta?: any }>;
    open: (frame: any) => Promise<{ text?: string; broken?: string }>;
}

export class Seal implements Sealing {
    constructor(codec: Codec);
    say(fn: () => void): void;
    open(frame: any, fn: (frame: any) => void): void;
    all(frames: any[]): Promise<any[]>;
}
