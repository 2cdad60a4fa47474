
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The page of the server's status. */

export const status = /** @type {const} */ ({
    'stat': '聊天服务状态',
    'stat.now': '当前',

    /* the sentence on top */
    'stat.asking': '正在询问服务器…',
    'stat.fine': '一切正常：{count} 个工作进程在运行。',
    'stat.drains': '{count} 个旧工作进程正把客户端转到新进程。',
    'stat.slow': '刚刚关闭了 {count} 个客户端，因为它们读取太慢。',
    'stat.away': '{count} 个工作进程失去了存储。请查看错误日志；如果使用 Redis，'
        + '也请检查 Redis。',
    'stat.refuses': '服务器返回 {status}。请允许此地址访问 chat_status 的 '
        + 'location；正在重试。',
    'stat.silent': '服务器没有应答。显示的数字是旧的；正在重试。',

    /* cards */
    'stat.connections': '连接',
    'stat.published': '已存储的消息',
    'stat.delivered': '发给客户端的帧',
    'stat.storing': '存储用时',
    'stat.delivering': '送达用时',
    'stat.fanning': '全部写出用时',
    'stat.refused': '已拒绝',
    'stat.queue': '等待读取',
    'stat.none': '–',
    'stat.per.second': '{size}/秒',
    'stat.in.all': '共 {count}',
    'stat.half': '99% 的用时；一半 {span}',
    'stat.members.of': '{members} 个在房间中，{tls} 个使用 TLS',
    'stat.slow.all': '{count} 个因读取太慢被关闭',

    /* tables */
    'stat.workers': '工作进程',
    'stat.pid': '进程',
    'stat.state': '状态',
    'stat.age': '运行时间',
    'stat.rooms': '房间',
    'stat.members': '在房间中',
    'stat.running': '运行中',
    'stat.draining': '正在退出',
    'stat.trouble': '拒绝与断开的连接',
    'stat.calm': '目前没有。',
    'stat.of.command': '命令被拒绝：{code}',
    'stat.of.handshake': '握手被拒绝：{code}',
    'stat.of.close': '连接关闭：{code}',
    'stat.memory': '房间与用户的内存',
    'stat.used': '{used} / {all}',
    'stat.holds': '{rooms} 个房间，{users} 个用户，已遗忘 {evicted} 个房间',
});
