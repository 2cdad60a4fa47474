
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Where unacknowledged sends are kept. */

/**
 * A message on its way.
 *
 * @typedef {object} Entry
 * @property {string} cid
 * @property {string} scope    which chat
 * @property {string} room
 * @property {{text?: string, data?: string, enc?: any, re?: number,
 *     meta?: any}} fields  of "send"
 * @property {string} [sealed]  whose id "data" was sealed for
 * @property {{id: string, guest: boolean} | null} user  whose it is
 * @property {number} time     ms UTC, when it was written
 * @property {number} n        order within the same time
 * @property {string} owner    the tab that sends it
 * @property {number} lease    ms UTC, until then no other tab does
 */

/**
 * Promises are rejected where something cannot be kept.
 *
 * @typedef {object} Store
 * @property {(entry: Entry) => Promise<void>} put
 * @property {(cid: string) => Promise<void>} remove
 * @property {(scope: string, room: string, fn: Edit) =>
 *     Promise<Entry[]>} edit  calls fn for each entry of a room, in one
 *     transaction, and answers with what is there then
 */

/** @typedef {(entry: Entry) => Entry | null} Edit  null deletes the entry */


export {};
