
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

    'talk.hole': '这里可能缺少一些消息。',
    'talk.reset.epoch': '房间已重新开始；之前的内容已不存在。',
    'talk.reset.gone': '您离开了很久；部分消息已不存在。',
});
