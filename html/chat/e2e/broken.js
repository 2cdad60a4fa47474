
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is wrong with a message that cannot be shown. */

/**
 * clear     it is not encrypted, in a room where all is
 * scheme    another way of encryption
 * form      its bytes make no sense
 * key       there is no key of its epoch here
 * forged    it is not what its sender has sealed: another key, sender, room,
 *           id, or other bytes
 * sender    its sender has another name for those who wrote it
 * replayed  it was there before, at another place
 * old       sealed with a key that was replaced before
 * text      what was sealed is no text that may be shown
 * here      this browser or page has no encryption
 *
 * @typedef {'clear'|'scheme'|'form'|'key'|'forged'|'sender'|'replayed'|'old'
 *     |'text'|'here'} Reason
 */

/** @type {Readonly<Record<Reason, string>>} */
const SAY = Object.freeze({
    clear: 'This message is not encrypted.',
    scheme: 'This message is encrypted in a way that is not known here.',
    form: 'This message is damaged.',
    key: 'There is no key here that opens this message.',
    forged: 'This message was altered, or sealed with another key.',
    sender: 'This message is shown under a name that is not its sender\'s.',
    replayed: 'This message was repeated by somebody else than its sender.',
    old: 'This message was sealed with a key that was replaced.',
    text: 'This message holds something that may not be shown.',
    here: 'Encryption is not available here; open the page by https.',
});


export class Broken extends Error {

    /** @param {Reason} reason */
    constructor(reason) {
        super(SAY[reason]);

        this.name = 'Broken';
        this.reason = reason;
    }
}
