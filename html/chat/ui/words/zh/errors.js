
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Why something did not work, and what to do about it. */

export const errors = /** @type {const} */ ({

    /* an answer's code, or why a room was left */
    'error.bad_request': '服务器无法理解此页面的请求。请刷新页面；'
        + '如果仍不行，请告知网站管理员。',
    'error.unknown_op': '服务器不支持此操作。请刷新页面；'
        + '如果仍不行，请告知网站管理员。',
    'error.unauthorized': '您尚未登录。请登录后刷新页面。',
    'error.token_expired': '登录已过期。请重新登录，然后刷新页面。',
    'error.forbidden': '您在这里没有此权限。请联系房间的管理员。',
    'error.banned': '您已被禁止进入此房间。如有异议，请联系房间的管理员。',
    'error.muted': '您已被禁言，只能阅读。如有异议，请联系管理员。',
    'error.locked': '房间已锁定，只有管理员可以发言。请等待解锁。',
    'error.not_member': '您不在此房间中。请先进入房间。',
    'error.not_found': '内容已不存在。请选择其他内容。',
    'error.room_full': '房间已满。请稍后再试，或选择其他房间。',
    'error.too_many_rooms': '您加入的房间过多。请先退出一个房间。',
    'error.epoch_changed': '房间已重新开始。请滚动到底部继续阅读。',
    'error.gone': '这些消息已不再保存。请从现存最早的消息开始阅读。',
    'error.too_large': '内容过长。请缩短后再试。',
    'error.cid_reused': '服务器将其当作了另一条消息。请重新发送。',
    'error.invalid_text': '其中有无法发送的字符。请删除后重新发送。',
    'error.invalid_name': '此名称不可用。请换一个名称。',
    'error.rejected': '网站未接受此消息。请修改后重新发送。',
    'error.slow_mode': '房间处于慢速模式。请稍等片刻再发言。',
    'error.rate_limited': '操作太快了。请稍等片刻再试。',
    'error.internal': '服务器出错。请稍后再试。',
    'error.unavailable': '聊天存储暂不可用。请稍后再试。',
    'error.unsupported': '此操作需要 WebSocket，而此网络不允许。'
        + '请换一个网络再试。',
    'error.offline': '没有连接。请在连接恢复后再试。',
    'error.unknown': '没有收到答复。请查看操作是否已完成，然后再试。',
    'error.expired': '五分钟内未得到确认。请重新发送，或放弃此消息。',
    'error.discarded': '消息已放弃。如需发送，请重新输入。',
    'error.elsewhere': '此消息由另一个标签页发送。请到那里查看。',
    'error.kicked': '管理员已将您移出此房间。您可以再次进入。',
    'error.closed': '此房间仅限成员。请联系管理员将您设为成员。',
    'error.denied': '您不能进入此房间。请选择其他房间。',

    /* what an error adds */
    'error.wait': '请等待{span}。',
    'error.until': '将于{time}结束。',

    /* a connection's close code */
    'close.1000': '连接已关闭。请重新连接。',
    'close.1001': '服务器已离开。',
    'close.1002': '服务器无法理解此页面的请求。请刷新页面；'
        + '如果仍不行，请告知网站管理员。',
    'close.1003': '服务器不接受此类数据。请刷新页面；'
        + '如果仍不行，请告知网站管理员。',
    'close.1006': '连接已断开。',
    'close.1007': '服务器无法读取发送的内容。请刷新页面；'
        + '如果仍不行，请告知网站管理员。',
    'close.1008': '发送的内容超出了服务器的限制。',
    'close.1009': '有一条消息超出了服务器的大小限制。',
    'close.1011': '服务器出错。',
    'close.1012': '服务器正在重启。',
    'close.1013': '服务器繁忙。',
    'close.4000': '此页面的版本比服务器旧。请刷新页面。',
    'close.4001': '您已退出登录。请登录后重新连接。',
    'close.4003': '您不能在这里聊天。如有异议，请联系网站管理员。',
    'close.4004': '登录超时。请登录后重新连接。',
    'close.4005': '您已被退出登录。请登录后重新连接。',
    'close.4006': '您已被此网站封禁。如有异议，请联系网站管理员。',
    'close.4007': '聊天已在更新的标签页或窗口中继续。'
        + '请到那里使用，或改在这里使用。',
    'close.4100': '服务器已满。',
    'close.4101': '此连接太慢。',
    'close.4102': '短时间内发送过多。请放慢速度。',
    'close.4103': '聊天存储暂不可用。',
    'close.4200': '服务器正在重启。',
    'close.4201': '服务器没有收到此页面的回应。',
    'close.4202': '服务器要求重新开始。',
    'close.4203': '登录已过期。请登录后重新连接。',
    'close.other': '连接已关闭（{code}）。',

    /* a handshake that was refused, by its status */
    'refused.400': '此名称不可用。请换一个名称。',
    'refused.401': '您尚未登录。请登录后重新连接。',
    'refused.403': '您不能在这里聊天。如有异议，请联系网站管理员。',
    'refused.404': '此地址没有聊天服务。请告知网站管理员。',
    'refused.429': '打开的连接过多。请关闭此聊天的其他标签页。',
    'refused.502': '聊天服务器暂时离线。',
    'refused.503': '聊天服务器繁忙。',
    'refused.504': '聊天服务器暂时离线。',
});
