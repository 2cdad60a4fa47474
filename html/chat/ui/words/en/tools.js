
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Menus, settings, commands, moderation, help. */

export const tools = /** @type {const} */ ({

    /* roles */
    'role.owner': 'owner',
    'role.moderator': 'moderator',
    'role.member': 'member',
    'role.none': 'none',
    'role.guest': 'guest',

    /* menus */
    'menu.room': 'Room menu',
    'menu.person': 'What to do about {name}',
    'menu.link': 'Copy link to this room',
    'menu.copied': 'The link is in the clipboard.',
    'menu.uncopied': 'The browser does not let this page copy. Copy the '
        + 'address of this page instead.',
    'menu.leave': 'Leave room',
    'menu.message': 'What to do about this message',
    'menu.edit': 'Edit\u2026',
    'menu.delete': 'Delete\u2026',
    'menu.mention': 'Mention',
    'menu.mute': 'Mute\u2026',
    'menu.unmute': 'Let write again',
    'menu.kick': 'Remove from room\u2026',
    'menu.ban': 'Ban from room\u2026',
    'menu.role': 'Change role\u2026',
    'menu.slow': 'Slow mode\u2026',
    'menu.lock': 'Who may write\u2026',
    'menu.log': 'Moderation log',

    /* moderation */
    'change.edit.title': 'Edit message',
    'change.edit.text': 'Message',
    'change.edit.do': 'Save',
    'change.delete.title': 'Delete message?',
    'change.delete.hint': 'Nobody will be able to read it any more.',
    'change.delete.do': 'Delete',
    'act.mute.title': 'Mute {name}?',
    'act.mute.hint': 'They may read, but not write in this room.',
    'act.mute.do': 'Mute',
    'act.kick.title': 'Remove {name}?',
    'act.kick.hint': 'They leave this room, and may come back at once.',
    'act.kick.do': 'Remove',
    'act.ban.title': 'Ban {name}?',
    'act.ban.hint': 'They leave this room, and cannot come back.',
    'act.ban.do': 'Ban',
    'act.role.title': 'Role of {name}',
    'act.role.hint': 'Moderators remove, mute and ban people. Owners also '
        + 'give and take roles.',
    'act.role.do': 'Change role',
    'act.slow.title': 'Slow mode',
    'act.slow.hint': 'Everybody but moderators waits between two messages.',
    'act.slow.do': 'Apply',
    'act.lock.title': 'Who may write',
    'act.lock.hint': 'Moderators may always write.',
    'act.lock.do': 'Apply',
    'act.for': 'For how long',
    'act.ever': 'Without an end',
    'act.reason': 'Reason (optional)',
    'act.role': 'Role',
    'act.wait': 'Time between two messages',
    'act.wait.none': 'No slow mode',
    'act.lock': 'Messages from',
    'lock.open': 'everybody',
    'lock.write': 'moderators only',
    'lock.members': 'members only, nobody else may enter',

    /* what has been done, in the room */
    'did.mute': 'You muted {name}.',
    'did.mute.until': 'You muted {name} until {time}.',
    'did.unmute': '{name} may write again.',
    'did.kick': 'You removed {name}.',
    'did.ban': 'You banned {name}.',
    'did.ban.until': 'You banned {name} until {time}.',
    'did.unban': '{name} may come in again.',
    'did.role': 'You gave {name} the role \u201c{role}\u201d.',
    'notice.slow': 'Slow mode: one message every {span}.',
    'notice.slow.off': 'Slow mode is over.',
    'notice.lock.open': 'The room is open: everybody may write.',
    'notice.lock.write': 'The room is locked: only moderators may write.',
    'notice.lock.members': 'The room is for its members only now.',
    'notice.role.owner': 'You are an owner of this room now.',
    'notice.role.moderator': 'You are a moderator of this room now.',
    'notice.role.member': 'You are a member of this room now.',
    'notice.role.none': 'You have no role in this room any more.',
    'notice.muted': 'You were muted. You may read, but not write.',
    'notice.muted.until': 'You were muted until {time}. You may read, but '
        + 'not write.',
    'notice.unmuted': 'You may write again.',

    /* the moderation log */
    'acts.title': 'Moderation log of {room}',
    'acts.empty': 'Nobody has moderated here yet.',
    'acts.delete': '{by} deleted a message of {user}.',
    'acts.kick': '{by} removed {user}.',
    'acts.ban': '{by} banned {user}.',
    'acts.ban.until': '{by} banned {user} until {until}.',
    'acts.unban': '{by} let {user} come in again.',
    'acts.mute': '{by} muted {user}.',
    'acts.mute.until': '{by} muted {user} until {until}.',
    'acts.unmute': '{by} let {user} write again.',
    'acts.role': '{by} gave {user} the role \u201c{value}\u201d.',
    'acts.slow': '{by} set slow mode to {span}.',
    'acts.slow.off': '{by} ended slow mode.',
    'acts.lock': '{by} changed who may write: {value}.',
    'acts.unlock': '{by} opened the room to everybody.',
    'acts.clear': '{by} deleted what had been said.',
    'acts.other': '{by}: {what} {user}',
    'acts.reason': 'Reason: {reason}',

    /* commands */
    'command.help': 'What can be typed and pressed',
    'command.join': 'Enter a room',
    'command.leave': 'Leave this room',
    'command.name': 'Change your name',
    'command.mute': 'Let somebody read only',
    'command.unmute': 'Let somebody write again',
    'command.kick': 'Remove somebody from the room',
    'command.ban': 'Remove somebody, and keep them out',
    'command.unban': 'Let somebody come in again',
    'command.role': 'Change somebody\u2019s role',
    'command.slow': 'Make people wait between two messages',
    'command.lock': 'Let only some people write',
    'command.unlock': 'Let everybody write again',
    'command.log': 'Who moderated what',
    'slot.user': 'name',
    'slot.for': '[10m, 2h, 1d]',
    'slot.reason': '[reason]',
    'slot.seconds': '10s, 1m or off',
    'slot.role': 'owner, moderator, member or none',
    'slot.lock': '[write or members]',
    'slot.room': 'room',
    'slot.text': 'new name',
    'command.list': 'Suggestions',
    'command.error.unknown': 'There is no command /{command}. Type /help to '
        + 'see them all, or // to begin a message with a slash.',
    'command.error.right': 'You may not use /{command} here. Ask a moderator '
        + 'of the room.',
    'command.error.less': 'Something is missing after /{command}. Type /help '
        + 'to see how it is used.',
    'command.error.more': '/{command} does not know what to do with '
        + '\u201c{text}\u201d. Remove it.',
    'command.error.nobody': 'Nobody here is called \u201c{name}\u201d. Look '
        + 'for the name in the list of members.',
    'command.error.several': 'Several people are called \u201c{name}\u201d. '
        + 'Choose one in the list of members.',
    'command.error.reason': 'The reason is too long. Make it shorter.',
    'command.error.seconds': 'Write how long to wait, as in /slow 10s or '
        + '/slow 1m, a day at most, or /slow off.',
    'command.error.role': 'Write one of these roles: {roles}.',
    'command.error.lock': 'Write one of these: {locks}.',
    'command.error.name': 'Your name comes from your login. Change it there.',

    /* settings */
    'settings': 'Settings',
    'settings.language': 'Language',
    'settings.auto': 'As the browser',
    'settings.theme': 'Appearance',
    'settings.theme.auto': 'As the device',
    'settings.theme.light': 'Light',
    'settings.theme.dark': 'Dark',
    'settings.sound': 'Sound for new messages',
    'settings.notify': 'Notifications',
    'settings.notify.off': 'Off',
    'settings.notify.mentions': 'When I am mentioned',
    'settings.notify.all': 'For each message',
    'settings.notify.hint': 'While this tab is not in view.',
    'settings.notify.denied': 'The browser blocks notifications of this '
        + 'site. Allow them in the browser\u2019s settings, then choose '
        + 'again.',
    'settings.notify.none': 'This browser has no notifications.',
    'settings.kept': 'These choices are kept in this browser.',

    /* notifications */
    'notify.title': '{name} in {room}',
    'notify.mentioned': '{name} mentioned you in {room}.',

    /* help */
    'help': 'Help',
    'help.keys': 'Keyboard',
    'help.commands': 'Commands',
    'key.send': 'Send',
    'key.line': 'New line',
    'key.rooms': 'Previous or next room',
    'key.unread': 'Next room with unread messages',
    'key.join': 'Enter a room',
    'key.regions': 'Next part of the page',
    'key.menu': 'Menu of a member or a message',
    'key.settings': 'Settings',
    'key.help': 'This help',
    'key.escape': 'Close, or back to the message',
});
