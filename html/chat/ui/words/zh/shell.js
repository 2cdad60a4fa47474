
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is around the conversation. */

export const shell = /** @type {const} */ ({
    'title': '{room} - 聊天',
    'title.unread': '({count}) {room} - 聊天',
    'skip': '跳到消息输入框',
    'close': '关闭',
    'cancel': '取消',

    /* the connection */
    'state.online': '已连接',
    'state.connecting': '正在连接…',
    'state.joining': '正在进入…',
    'state.waiting': '{span}后重新连接',
    'state.offline': '未连接',
    'state.store': '存储不可用',
    'say.online': '已连接。',
    'say.waiting': '{span}后重新连接。',
    'say.reconnecting': '正在重新连接。',
    'say.offline': '未连接。请重新连接。',
    'say.network': '此设备没有网络。',
    'say.store': '聊天存储暂不可用，现在无法发送消息；正在重试。',
    'say.way.sse': '此网络阻止了 WebSocket。消息改由 HTTP 流传输，'
        + '可能会慢一些。',
    'say.way.poll': '此网络阻止了 WebSocket，也不让 HTTP 流及时通过。'
        + '页面会反复询问新消息，可能会慢一些，别人也看不到您在这里。',
    'say.again': '正在尝试重新进入。',
    'say.outside': '您不在 #{room} 中。',
    'do.connect': '连接',
    'do.use': '在这里使用',
    'do.now': '立即重试',
    'do.again': '重试',

    /* rooms */
    'rooms': '房间',
    'rooms.close': '关闭房间列表',
    'rooms.add': '加入或新建房间',
    'rooms.name': '房间名称',
    'rooms.join': '加入',
    'rooms.wrong': '房间名称为 1 到 64 个字母、数字或 . _ ~ -，'
        + '并以字母或数字开头。',
    'rooms.leave': '退出 {room}',
    'rooms.unread': { other: '{count} 条未读' },
    'rooms.mentions': { other: '其中 {count} 条提及了您' },

    /* members */
    'members': '成员',
    'members.close': '关闭成员列表',
    'members.count': { other: '{count} 名成员' },
    'members.more': { other: '以及另外 {count} 人' },
    'members.you': '您',

    /* oneself */
    'me.rename': '修改名称',
    'ask.title': '您叫什么名字？',
    'ask.hint': '房间里的其他人会看到它。它保存在此浏览器中。',
    'ask.label': '您的名字',
    'ask.start': '开始聊天',
    'ask.empty': '请输入名字。',
    'ask.long': { other: '名字最多 {count} 个字符。' },
    'ask.bad': '名字中有不能使用的字符。请换一个。',

    /* writing */
    'message': '消息',
    'message.write': '输入消息',
    'message.send': '发送',
});
