
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Why something did not work, and what to do about it. */

export const errors = /** @type {const} */ ({

    /* an answer's code, or why a room was left */
    'error.bad_request': 'The server did not understand this page. Reload it; '
        + 'if that does not help, tell who runs this site.',
    'error.unknown_op': 'The server cannot do this. Reload the page; if that '
        + 'does not help, tell who runs this site.',
    'error.unauthorized': 'Nobody is logged in. Log in, then reload the page.',
    'error.token_expired': 'Your login has expired. Log in again, then reload '
        + 'the page.',
    'error.forbidden': 'You may not do this here. Ask a moderator of the room.',
    'error.banned': 'You are banned from this room. Ask its moderators if you '
        + 'think this is wrong.',
    'error.muted': 'You may read here, but not write. Ask a moderator if you '
        + 'think this is wrong.',
    'error.locked': 'Only moderators may write here now. Wait until they '
        + 'unlock the room.',
    'error.not_member': 'You are not in this room. Enter it first.',
    'error.not_found': 'This is not there any more. Choose something else.',
    'error.room_full': 'The room is full. Try again later, or choose another '
        + 'room.',
    'error.too_many_rooms': 'You are in too many rooms. Leave one of them '
        + 'first.',
    'error.epoch_changed': 'The room began anew. Scroll to its end to read '
        + 'on.',
    'error.gone': 'These messages are not kept any more. Read on from the '
        + 'oldest that is here.',
    'error.too_large': 'This is too long. Make it shorter.',
    'error.cid_reused': 'The server took this for another message. Send it '
        + 'again.',
    'error.invalid_text': 'There is a character in it that cannot be sent. '
        + 'Remove it, then send it again.',
    'error.invalid_name': 'This name cannot be used here. Choose another one.',
    'error.rejected': 'The site does not take this message. Change it, then '
        + 'send it again.',
    'error.slow_mode': 'The room is in slow mode. Wait a moment before your '
        + 'next message.',
    'error.rate_limited': 'This was too fast. Wait a moment, then try again.',
    'error.internal': 'The server had an error. Try again in a moment.',
    'error.unavailable': 'The chat store is away. Try again in a moment.',
    'error.unsupported': 'This needs a WebSocket, and this network lets none '
        + 'through. Try again in another network.',
    'error.offline': 'There is no connection. Try again when it is back.',
    'error.unknown': 'No answer came. Look whether it was done, then try '
        + 'again.',
    'error.expired': 'Not confirmed for five minutes. Send it again, or '
        + 'discard it.',
    'error.discarded': 'The message was discarded. Write it anew if you want '
        + 'to send it.',
    'error.elsewhere': 'Another tab sends this message. Look there.',
    'error.kicked': 'A moderator removed you from this room. You may come '
        + 'back.',
    'error.closed': 'This room is for its members only. Ask a moderator to '
        + 'make you one.',
    'error.denied': 'You may not be in this room. Choose another one.',

    /* what an error adds */
    'error.wait': 'Wait {span}.',
    'error.until': 'This ends at {time}.',

    /* a connection's close code */
    'close.1000': 'The connection was closed. Connect again to go on.',
    'close.1001': 'The server went away.',
    'close.1002': 'The server did not understand this page. Reload it; if '
        + 'that does not help, tell who runs this site.',
    'close.1003': 'The server does not take such data. Reload the page; if '
        + 'that does not help, tell who runs this site.',
    'close.1006': 'The connection was lost.',
    'close.1007': 'The server could not read what was sent. Reload the page; '
        + 'if that does not help, tell who runs this site.',
    'close.1008': 'More was sent than the server allows.',
    'close.1009': 'A message was too large for the server.',
    'close.1011': 'The server had an error.',
    'close.1012': 'The server restarts.',
    'close.1013': 'The server is busy.',
    'close.4000': 'This page is older than the server. Reload it.',
    'close.4001': 'You are not logged in any more. Log in, then connect '
        + 'again.',
    'close.4003': 'You may not chat here. Ask who runs this site if you '
        + 'think this is wrong.',
    'close.4004': 'The login took too long. Log in, then connect again.',
    'close.4005': 'You were logged out. Log in, then connect again.',
    'close.4006': 'You are banned from this site. Ask who runs it if you '
        + 'think this is wrong.',
    'close.4007': 'The chat goes on in a newer tab or window. Use it there, '
        + 'or here.',
    'close.4100': 'The server is full.',
    'close.4101': 'This connection was too slow.',
    'close.4102': 'Too much was sent in a short time. Write more slowly.',
    'close.4103': 'The chat store is away.',
    'close.4200': 'The server restarts.',
    'close.4201': 'The server heard nothing from here.',
    'close.4202': 'The server asked to start afresh.',
    'close.4203': 'Your login has expired. Log in, then connect again.',
    'close.other': 'The connection was closed ({code}).',

    /* a handshake that was refused, by its status */
    'refused.400': 'This name cannot be used here. Choose another one.',
    'refused.401': 'Nobody is logged in. Log in, then connect again.',
    'refused.403': 'You may not chat here. Ask who runs this site if you '
        + 'think this is wrong.',
    'refused.404': 'There is no chat at this address. Tell who runs this '
        + 'site.',
    'refused.429': 'Too many connections were opened. Close other tabs of '
        + 'this chat.',
    'refused.502': 'The chat server is away.',
    'refused.503': 'The chat server is busy.',
    'refused.504': 'The chat server is away.',
});
