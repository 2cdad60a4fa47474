
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What was said, and where one writes. */

export const log = /** @type {const} */ ({
    'log': 'Messages in {room}',
    'log.entering': 'Entering\u2026',
    'log.empty': 'Nothing new here yet. Say hello!',
    'log.loading': 'Loading\u2026',
    'log.older': 'Older messages',
    'log.gone': 'Older messages are gone.',
    'log.start': 'This is the beginning of #{room}.',
    'log.fresh': 'New messages',
    'log.today': 'Today',
    'log.yesterday': 'Yesterday',
    'log.latest': 'Jump to the latest messages',
    'log.unread': { one: '{count} new message', other: '{count} new messages' },

    /* one message */
    'row.you': 'You',
    'row.mention': 'mentions you',
    'row.sent': 'Sent',
    'row.sending': 'Sending\u2026',
    'row.failed': 'Not sent.',
    'row.retry': 'Send again',
    'row.edit': 'Edit',
    'row.discard': 'Discard',
    'row.broken': 'This message is damaged and cannot be shown.',
    'row.edited': '(edited)',
    'row.deleted': 'This message was deleted.',
    'row.unknown': 'This message cannot be shown here.',

    /* writing */
    'write.left': { one: '{count} character left',
        other: '{count} characters left' },
    'write.over': { one: '{count} character too many',
        other: '{count} characters too many' },
    'write.long': 'This is too long. Make it shorter, or send it in parts.',
    'write.out': 'You are not in this room, so nothing can be sent.',
    'write.slow': 'Slow mode: you can send again in {span}.',
    'write.muted': 'You are muted. You can write again in {span}.',
    'write.muted.ever': 'You are muted in this room. Ask a moderator if you '
        + 'think this is wrong.',
    'write.locked': 'Only moderators can write here now.',
    'write.not': 'You can read here, but not write.',
    'write.again': 'You can write again.',

    /* emoji */
    'emoji': 'Insert an emoji',
    'emoji.recent': 'Used recently',
    'emoji.smileys': 'Smileys',
    'emoji.people': 'People and gestures',
    'emoji.nature': 'Animals and nature',
    'emoji.food': 'Food and drink',
    'emoji.things': 'Activities and things',
    'emoji.signs': 'Hearts and signs',
});
