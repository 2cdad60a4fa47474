
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types that users get are those of the code: tsc says so, or fails. */

import { Client } from '../../html/chat/client.js';
import { connect } from '../../html/chat/connect.js';
import { ChatError } from '../../html/chat/error.js';
import { messageId } from '../../html/chat/id.js';
import { IndexedStore } from '../../html/chat/indexed.js';
import { FEATURES } from '../../html/chat/protocol.js';
import { EVER } from '../../html/chat/rights.js';
import { Room } from '../../html/chat/room.js';
import type { Fate } from '../../html/chat/outbox.js';
import type { RoomState } from '../../html/chat/room.js';
import type { Act, Rights } from '../../html/chat/rights.js';
import type { State } from '../../html/chat/state.js';
import type { Entry } from '../../html/chat/store.js';
import type { Options } from '../../html/chat/client.js';
import type * as told from '../../html/chat/index.js';

/** What a room and its client say to each other. */
type Inner = 'greeted' | 'lost' | 'rest' | 'again' | 'refresh' | 'read';

/** Emitters are told from outside to nobody. */
type Emits = 'emit';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type Keys<A, B> = Same<Exclude<keyof A, Emits | Inner>, keyof B>;
type Fits<A, B> = [A] extends [B] ? true : never;

/** All that is told of something is there, and nothing else. */
type Holds<A, B> = Keys<A, B> & Fits<Pick<A, keyof A & keyof B>, B>;

export const holds: [
    Holds<Client, told.Client>,
    Holds<Room, told.Room>,
    Holds<ChatError, told.ChatError>,
    Holds<IndexedStore, told.IndexedStore>,
    Same<State, told.State>,
    Same<RoomState, told.RoomState>,
    Same<Rights, told.Rights>,
    Same<Act, told.Act>,
    Same<Fate, told.Fate>,
    Same<Entry, told.Kept>,
    Keys<Options, told.Options>,
    Fits<told.Options, Options>,
    Fits<typeof connect, typeof told.connect>,
    Fits<typeof messageId, typeof told.messageId>,
    Fits<typeof FEATURES, typeof told.FEATURES>,
    Fits<typeof EVER, typeof told.EVER>,
    Fits<ConstructorParameters<typeof told.Client>,
         ConstructorParameters<typeof Client>>,
] = [true, true, true, true, true, true, true, true, true, true, true, true,
     true, true, true, true, true];
