
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A room in any page:
 *
 * <script type="module" src="/chat/embed.js"></script>
 * <chat-room room="lobby"></chat-room>
 */

import { ChatRoom } from './embed/element.js';

export { ChatRoom };

if (customElements.get('chat-room') === undefined) {
    customElements.define('chat-room', ChatRoom);
}
