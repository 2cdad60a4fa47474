
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is around the conversation. */

export const shell = /** @type {const} */ ({
    'title': '{room} - Chat',
    'title.unread': '({count}) {room} - Chat',
    'skip': 'Skip to the message box',
    'close': 'Close',
    'cancel': 'Cancel',

    /* the connection */
    'state.online': 'Connected',
    'state.connecting': 'Connecting\u2026',
    'state.joining': 'Entering\u2026',
    'state.waiting': 'Reconnecting in {span}',
    'state.offline': 'Not connected',
    'state.store': 'Store away',
    'say.online': 'Connected.',
    'say.waiting': 'Reconnecting in {span}.',
    'say.reconnecting': 'Reconnecting.',
    'say.offline': 'Not connected. Connect to go on.',
    'say.network': 'This device has no network.',
    'say.store': 'The chat store is away. Messages cannot be sent right now; '
        + 'trying again.',
    'say.way.sse': 'This network blocks WebSockets. Messages travel by HTTP '
        + 'streams and may be slower.',
    'say.way.poll': 'This network blocks WebSockets and holds streams back. '
        + 'Messages are asked for again and again, may be slower, and others '
        + 'do not see you here.',
    'say.again': 'Trying to enter again.',
    'say.outside': 'You are not in #{room}.',
    'do.connect': 'Connect',
    'do.use': 'Use it here',
    'do.now': 'Try now',
    'do.again': 'Try again',

    /* rooms */
    'rooms': 'Rooms',
    'rooms.close': 'Close the list of rooms',
    'rooms.add': 'Join or open a room',
    'rooms.name': 'room name',
    'rooms.join': 'Join',
    'rooms.wrong': 'A room\u2019s name has 1 to 64 letters, digits and '
        + '. _ ~ -, and begins with a letter or digit.',
    'rooms.leave': 'Leave {room}',
    'rooms.unread': { one: '{count} unread', other: '{count} unread' },
    'rooms.mentions': { one: 'one of them mentions you',
        other: '{count} of them mention you' },

    /* members */
    'members': 'Members',
    'members.close': 'Close the list of members',
    'members.count': { one: '{count} member', other: '{count} members' },
    'members.more': { one: 'and {count} more', other: 'and {count} more' },
    'members.you': 'you',

    /* oneself */
    'me.rename': 'Change name',
    'ask.title': 'What is your name?',
    'ask.hint': 'The others in the room will see it. It is kept in this '
        + 'browser.',
    'ask.label': 'Your name',
    'ask.start': 'Start chatting',
    'ask.empty': 'Write a name.',
    'ask.long': { one: 'A name has at most {count} character.',
        other: 'A name has at most {count} characters.' },
    'ask.bad': 'The name has characters that cannot be used. Choose another '
        + 'one.',

    /* writing */
    'message': 'Message',
    'message.write': 'Write a message',
    'message.send': 'Send',
});
