
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The conversation. */

export const talk = /** @type {const} */ ({
    'typing.one': '{name}正在输入…',
    'typing.two': '{names}正在输入…',
    'typing.many': '多人正在输入…',

    'sending': '正在发送…',
    'sending.offline': '正在等待连接…',
    'sending.store': '等待中：聊天存储暂不可用。',
    'sending.error': '等待中。{error}',
    'sending.failed': '未发送。{error}',
});
