
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is typed after a slash, as a command to be done. */

/**
 * The latest first, of those who left.
 *
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {boolean} [gone]  not here any more
 */

/**
 * user    whom it is about, and [for] how long; then a reason
 * value   a number of seconds, a role, how to lock
 * room    a room's name
 * text    the rest
 *
 * @typedef {'user'|'for'|'reason'|'seconds'|'role'|'lock'|'room'|'text'} Slot
 */

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string | null} right  of rights.can, null for everybody
 * @property {readonly Slot[]} slots
 * @property {boolean} [asks]  that it is done has to be confirmed
 */

/**
 * @typedef {object} Order  a command that can be done
 * @property {string} name
 * @property {Person} [user]
 * @property {number} [seconds]  without it there is no end
 * @property {string | number} [value]
 * @property {string} [reason]
 */

/** @typedef {{key: import('./language.js').Key, params: object}} Mistake */

/** @type {readonly Command[]} */
export const COMMANDS = Object.freeze(/** @type {Command[]} */ ([
    { name: 'help', right: null, slots: [] },
    { name: 'join', right: null, slots: ['room'] },
    { name: 'leave', right: null, slots: [] },
    { name: 'name', right: null, slots: ['text'] },
    { name: 'mute', right: 'mute', slots: ['user', 'for', 'reason'] },
    { name: 'unmute', right: 'mute', slots: ['user'] },
    { name: 'kick', right: 'kick', slots: ['user', 'reason'] },
    { name: 'ban', right: 'ban', slots: ['user', 'for', 'reason'],
      asks: true },
    { name: 'unban', right: 'ban', slots: ['user'] },
    { name: 'role', right: 'role', slots: ['user', 'role'] },
    { name: 'slow', right: 'slow', slots: ['seconds'] },
    { name: 'lock', right: 'lock', slots: ['lock'] },
    { name: 'unlock', right: 'lock', slots: [] },
    { name: 'log', right: 'ban', slots: [] },
]));

export const ROLES = Object.freeze(['owner', 'moderator', 'member', 'none']);
export const LOCKS = Object.freeze(['write', 'members']);
export const SLOWEST = 86_400;          /* s */
export const REASON_MOST = 200;         /* bytes */

/* of who is let in again, or may write again, nobody needs to be here */
const ABSENT = new Set(['unban', 'unmute']);

const UNITS = new Map([['', 1], ['s', 1], ['m', 60], ['h', 3600],
                       ['d', 86_400], ['w', 604_800]]);

const FOR_MOST = 10 * 366 * 86_400;     /* s */


/**
 * @param {string} text
 * @returns {boolean} "//" begins a message that begins with a slash
 */
export function isCommand(text) {
    return /^\/[a-z]*(\s|$)/i.test(text);
}


/**
 * @param {string} text
 * @returns {string} the message that is meant
 */
export function unslashed(text) {
    return text.startsWith('//') ? text.slice(1) : text;
}


/**
 * @param {string} text  10, 10s, 10m, 2h, 1d, 1w, 1h30m
 * @returns {number | null} seconds
 */
export function duration(text) {
    if (!/^(\d{1,9}[smhdw]?)+$/i.test(text)) {
        return null;
    }

    let sum = 0;

    for (const [, number, unit] of text.matchAll(/(\d+)([a-z]?)/gi)) {
        sum += Number(number) * (UNITS.get(unit.toLowerCase()) ?? 1);
    }

    return sum > 0 && sum <= FOR_MOST ? sum : null;
}


/**
 * @param {string} text
 * @param {readonly string[]} can   as in rights
 * @param {readonly Person[]} people  who may be meant
 * @returns {{order: Order} | {mistake: Mistake}}
 */
