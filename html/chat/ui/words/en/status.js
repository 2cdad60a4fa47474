
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page of the server's status. */

export const status = /** @type {const} */ ({
    'stat': 'Chat status',
    'stat.now': 'Now',

    /* the sentence on top */
    'stat.asking': 'Asking the server\u2026',
    'stat.fine': {
        one: 'All is well: one worker runs.',
        other: 'All is well: {count} workers run.',
    },
    'stat.drains': {
        one: 'An old worker sends its clients to the new ones.',
        other: '{count} old workers send their clients to the new ones.',
    },
    'stat.slow': {
        one: 'A client was closed just now, for it reads too slowly.',
        other: '{count} clients were closed just now, for they read too '
            + 'slowly.',
    },
    'stat.away': {
        one: 'A worker has lost its store. Look at the error log, and at '
            + 'Redis if you use one.',
        other: '{count} workers have lost their store. Look at the error '
            + 'log, and at Redis if you use one.',
    },
    'stat.refuses': 'The server answers {status}. Let this address see the '
        + 'location of chat_status; trying again.',
    'stat.silent': 'The server does not answer. The numbers are old; trying '
        + 'again.',

    /* cards */
    'stat.connections': 'Connections',
    'stat.published': 'Messages stored',
    'stat.delivered': 'Frames to clients',
    'stat.storing': 'Time to store',
    'stat.delivering': 'Time to deliver',
    'stat.fanning': 'Time to write to all',
    'stat.refused': 'Refused',
    'stat.queue': 'Waiting to be read',
    'stat.none': '\u2013',
    'stat.per.second': '{size}/s',
    'stat.in.all': '{count} in all',
    'stat.half': '99 in 100; half {span}',
    'stat.members.of': '{members} in rooms, {tls} by TLS',
    'stat.slow.all': '{count} closed for reading too slowly',

    /* tables */
    'stat.workers': 'Workers',
    'stat.pid': 'Process',
    'stat.state': 'State',
    'stat.age': 'Age',
    'stat.rooms': 'Rooms',
    'stat.members': 'In rooms',
    'stat.running': 'running',
    'stat.draining': 'draining',
    'stat.trouble': 'Refusals and lost connections',
    'stat.calm': 'None so far.',
    'stat.of.command': 'Command refused: {code}',
    'stat.of.handshake': 'Handshake refused: {code}',
    'stat.of.close': 'Connection closed: {code}',
    'stat.memory': 'Memory of rooms and users',
    'stat.used': '{used} of {all}',
    'stat.holds': 'Rooms: {rooms}, users: {users}, rooms forgotten: {evicted}',
});
