
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What only a room within another page says. */

export const embed = /** @type {const} */ ({
    'embed': '聊天：{room}',
    'embed.name': '您在这里的名字：',
    'embed.save': '保存',
    'embed.empty': '这里还没有新消息。',
    'embed.hole': '这里可能缺少消息。',
    'embed.anew': '房间已重新开始，之前的内容已不存在。',
    'embed.away': '您离开的时间较长，部分消息已不存在。',
    'embed.room': '此聊天没有房间，或房间名称无效。请联系网站管理员。',
    'embed.url': '此聊天的地址有误。请联系网站管理员。',
});
