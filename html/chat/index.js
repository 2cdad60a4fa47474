
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What a page imports: connect() and the names that it meets. */

export { Client } from './client.js';
export { connect } from './connect.js';
export { ChatError } from './error.js';
export { messageId } from './id.js';
export { IndexedStore } from './indexed.js';
export { FEATURES } from './protocol.js';
export { EVER } from './rights.js';
export { Room } from './room.js';