export function parse(text, can, people) {
    const [, word, rest] = /^\/(\S*)\s*([^]*)$/.exec(text.trim())
                           ?? ['', '', ''];
    const command = COMMANDS.find(({ name }) => name === word.toLowerCase());

    if (command === undefined) {
        return mistake('command.error.unknown', { command: word });
    }

    const { name, right, slots } = command;

    if (right !== null && !can.includes(right)) {
        return mistake('command.error.right', { command: name });
    }

    /** @type {Order} */
    const order = { name };
    let left = rest.trim();

    for (const slot of slots) {
        const taken = take(slot, left, order, people);

        if (typeof taken !== 'string') {
            return { mistake: taken };
        }

        left = taken;
    }

    return left === '' ? { order }
        : mistake('command.error.more', { command: name, text: left });
}


/**
 * One slot is filled; its text is taken off.
 *
 * @param {Slot} slot
 * @param {string} text
 * @param {Order} order
 * @param {readonly Person[]} people
 * @returns {string | Mistake} what is left
 */
function take(slot, text, order, people) {
    const [, word, rest] = /^(\S*)\s*([^]*)$/.exec(text) ?? ['', '', ''];
    const { name } = order;

    switch (slot) {

    case 'user':
        return takeUser(text, order, people);

    case 'for': {
        const seconds = duration(word);

        if (seconds === null) {
            return text;
        }

        order.seconds = seconds;
        return rest;
    }

    case 'reason':
        if (text !== '') {
            order.reason = text;
        }

        return new TextEncoder().encode(text).length <= REASON_MOST ? ''
               : fault('command.error.reason', {});

    case 'seconds': {
        const seconds = /^(off|0s?)$/i.test(word) ? 0 : duration(word);

        order.value = seconds ?? undefined;
        return seconds !== null && seconds <= SLOWEST ? rest
               : fault('command.error.seconds', {});
    }

    case 'role':
        return takeWord(word, ROLES, rest, order)
               ?? fault('command.error.role', { roles: ROLES.join(', ') });

    case 'lock':
        return takeWord(word || LOCKS[0], LOCKS, rest, order)
               ?? fault('command.error.lock', { locks: LOCKS.join(', ') });

    default:
        order.value = text;
        return text !== '' ? '' : fault('command.error.less',
                                        { command: name });
    }
}


/**
 * @param {string} word
 * @param {readonly string[]} words
 * @param {string} rest
 * @param {Order} order
 * @returns {string | null}
 */
function takeWord(word, words, rest, order) {
    order.value = word.toLowerCase();
    return words.includes(order.value) ? rest : null;
}


/**
 * The longest name, or id, that the text begins with: names have spaces.
 *
 * @param {string} text
 * @param {Order} order
 * @param {readonly Person[]} people
 * @returns {string | Mistake}
 */
function takeUser(text, order, people) {
    const wanted = text.replace(/^@/, '');

    if (wanted === '') {
        return fault('command.error.less', { command: order.name });
    }

    const [word] = wanted.split(/\s/);
    const { found, length } = whoIs(wanted, pools(order.name, people));
    const [user] = found;

    if (user !== undefined && (found.length === 1 || user.gone === true)) {
        order.user = { id: user.id, name: user.name };
        return wanted.slice(length).trim();
    }

    if (user !== undefined) {
        return fault('command.error.several',
                     { name: wanted.slice(0, length) });
    }

    if (ABSENT.has(order.name)) {
        order.user = { id: word, name: word };
        return wanted.slice(word.length).trim();
    }

    return fault('command.error.nobody', { name: word });
}


/**
 * Who is here is meant before who has left; but who is let in again has left.
 *
 * @param {string} command
 * @param {readonly Person[]} people
 * @returns {Person[][]}
 */
function pools(command, people) {
    const both = [people.filter(({ gone }) => gone !== true),
                  people.filter(({ gone }) => gone === true)];

    return command === 'unban' ? both.reverse() : both;
}


/**
 * @param {string} text
 * @param {Person[][]} groups  the first with somebody of that name counts
 * @returns {{found: Person[], length: number}}
 */
