
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
    'stat.degraded': {
        one: 'A worker finds that its Redis takes no messages. Look at its '
            + 'memory and disk; the error log says which.',
        other: '{count} workers find that their Redis takes no messages. Look '
            + 'at its memory and disk; the error log says which.',
    },
    'stat.late': {
        one: 'A worker hears late from its store: it hangs, or the store '
            + 'does. Look at the CPU of both.',
        other: '{count} workers hear late from their store: they hang, or the '
            + 'store does. Look at the CPU of both.',
    },
    'stat.failing': {
        one: 'The site gave no answer to a question just now. Look at its '
            + 'error log, and at that of nginx.',
        other: 'The site gave no answer to {count} questions just now. Look at '
            + 'its error log, and at that of nginx.',
    },
    'stat.refuses': 'The server answers {status}: you may not see the status. '
        + 'Let this address, or a password, into the location of '
        + 'chat_status; trying again.',
    'stat.missing': 'There is no status at {address}. Write chat_status into a '
        + 'location of that name, or name the right one in the head of '
        + 'status.html; trying again.',
    'stat.fails': 'The server answers {status}. Look at its error log; trying '
        + 'again.',
    'stat.strange': 'What answers at {address} is not the status as JSON. '
        + 'Write chat_status there without \u201cprometheus\u201d; trying '
        + 'again.',
    'stat.silent': 'The server does not answer. The numbers are old; trying '
        + 'again.',

    /* cards */
    'stat.connections': 'Connections',
    'stat.store': 'Store',
    'stat.store.ready': 'Ready',
    'stat.store.connecting': 'Connecting',
    'stat.store.degraded': 'Takes no messages',
    'stat.store.away': 'Away',
    'stat.store.of': 'in {ready} of {all} workers, {span} late',
    'stat.published': 'Messages stored',
    'stat.delivered': 'Frames to clients',
    'stat.storing': 'Time to store',
    'stat.delivering': 'Time to deliver',
    'stat.fanning': 'Time to write to all',
    'stat.joined': 'Joins',
    'stat.resumed': 'Back with all: {whole}, with a hole: {hole}; gaps '
        + 'healed: {healed}',
    'stat.api': 'HTTP API',
    'stat.api.of': '{count} in all, 4xx: {wrong}, 5xx: {failed}',
    'stat.users': 'users in them: {count}',
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
    'stat.each.stored': 'Stored',
    'stat.each.sent': 'Frames',
    'stat.each.written': 'Written in',
    'stat.each.waiting': 'Waiting',
    'stat.lag': 'Late by',
    'stat.transports': 'Connections by transport',
    'stat.by.websocket': 'WebSocket',
    'stat.by.sse': 'Server-sent events',
    'stat.by.longpoll': 'Long polls',
    'stat.by.raw': 'of them in raw rooms',
    'stat.by.tls': 'of them by TLS',
    'stat.by.kept': 'of them with chat_detach off',
    'stat.hooks': 'Questions to the site',
    'stat.unasked': 'It has not been asked anything.',
    'stat.hook': 'About',
    'stat.hook.join': 'Joins',
    'stat.hook.publish': 'Messages',
    'stat.hook.event': 'Events',
    'stat.hook.asked': 'Asked',
    'stat.hook.denied': 'Refused',
    'stat.hook.failed': 'Failed',
    'stat.hook.open': 'Open',
    'stat.hook.time': '99 in 100',
    'stat.trouble': 'Refusals and lost connections',
    'stat.calm': 'None so far.',
    'stat.of.command': 'Command refused: {code}',
    'stat.of.handshake': 'Handshake refused: {code}',
    'stat.of.close': 'Connection closed: {code}',
    'stat.memory': 'Memory of rooms and users',
    'stat.used': '{used} of {all}',
    'stat.holds': 'Rooms: {rooms}, users: {users}, rooms forgotten: {evicted}',
});
