
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Encrypted rooms. */

export const secret = /** @type {const} */ ({

    /* what stands in place of a message */
    'broken.clear': '此消息未加密，而这里的一切都必须加密，因此不予显示。',
    'broken.scheme': '此消息的加密方式本页面无法识别。请重新加载页面。',
    'broken.form': '此消息已损坏，无法显示。',
    'broken.key': '此消息所用的密钥你没有。',
    'broken.forged': '此消息被篡改，或使用了与你不同的密钥，因此不予显示。',
    'broken.sender': '此消息所示的名字并非发送者所用，因此不予显示。',
    'broken.replayed': '此处重复了一条旧消息，且并非发送者所为，因此不予显示。',
    'broken.old': '此消息使用了已被更换的密钥，可能是被移出的人所写。',
    'broken.text': '此消息含有不允许显示的内容。',
    'broken.here': '此处无法使用加密。请通过 https 打开本页面以阅读此消息。',
    'broken.missing': '此处缺少 {name} 的 {count} 条消息：途中被扣留，或在发送前被撤回。',

    /* why something was not sent, or cannot be written */
    'error.not_sealed': '无法加密，因此没有发送。请用链接或口令打开房间。',
    'write.key': '此房间已加密。请点击上方的锁，用链接或口令打开。',
    'write.here': '此处无法使用加密。请通过 https 打开本页面后再发言。',

    /* making and opening a room */
    'secret.new': '新建加密房间',
    'secret.new.hint': '只有拥有链接或口令的人才能阅读其中的内容。',
    'secret.new.do': '创建房间',
    'secret.name': '房间名称（所有人可见）',
    'secret.way': '其他人如何进入',
    'secret.way.link': '通过秘密链接（推荐）',
    'secret.way.words': '通过口令',
    'secret.words': '口令',
    'secret.words.hint': '至少 {count} 个字符。服务器可以在无人察觉的情况下'
        + '猜测口令：请使用六个以上的随机词语，或改用秘密链接。',
    'secret.words.short': '口令太短。请至少使用 {count} 个字符。',
    'secret.words.wrong': '这既不是链接，也不是至少 {count} 个字符的口令。请重新向成员索取。',
    'secret.exists': '你已有这个房间。',
    'secret.unlock': '打开“{room}”',
    'secret.unlock.hint': '此房间已加密。请向成员索取链接或口令。'
        + '你在此输入的内容不会被发送。',
    'secret.unlock.field': '链接或口令',
    'secret.unlock.do': '打开',
    'secret.damaged': '此链接已损坏。请重新索取。',
    'secret.unkept': '此浏览器无法保存密钥。请保留链接或口令，'
        + '重新加载后还会用到。',
    'secret.here': '此处无法使用加密。请通过 https 打开本页面。',
    'secret.other': '使用另一个密钥？',
    'secret.other.hint': '你已有“{room}”的另一个密钥。如果是成员因更换密钥'
        + '而发来此链接，请使用它。如不确定，请先通过其他途径询问对方：'
        + '制作此链接的人将能读到你今后所写的内容。',
    'secret.other.do': '使用此链接的密钥',

    /* the link */
    'secret.link': '秘密链接',
    'secret.link.title': '“{room}”的链接',
    'secret.link.hint': '拥有此链接的人可以阅读该密钥下的所有消息，也可以发言。'
        + '请通过可信的途径发送，并妥善保存：它只显示这一次。'
        + '打开它的浏览器可能会在历史记录中保留它。',
    'secret.link.copy': '复制链接',
    'secret.link.uncopied': '请从输入框中复制。',

    /* the lock */
    'secret.menu': '加密…',
    'secret.lock': '已加密。它能防范什么？',
    'secret.locked': '已加密，但此处没有密钥。打开此房间。',
    'secret.about': '“{room}”的加密',
    'secret.print': '密钥指纹',
    'secret.print.hint': '请通过电话或当面与其他人核对。如果相同，'
        + '你们的密钥就相同。',
    'secret.does': '它能防范什么',
    'secret.does.1': '对于此房间，服务器及其存储只保存和传递密文。'
        + '只要页面代码可信且链接未泄露，服务器就无法读取消息，'
        + '也无法在不被发现的情况下篡改消息。',
    'secret.not': '它不能防范什么',
    'secret.not.1': '服务器能看到谁在何时、在哪个房间发言，以及大致的长度。',
    'secret.not.2': '服务器可以丢弃、延迟或打乱消息。缺少消息时，'
        + '等同一人再次发言，你就会看到提示。刚打开的页面无法发现重放自更早时间的消息。',
    'secret.not.3': '本页面由服务器提供。恶意的服务器可以提供恶意代码。'
        + '如有此顾虑，请从别处打开页面。',
    'secret.not.4': '拥有链接或口令的人可以阅读该密钥下的一切，包括过去的内容。'
        + '密钥一旦泄露，在更换新密钥之前无法补救。',
    'secret.not.5': '在服务器的协助下，成员可以冒充彼此。',
    'secret.not.6': '服务器端搜索、内容审核以及通知预览均不可用。',

    /* a new key */
    'secret.removed': '{name} 仍持有此房间的密钥。请点击上方的锁，'
        + '为留下的人更换新密钥。',
    'secret.renew': '更换密钥…',
    'secret.renew.title': '更换新密钥？',
    'secret.renew.hint': '有人被移出或链接泄露时，请更换密钥。你会得到新的链接：'
        + '请发给留下的人，否则他们无法阅读今后的内容。'
        + '拥有旧链接的人仍可阅读之前的内容。',
    'secret.renew.do': '更换密钥',
    'secret.forget': '忘记密钥…',
    'secret.forget.title': '在此设备上忘记密钥？',
    'secret.forget.hint': '在重新打开链接或输入口令之前，'
        + '此浏览器将无法再阅读该房间。',
    'secret.forget.do': '忘记',
    'secret.unforgotten': '此浏览器可能仍保存着密钥。请在浏览器设置中清除本网站的数据。',
});
