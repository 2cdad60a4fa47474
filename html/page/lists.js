
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The two lists at the sides: rooms and members. */

import { button, find, make } from '../chat/ui/dom.js';
import { t, words } from '../chat/ui/language.js';
import { roleWords } from './moderation.js';
import { avatar } from '../chat/ui/people.js';
import { padlock } from './secret.js';
import { isSecret, shownName } from './secrets.js';

const MANY = 99;                        /* unread; more are not told */
const GUEST = 'guest-';                 /* begins the id of a guest */
const ROLES = ['owner', 'moderator', 'member'];

/* what the lists show */
let roomsShown = '';
let membersShown = '';

/** @typedef {import('./talk.js').Talk} Talk */
/** @typedef {import('../chat/index.js').Room} Room */


/**
 * @param {Talk[]} talks
 * @param {Talk | null} current
 * @param {{open: (name: string) => void, leave: (name: string) => void}} on
 */
export function showRooms(talks, current, on) {
    const list = find('rooms', HTMLElement);
    const focus = focused(list);
    const looks = JSON.stringify([current?.room.name, ...talks.map((talk) =>
        [talk.room.name, talk.unread, talk.mentions])]);

    if (looks === roomsShown) {
        return;                         /* a click may be under way */
    }

    roomsShown = looks;

    list.replaceChildren(...talks.map((talk) => {
        const { name } = talk.room;
        const here = talk === current;
        const open = button('', 'enter', () => on.open(name));
        const leave = button('\u00d7', 'leave', () => on.leave(name));

        open.append(make('span', { class: 'hash', 'aria-hidden': 'true' },
                         isSecret(name) ? padlock() : '#'),
                    make('bdi', { class: 'name' }, shownName(name)));
        open.dataset.key = `open ${name}`;
        leave.dataset.key = `leave ${name}`;
        leave.title = t('rooms.leave', { room: name });
        leave.setAttribute('aria-label', leave.title);

        if (here) {
            open.setAttribute('aria-current', 'true');
        }

        if (talk.unread > 0) {
            open.append(...badge(talk));
        }

        return make('li', { class: here ? 'here' : '' }, open, leave);
    }));

    refocus(list, focus);
}


/**
 * @param {Talk} talk
 * @returns {HTMLElement[]} seen, and told
 */
function badge({ unread, mentions }) {
    const count = unread > MANY ? `${words.number(MANY)}+`
                                : words.number(unread);

    return [
        make('span', { class: 'badge', 'aria-hidden': 'true' },
             mentions > 0 ? `@ ${count}` : count),
        make('span', { class: 'unseen' }, words.join(
            t('rooms.unread', { count: unread }), mentions > 0
                ? t('rooms.mentions', { count: mentions }) : '')),
    ];
}



/**
 * @param {Room | null} room
 * @param {string | undefined} me  id
 * @param {{roleOf: (id: string) => string}} known
 */
export function showMembers(room, me, known) {
    const roleOf = (/** @type {string} */ id) => id === me
        ? room?.rights.role ?? 'none' : known.roleOf(id);
    const users = (room?.users ?? [])
        .map((user) => ({ ...user, role: roleOf(user.id) }))
        .sort((a, b) => Number(b.id === me) - Number(a.id === me)
                        || rank(a.role) - rank(b.role)
                        || a.name.localeCompare(b.name));
    const more = (room?.count ?? 0) - users.length;
    const hint = find('members-more', HTMLElement);
    const list = find('members', HTMLElement);
    const looks = JSON.stringify([me, users]);

    find('count', HTMLElement).textContent
        = words.number(room?.count ?? 0);
    hint.hidden = more <= 0;
    hint.textContent = t(users.length === 0 ? 'members.count'
                                            : 'members.more',
                         { count: more });

    if (looks !== membersShown) {
        const focus = focused(list);

        membersShown = looks;
        list.replaceChildren(...users.map((user) => member(user, me)));
        refocus(list, focus);
    }
}


/**
 * @param {{id: string, name: string, role: string}} user
 * @param {string | undefined} me
 * @returns {HTMLElement}
 */
function member(user, me) {
    const item = button('', 'person', () => {});
    const tags = [
        user.id === me ? t('members.you') : '',
        ROLES.includes(user.role) ? roleWords(user.role)
            : user.id.startsWith(GUEST) && user.id !== me ? t('role.guest')
            : '',
    ].filter((each) => each !== '');

    item.dataset.key = `member ${user.id}`;
    item.dataset.user = user.id;
    item.setAttribute('aria-haspopup', 'menu');
    item.append(avatar(user), make('span', { class: 'who' },
        make('span', { class: 'name' }, make('bdi', {}, user.name)),
        ...tags.map((each) => make('span', { class: 'tag' }, each))));
    return make('li', {}, item);
}


/** @param {string} role */
function rank(role) {
    const at = ROLES.indexOf(role);

    return at === -1 ? ROLES.length : at;
}


/**
 * @param {HTMLElement} list
 * @returns {string | undefined}
 */
function focused(list) {
    const element = document.activeElement;

    return element instanceof HTMLElement && list.contains(element)
           ? element.dataset.key : undefined;
}


/**
 * @param {HTMLElement} list
 * @param {string | undefined} key
 */
function refocus(list, key) {
    for (const element of list.querySelectorAll('button')) {
        if (key !== undefined && element.dataset.key === key) {
            element.focus();
        }
    }
}
