
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Emoji to choose from, as the platform draws them. */

/** @type {readonly {key: string, sign: string, list: readonly string[]}[]} */
export const EMOJI = Object.freeze([
    { key: 'smileys', sign: '😀', list: split(`
😀 😃 😄 😁 😆 😅 😂 🤣 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😋 😛 😜 🤪 🤗 🤭 🤫
🤔 🤐 🤨 😐 😑 😶 😏 😒 🙄 😬 😌 😔 😪 😴 😷 🤒 🤕 🤢 🤧 🥵 🥶 😵 🤯 🤠
🥳 😎 🤓 🧐 😕 😟 🙁 😮 😲 😳 🥺 😨 😰 😢 😭 😱 😞 😓 😩 😤 😡 🤬 😈 💀
🤡 👻 👽 🤖`) },
    { key: 'people', sign: '👋', list: split(`
👋 🤚 ✋ 🖖 👌 ✌️ 🤞 🤟 🤘 🤙 👈 👉 👆 👇 👍 👎 ✊ 👊 👏 🙌 👐 🤲 🤝 🙏
✍️ 💪 👀 👂 🧠 👶 🧒 👦 👧 🧑 👩 👨 🧓 🙋 🤦 🤷 🙇 💁 🙅 🙆 🧑‍💻 🧑‍🏫 🧑‍🍳 🧑‍🚀
🏃 💃 🕺 👫 👪`) },
    { key: 'nature', sign: '🐱', list: split(`
🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🦉 🦄 🐝 🦋 🐌 🐞
🐢 🐍 🐙 🐬 🐳 🦈 🌵 🌲 🌳 🌴 🍀 🍁 🍄 🌹 🌻 🌸 🌍 🌙 ⭐ 🌈 ☀️ ⛅ 🌧️ ❄️
🔥 💧 🌊`) },
    { key: 'food', sign: '🍕', list: split(`
🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓 🍒 🍑 🥝 🍅 🥑 🌽 🥕 🍞 🥐 🥨 🧀 🥚 🍳 🥞 🍔 🍟
🍕 🌭 🥪 🌮 🥗 🍝 🍜 🍣 🥟 🍚 🍦 🍩 🍪 🎂 🍰 🍫 🍿 ☕ 🍵 🥛 🍺 🍷 🥂 🍹`) },
    { key: 'things', sign: '⚽', list: split(`
⚽ 🏀 🎾 🏓 🏆 🎯 🎲 🎮 🎨 🎵 🎸 🎬 🎁 🎈 🎉 🎊 🚗 🚲 🚂 ✈️ 🚀 🏠 🏢 🏖️
⌚ 📱 💻 🖥️ 📷 💡 🔍 🔒 🔑 🔧 📌 📎 ✂️ 📅 📈 📚 📝 ✉️ 📦 💰 💊 🧪 🛒 ⏰`) },
    { key: 'signs', sign: '❤️', list: split(`
❤️ 🧡 💛 💚 💙 💜 🖤 🤍 🤎 💔 💕 💖 💯 💢 💥 💤 ✅ ❌ ❗ ❓ ⚠️ ⛔ ♻️ ➕
➖ ➡️ ⬅️ ⬆️ ⬇️ 🔴 🟠 🟡 🟢 🔵 🟣 ⚫ ⚪ 🔔 🔕 💬 🏁 🏳️‍🌈`) },
]);

/** @type {Readonly<Record<string, string>>} */
const CODES = Object.freeze({
    'smile': '😄', 'grin': '😁', 'joy': '😂', 'rofl': '🤣', 'wink': '😉',
    'blush': '😊', 'heart_eyes': '😍', 'kiss': '😘', 'yum': '😋',
    'thinking': '🤔', 'neutral': '😐', 'smirk': '😏', 'rolling_eyes': '🙄',
    'sleeping': '😴', 'sunglasses': '😎', 'confused': '😕', 'cry': '😢',
    'sob': '😭', 'scream': '😱', 'angry': '😡', 'party': '🥳',
    'shrug': '🤷', 'facepalm': '🤦', 'wave': '👋', 'ok_hand': '👌',
    '+1': '👍', 'thumbsup': '👍', '-1': '👎', 'thumbsdown': '👎',
    'clap': '👏', 'pray': '🙏', 'muscle': '💪', 'eyes': '👀',
    'heart': '❤️', 'broken_heart': '💔', '100': '💯', 'fire': '🔥',
    'star': '⭐', 'tada': '🎉', 'rocket': '🚀', 'bulb': '💡',
    'bug': '🐞', 'coffee': '☕', 'beer': '🍺', 'cake': '🎂',
    'pizza': '🍕', 'check': '✅', 'x': '❌', 'warning': '⚠️',
});


/**
 * @param {string} text  up to where one writes
 * @returns {{emoji: string, length: number} | null} what its end means
 */
export function expand(text) {
    const found = /(?<![\p{L}\p{N}:]):([a-z0-9_+-]{1,16}):$/u.exec(text);
    const code = found?.[1] ?? '';

    return found !== null && Object.hasOwn(CODES, code)
           ? { emoji: CODES[code], length: found[0].length } : null;
}


/**
 * @param {string} list
 * @returns {readonly string[]}
 */
function split(list) {
    return Object.freeze(list.trim().split(/\s+/));
}