function whoIs(text, groups) {
    for (const group of groups) {
        const length = Math.max(0, ...group.flatMap(({ id, name }) =>
            [id, name].filter((each) => begins(text, each))
                .map((each) => each.length)));

        if (length > 0) {
            return { length, found: group.filter(({ id, name }) =>
                [id, name].some((each) => each.length === length
                                          && begins(text, each))) };
        }
    }

    return { found: [], length: 0 };
}


/**
 * @param {string} text
 * @param {string} name
 * @returns {boolean} whether the name stands there, as whole words
 */
function begins(text, name) {
    return name !== '' && fold(text.slice(0, name.length)) === fold(name)
           && /^(\s|$)/.test(text.slice(name.length));
}


/** @param {string} text */
function fold(text) {
    return text.normalize('NFC').toLowerCase();
}


/**
 * What may be typed next.
 *
 * @param {string} text  up to the caret
 * @param {readonly string[]} can
 * @param {readonly Person[]} people
 * @returns {{from: number, items: {text: string, command?: Command}[],
 *     command?: Command}}  items stand in place of what begins at "from"
 */
export function complete(text, can, people) {
    const none = { from: text.length, items: [] };
    const word = /^\/([a-z]*)$/i.exec(text);

    if (word !== null) {
        return { from: 0, items: offered(can)
            .filter(({ name }) => name.startsWith(word[1].toLowerCase()))
            .map((command) => ({ text: `/${command.name} `, command })) };
    }

    const first = /^\/([a-z]+)\s+/i.exec(text);
    const command = offered(can).find(({ name }) =>
        name === first?.[1].toLowerCase());

    if (first === null || command === undefined) {
        return mentioned(text, people) ?? none;
    }

    const from = first[0].length;
    const typed = text.slice(from);
    const person = people.find(({ name }) => begins(typed, name)
                                             && typed.length > name.length);

    switch (person === undefined ? command.slots[0] : command.slots[1]) {

    case 'user':
        return { from, command, items: matching(typed,
            pools(command.name, people)[0]) };

    case 'role':
        return { from: from + (person?.name.length ?? 0) + 1, command,
                 items: listed(typed.slice((person?.name.length ?? 0) + 1),
                               ROLES) };

    case 'lock':
        return { from, command, items: listed(typed, LOCKS) };

    default:
        return { ...none, command };
    }
}


/**
 * @param {string} text
 * @param {readonly Person[]} people
 */
function mentioned(text, people) {
    const at = /(?:^|\s)@([^\s@]{0,32})$/.exec(text);

    if (at === null) {
        return null;
    }

    return { from: text.length - at[1].length - 1,
             items: matching(at[1], pools('', people)[0])
                 .map(({ text: name }) => ({ text: `@${name}` })) };
}


/**
 * @param {string} typed
 * @param {readonly Person[]} people
 */
function matching(typed, people) {
    const start = fold(typed.replace(/^@/, ''));
    const names = people.map(({ name }) => name)
        .filter((name) => fold(name).startsWith(start));

    return [...new Set(names)].slice(0, 8)
        .map((name) => ({ text: `${name} ` }));
}


/**
 * @param {string} typed
 * @param {readonly string[]} words
 */
function listed(typed, words) {
    return words.filter((each) => each.startsWith(typed.toLowerCase())
                                  && each !== typed)
        .map((each) => ({ text: each }));
}


/**
 * @param {readonly string[]} can
 * @returns {Command[]}
 */
export function offered(can) {
    return COMMANDS.filter(({ right }) => right === null
                                          || can.includes(right));
}


/**
 * @param {import('./language.js').Key} key
 * @param {object} params
 * @returns {Mistake}
 */
function fault(key, params) {
    return { key, params };
}


/**
 * @param {import('./language.js').Key} key
 * @param {object} params
 */
function mistake(key, params) {
    return { mistake: fault(key, params) };
}
