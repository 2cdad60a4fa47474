
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What only a room within another page says. */

export const embed = /** @type {const} */ ({
    'embed': 'Chat: {room}',
    'embed.name': 'Your name here:',
    'embed.save': 'Save',
    'embed.empty': 'Nothing new here yet.',
    'embed.hole': 'Messages may be missing here.',
    'embed.anew': 'The room began anew; what was said before is gone.',
    'embed.away': 'You were away for long; some messages are gone.',
    'embed.room': 'This chat has no room, or one whose name cannot be. Tell '
        + 'who runs this site.',
    'embed.url': 'The address of this chat is wrong. Tell who runs this site.',
});
