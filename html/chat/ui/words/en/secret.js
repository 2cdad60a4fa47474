
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Encrypted rooms. */

export const secret = /** @type {const} */ ({

    /* what stands in place of a message */
    'broken.clear': 'This message is not encrypted, as everything here has to '
        + 'be. It is not shown.',
    'broken.scheme': 'This message is encrypted in a way that this page does '
        + 'not know. Reload the page.',
    'broken.form': 'This message is damaged and cannot be shown.',
    'broken.key': 'This message was sealed with a key that you do not have.',
    'broken.forged': 'This message was altered, or sealed with another key '
        + 'than yours. It is not shown.',
    'broken.sender': 'This message came under a name that its sender did not '
        + 'use. It is not shown.',
    'broken.replayed': 'An older message was repeated here, and not by its '
        + 'sender. It is not shown.',
    'broken.old': 'This message was sealed with a key that was replaced. '
        + 'Somebody who was removed may have written it.',
    'broken.text': 'This message holds something that may not be shown.',
    'broken.here': 'Encryption is not available here. Open this page by '
        + 'https to read this message.',
    'broken.missing': {
        one: 'A message of {name} is missing here: it was held back on its '
            + 'way, or withdrawn before it was sent.',
        other: '{count} messages of {name} are missing here: they were held '
            + 'back on their way, or withdrawn before they were sent.',
    },

    /* why something was not sent, or cannot be written */
    'error.not_sealed': 'It could not be encrypted, and was not sent. Open '
        + 'the room with its link or passphrase.',
    'write.key': 'This room is encrypted. Press the lock above, and open it '
        + 'with its link or passphrase.',
    'write.here': 'Encryption is not available here. Open this page by https '
        + 'to write in this room.',

    /* making and opening a room */
    'secret.new': 'New encrypted room',
    'secret.new.hint': 'Only those who have its link or passphrase can read '
        + 'what is said there.',
    'secret.new.do': 'Create room',
    'secret.name': 'Name of the room (everybody can see it)',
    'secret.way': 'How others get in',
    'secret.way.link': 'By a secret link (recommended)',
    'secret.way.words': 'By a passphrase',
    'secret.words': 'Passphrase',
    'secret.words.hint': 'At least {count} characters. The server can try '
        + 'passphrases without anybody noticing: take six random words or '
        + 'more, or a secret link instead.',
    'secret.words.short': 'The passphrase is too short. Take {count} '
        + 'characters or more.',
    'secret.words.wrong': 'That is neither a link nor a passphrase of {count} '
        + 'characters or more. Ask a member for it again.',
    'secret.exists': 'You have that room already.',
    'secret.unlock': 'Open \u201c{room}\u201d',
    'secret.unlock.hint': 'This room is encrypted. Ask its members for the '
        + 'link or the passphrase. What you type here is not sent.',
    'secret.unlock.field': 'Link or passphrase',
    'secret.unlock.do': 'Open',
    'secret.damaged': 'This link is damaged. Ask for it again.',
    'secret.unkept': 'This browser does not keep the key. Keep the link or '
        + 'the passphrase: you will need it after a reload.',
    'secret.here': 'Encryption is not available here. Open this page by '
        + 'https.',
    'secret.other': 'Use another key?',
    'secret.other.hint': 'You have another key for \u201c{room}\u201d. If a '
        + 'member sent you this link because there is a new key, use it. If '
        + 'you are not sure, ask that member first, in another way: whoever '
        + 'made this link reads what you write from now on.',
    'secret.other.do': 'Use the key of this link',

    /* the link */
    'secret.link': 'Secret link',
    'secret.link.title': 'Link to \u201c{room}\u201d',
    'secret.link.hint': 'Whoever has this link can read all messages under '
        + 'this key, and write. Send it in a way that you trust, and keep it: '
        + 'it is shown only now. The browser that opens it may keep it in its '
        + 'history.',
    'secret.link.copy': 'Copy link',
    'secret.link.uncopied': 'Copy it from the field.',

    /* the lock */
    'secret.menu': 'Encryption\u2026',
    'secret.lock': 'Encrypted. What does this protect from?',
    'secret.locked': 'Encrypted, and there is no key here. Open this room.',
    'secret.about': 'Encryption of \u201c{room}\u201d',
    'secret.print': 'Fingerprint of the key',
    'secret.print.hint': 'Compare it with the others, on the phone or face to '
        + 'face. If it is the same, you have the same key.',
    'secret.does': 'What this protects from',
    'secret.does.1': 'The server and its store carry only ciphertext for this '
        + 'room. The server cannot read or alter a message without detection, '
        + 'as long as the page\u2019s code is honest and the link stayed '
        + 'secret.',
    'secret.not': 'What it does not protect from',
    'secret.not.1': 'The server sees who writes, when, in which room, and '
        + 'about how much.',
    'secret.not.2': 'The server can drop, delay and reorder messages. You see '
        + 'when one is missing, as soon as the same person writes again. A '
        + 'page just opened cannot know of a message that was repeated from a '
        + 'time that it has not seen.',
    'secret.not.3': 'The server delivers this page. A malicious server could '
        + 'deliver bad code. Whoever fears that opens the page from elsewhere.',
    'secret.not.4': 'Whoever has the link or the passphrase reads everything '
        + 'under this key, from the past too. If a key gets out, nothing heals '
        + 'until there is a new key.',
    'secret.not.5': 'Members can pose as each other, if the server helps them.',
    'secret.not.6': 'Search on the server, moderation of what is said and '
        + 'previews in notifications do not work.',

    /* a new key */
    'secret.removed': '{name} still has the key of this room. Press the lock '
        + 'above and make a new key for those who stay.',
    'secret.renew': 'New key\u2026',
    'secret.renew.title': 'Make a new key?',
    'secret.renew.hint': 'Do this when somebody was removed, or the link got '
        + 'out. You get a new link: send it to those who stay. Without it '
        + 'they cannot read what is written from now on. Whoever has the old '
        + 'link can still read what was written before.',
    'secret.renew.do': 'Make a new key',
    'secret.forget': 'Forget the key\u2026',
    'secret.forget.title': 'Forget the key on this device?',
    'secret.forget.hint': 'This browser cannot read the room any more until '
        + 'you open its link or type its passphrase again.',
    'secret.forget.do': 'Forget',
    'secret.unforgotten': 'This browser may still have the key. Clear this '
        + 'site\u2019s data in the settings of the browser.',
});
