
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What was said, and where one writes. */

export const log = /** @type {const} */ ({
    'log': '{room} 的消息',
    'log.entering': '正在进入…',
    'log.empty': '还没有新消息，打个招呼吧！',
    'log.loading': '正在加载…',
    'log.older': '更早的消息',
    'log.gone': '更早的消息已不再保留。',
    'log.start': '这里是 #{room} 的开头。',
    'log.fresh': '新消息',
    'log.today': '今天',
    'log.yesterday': '昨天',
    'log.latest': '跳到最新消息',
    'log.unread': '{count} 条新消息',

    /* one message */
    'row.you': '你',
    'row.mention': '提及了您',
    'row.sent': '已发送',
    'row.sending': '正在发送…',
    'row.failed': '未发送。',
    'row.retry': '重新发送',
    'row.edit': '编辑',
    'row.discard': '放弃',
    'row.broken': '此消息已损坏，无法显示。',
    'row.edited': '（已编辑）',
    'row.deleted': '此消息已被删除。',
    'row.unknown': '此消息无法在这里显示。',

    /* writing */
    'write.left': '还可输入 {count} 个字符',
    'write.over': '超出 {count} 个字符',
    'write.long': '消息太长。请缩短，或分几条发送。',
    'write.out': '你不在此房间，无法发送。',
    'write.slow': '慢速模式：{span}后可再次发送。',
    'write.muted': '你已被禁言，{span}后可以发言。',
    'write.muted.ever': '你在此房间已被禁言。如有疑问，请联系管理员。',
    'write.locked': '目前只有管理员可以发言。',
    'write.not': '你可以阅读，但不能发言。',
    'write.again': '现在可以发言了。',

    /* emoji */
    'emoji': '插入表情',
    'emoji.recent': '最近使用',
    'emoji.smileys': '笑脸',
    'emoji.people': '人物和手势',
    'emoji.nature': '动物和自然',
    'emoji.food': '食物和饮料',
    'emoji.things': '活动和物品',
    'emoji.signs': '爱心和符号',
});
