
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The conversation. */

export const talk = /** @type {const} */ ({
    'typing.one': '{name} is typing\u2026',
    'typing.two': '{names} are typing\u2026',
    'typing.many': 'Several people are typing\u2026',

    'sending': 'Sending\u2026',
    'sending.offline': 'Waiting for the connection\u2026',
    'sending.store': 'Waiting: the chat store is away.',
    'sending.error': 'Waiting. {error}',
    'sending.failed': 'Not sent. {error}',

    'talk.hole': 'Messages may be missing here.',
    'talk.reset.epoch': 'The room began anew; what was said before is gone.',
    'talk.reset.gone': 'You were away for long; some messages are gone.',
});
