
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* States and errors in words. */

/** @typedef {import('../chat/client.js').State} State */
/** @typedef {import('../chat/room.js').RoomState} RoomState */

/**
 * @typedef {object} Words
 * @property {'good'|'busy'|'bad'} mood
 * @property {string} short     beside the room's name
 * @property {string} long      in the notice, empty for none
 * @property {string} announce  for screen readers; does not count seconds
 * @property {string | null} action  a button's label
 */

/* the last moment that a Date can be; a ban without an end is later */
const LAST = 8.64e15;                   /* ms UTC */

const STORE_AWAY = 'The chat store is away. Messages cannot be sent right '
                   + 'now; trying again.';


/**
 * @param {State} state
 * @param {RoomState | null} room  of the room in view
 * @param {number} now  ms UTC
 * @param {boolean} network  whether the browser thinks there is one
 * @returns {Words}
 */
export function connectionWords(state, room, now, network) {
    switch (state.name) {

    case 'online':
        return onlineWords(state, room);

    case 'connecting':
        return { mood: 'busy', short: 'Connecting\u2026', long: '',
                 announce: '', action: null };

    case 'waiting':
        return waitingWords(state, now, network);

    default:
        return { mood: 'bad', short: 'Not connected',
                 long: state.reason ?? 'Not connected.',
                 announce: state.reason ?? 'Not connected.',
                 action: state.then === 'use' ? 'Use it here' : 'Connect' };
    }
}


/**
 * Until the room is joined, what is typed would not be sent.
 *
 * @param {State} state
 * @param {RoomState | null} room
 * @returns {Words}
 */
function onlineWords(state, room) {
    if (state.trouble !== null) {
        return { mood: 'bad', short: 'Store away', long: STORE_AWAY,
                 announce: STORE_AWAY, action: null };
    }

    if (room?.name === 'waiting' || room?.name === 'joining') {
        return { mood: 'busy', short: 'Joining\u2026', long: '',
                 announce: '', action: null };
    }

    return { mood: 'good', short: 'Connected', long: '',
             announce: 'Connected.', action: null };
}


/**
 * @param {State} state
 * @param {number} now
 * @param {boolean} network
 * @returns {Words}
 */
function waitingWords(state, now, network) {
    const wait = Math.ceil(((state.nextTry ?? now) - now) / 1000);
    const short = `Reconnecting in ${span(Math.max(wait, 1))}`;
    const why = network ? state.reason ?? ''
                        : 'This device has no network.';

    return { mood: 'busy', short, long: `${why} ${short}.`,
             announce: `${why} Reconnecting.`, action: 'Try now' };
}


/**
 * @param {number} seconds
 * @returns {string}
 */
function span(seconds) {
    if (seconds < 120) {
        return `${seconds} s`;
    }

    return seconds < 7200 ? `${Math.round(seconds / 60)} minutes`
                          : `${Math.round(seconds / 3600)} hours`;
}


/**
 * @param {RoomState} state
 * @param {string} name
 * @returns {string} empty where there is nothing to say
 */
export function roomWords(state, name) {
    const { error } = state;

    if (error === null) {
        return '';
    }

    if (error.code === 'unavailable') {
        return STORE_AWAY;
    }

    return state.name === 'waiting'
        ? `${error.message} Trying to enter again.`
        : `${error.message}${endWords(error)} You are not in #${name}.`;
}


/**
 * @param {import('../chat/error.js').ChatError} error
 * @returns {string} when a ban or a mute ends, empty if it does not
 */
function endWords({ until }) {
    return until !== null && until < LAST
           ? ` Until ${new Date(until).toLocaleString()}.` : '';
}


/** @typedef {import('../chat/error.js').ChatError} ChatError */


/**
 * @param {boolean} online
 * @param {ChatError | null} error  that keeps it waiting
 * @returns {string} under a message on its way
 */
export function sendingWords(online, error) {
    if (!online) {
        return 'Waiting for the connection\u2026';
    }

    if (error === null || error.code === 'unknown') {
        return 'Sending\u2026';
    }

    return error.code === 'unavailable'
           ? 'Waiting: the chat store is away.'
           : `Waiting. ${error.message}`;
}


/**
 * @param {ChatError} error
 * @returns {string} under a message that was not sent
 */
export function fateWords(error) {
    return error.code === 'expired'
           ? 'Not confirmed for five minutes.'
           : `Not sent. ${error.message}${endWords(error)}`;
}


/**
 * @param {string[]} names
 * @returns {string}
 */
export function typingWords(names) {
    switch (names.length) {

    case 0:
        return '';

    case 1:
        return `${names[0]} is typing\u2026`;

    case 2:
        return `${names[0]} and ${names[1]} are typing\u2026`;

    default:
        return 'Several people are typing\u2026';
    }
}
