
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which request of the API does what a command does. */

/** @typedef {import('./calls.js').Call} Call */

export const UNSUPPORTED = Object.freeze({ code: 'unsupported', status: 501,
    message: 'This needs a WebSocket, which this network does not let '
             + 'through.' });

/** @type {Readonly<Record<string, (room: string, fields: any) => Call>>} */
const COMMANDS = {
    ping: () => ['GET', '/me'],
    history: (room, { before, after, epoch, limit }) => ['GET',
        `${room}/messages${query({ before, after, epoch, limit })}`],
    who: (room, { after, limit }) => ['GET',
        `${room}/members${query({ after, limit })}`],
    send: (room, { cid, ...body }) => ['POST', `${room}/messages`,
        { body, headers: key(cid) }],
    edit: (room, { cid, ref, ...body }) => ['PATCH',
        `${room}/messages/${part(ref)}`, { body, headers: key(cid) }],
    delete: (room, { cid, ref, ...body }) => ['DELETE',
        `${room}/messages/${part(ref)}`, { body, headers: key(cid) }],
    mod: (room, { do: what, ...fields }) => act(what)(room, fields),
};

/** @type {Readonly<Record<string, (room: string, fields: any) => Call>>} */
const ACTS = {
    kick: (room, { user, ...body }) => room === '/rooms/*'
        ? ['DELETE', `/users/${part(user)}/connections`, { body }]
        : ['DELETE', `${room}/members/${part(user)}`, { body }],
    ban: (room, { user, ip, ...body }) => ['PUT',
        `${room}/bans/${target(user, ip)}`, { body }],
    unban: (room, { user, ip, ...body }) => ['DELETE',
        `${room}/bans/${target(user, ip)}`, { body }],
    mute: (room, { user, ip, ...body }) => ['PUT',
        `${room}/mutes/${one(user, ip)}`, { body }],
    unmute: (room, { user, ip, ...body }) => ['DELETE',
        `${room}/mutes/${one(user, ip)}`, { body }],
    role: (room, { user, value, ...body }) => ['PUT',
        `${room}/roles/${part(user)}`, { body: { ...body, role: value } }],
    slow: (room, { value, ...body }) => ['PATCH', room,
        { body: { ...body, slow: value } }],
    lock: (room, { value = 'write', ...body }) => ['PATCH', room,
        { body: { ...body, lock: value } }],
    unlock: (room, body) => ['PATCH', room,
        { body: { ...body, lock: 'open' } }],
    clear: (room, body) => ['DELETE', room, { body }],
    log: (room, { limit }) => ['GET', `${room}/acts${query({ limit })}`],
};


/**
 * @param {string} op
 * @param {any} fields
 * @returns {Call} or UNSUPPORTED is thrown
 */
export function command(op, { room = '', ...fields }) {
    return known(COMMANDS, op)(roomPath(room), fields);
}


/** @param {string} room */
export function roomPath(room) {
    return `/rooms/${part(room)}`;
}


/**
 * @param {Record<string, any>} fields
 * @returns {string} what of it is there
 */
export function query(fields) {
    const there = Object.entries(fields).filter(([, value]) =>
        value !== undefined && value !== null);

    return there.length === 0 ? ''
           : `?${there.map(([key, value]) => `${key}=${part(value)}`)
               .join('&')}`;
}


/**
 * @param {any} frame  that tells what one may
 * @returns {any} without what does not travel so
 */
export function able(frame) {
    return { ...frame, can: (frame.can ?? []).filter((/** @type {string} */
        each) => each !== 'typing') };
}


/** @param {string} what */
function act(what) {
    return known(ACTS, what);
}


/**
 * @param {Readonly<Record<string, (room: string, fields: any) => Call>>} table
 * @param {string} name
 */
function known(table, name) {
    if (!Object.hasOwn(table, name)) {
        throw UNSUPPORTED;
    }

    return table[name];
}


/** @param {string | undefined} cid */
function key(cid) {
    return cid === undefined ? undefined : { 'Idempotency-Key': cid };
}


/** @param {any} value */
function part(value) {
    return encodeURIComponent(String(value));
}


/**
 * @param {string | undefined} user
 * @param {string | undefined} ip
 */
function target(user, ip) {
    return user === undefined ? `i:${part(ip)}` : `u:${part(user)}`;
}


/**
 * An address is muted by a WebSocket only.
 *
 * @param {string | undefined} user
 * @param {string | undefined} ip
 */
function one(user, ip) {
    if (ip !== undefined) {
        throw UNSUPPORTED;
    }

    return part(user);
}
