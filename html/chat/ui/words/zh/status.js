
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
    'stat.degraded': '{count} 个工作进程的 Redis 不接受消息。请检查它的内存和磁盘；'
        + '错误日志里有原因。',
    'stat.late': '{count} 个工作进程迟迟收不到存储的消息：它们或存储停滞了。'
        + '请查看两者的 CPU。',
    'stat.failing': '网站刚刚有 {count} 次询问没有回答。请查看网站和 nginx 的错误日志。',
    'stat.refuses': '服务器返回 {status}：您不能查看状态。请在 chat_status 的 '
        + 'location 中允许此地址或密码；正在重试。',
    'stat.missing': '{address} 没有状态。请在该 location 中写入 chat_status，或在 '
        + 'status.html 的头部写明正确的地址；正在重试。',
    'stat.fails': '服务器返回 {status}。请查看它的错误日志；正在重试。',
    'stat.strange': '{address} 的应答不是 JSON 格式的状态。请在那里写 chat_status，'
        + '不带 prometheus；正在重试。',
    'stat.silent': '服务器没有应答。显示的数字是旧的；正在重试。',

    /* cards */
    'stat.connections': '连接',
    'stat.store': '存储',
    'stat.store.ready': '就绪',
    'stat.store.connecting': '正在连接',
    'stat.store.degraded': '不接受消息',
    'stat.store.away': '不可用',
    'stat.store.of': '{all} 个工作进程中 {ready} 个就绪，延迟 {span}',
    'stat.published': '已存储的消息',
    'stat.delivered': '发给客户端的帧',
    'stat.storing': '存储用时',
    'stat.delivering': '送达用时',
    'stat.fanning': '全部写出用时',
    'stat.joined': '加入',
    'stat.resumed': '完整恢复：{whole}，有缺口：{hole}；已补缺口：{healed}',
    'stat.api': 'HTTP API',
    'stat.api.of': '共 {count}，4xx：{wrong}，5xx：{failed}',
    'stat.users': '其中的用户：{count}',
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
    'stat.each.stored': '已存储',
    'stat.each.sent': '帧',
    'stat.each.written': '写出用时',
    'stat.each.waiting': '待读取',
    'stat.lag': '延迟',
    'stat.transports': '按传输方式的连接',
    'stat.by.websocket': 'WebSocket',
    'stat.by.sse': '服务器推送事件（SSE）',
    'stat.by.longpoll': '长轮询',
    'stat.by.raw': '其中在 raw 房间',
    'stat.by.tls': '其中使用 TLS',
    'stat.by.kept': '其中 chat_detach off',
    'stat.hooks': '对网站的询问',
    'stat.unasked': '还没有询问过网站。',
    'stat.hook': '关于',
    'stat.hook.join': '加入',
    'stat.hook.publish': '消息',
    'stat.hook.event': '事件',
    'stat.hook.asked': '已询问',
    'stat.hook.denied': '拒绝',
    'stat.hook.failed': '失败',
    'stat.hook.open': '等待中',
    'stat.hook.time': '99% 的用时',
    'stat.trouble': '拒绝与断开的连接',
    'stat.calm': '目前没有。',
    'stat.of.command': '命令被拒绝：{code}',
    'stat.of.handshake': '握手被拒绝：{code}',
    'stat.of.close': '连接关闭：{code}',
    'stat.memory': '房间与用户的内存',
    'stat.used': '{used} / {all}',
    'stat.holds': '{rooms} 个房间，{users} 个用户，已遗忘 {evicted} 个房间',
});
