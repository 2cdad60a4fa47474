
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Moderation, from menus and commands: asked for, done, and told. */

import { COMMANDS, LOCKS, REASON_MOST, ROLES } from './commands.js';
import { choice, line, openDialog } from './dialog.js';
import { make } from '../chat/ui/dom.js';
import { t, words } from '../chat/ui/language.js';
import { actWords, LAST } from './notices.js';
import { errorWords } from '../chat/ui/words.js';

const SPANS = Object.freeze([600, 3600, 86_400, 604_800]);      /* s */
const SLOW = Object.freeze([0, 5, 10, 30, 60, 300, 900, 3600]); /* s */
const ACTS_MOST = 200;

/** What a dialog asks for, of each act that has one. */
const ASKS = Object.freeze(/** @type {const} */ ({
    mute: ['for', 'reason'],
    kick: ['reason'],
    ban: ['for', 'reason'],
    role: ['role'],
    slow: ['slow'],
    lock: ['lock'],
}));

/** @typedef {keyof typeof ASKS} Asked */
/** @typedef {import('../chat/index.js').Room} Room */
/** @typedef {import('./commands.js').Order} Order */
/** @typedef {import('./commands.js').Person} Person */
/** @typedef {import('./menu.js').Item} Item */

/**
 * @typedef {object} Surroundings
 * @property {(text: string) => void} slip  what went wrong
 * @property {(room: Room, text: string, order: Order) => void} note  what was
 *     done
 * @property {(room: Room, id: string) => string} nameOf
 * @property {(room: Room, id: string) => string} roleOf
 * @property {(room: Room, id: string, role: string) => void} setRole
 */


export class Moderation {

    /** @type {Surroundings} */
    #it;

    /** @param {Surroundings} it */
    constructor(it) {
        this.#it = it;
    }

    /**
     * @param {Room} room
     * @param {Person} user
     * @returns {Item[]} what may be done about somebody
     */
    personItems(room, user) {
        const { can } = room.rights;
        const ask = (/** @type {Asked} */ name) => () =>
            this.ask(room, { name, user });

        /** @type {[string, Item][]} */
        const items = [
            ['mute', { label: t('menu.mute'), fn: ask('mute') }],
            ['mute', { label: t('menu.unmute'), fn: () =>
                void this.run(room, { name: 'unmute', user }) }],
            ['role', { label: t('menu.role'), fn: ask('role') }],
            ['kick', { label: t('menu.kick'), fn: ask('kick') }],
            ['ban', { label: t('menu.ban'), fn: ask('ban'), danger: true }],
        ];

        return items.filter(([right]) => can.includes(right))
            .map(([, item]) => item);
    }

    /**
     * @param {Room} room
     * @returns {Item[]} what may be done about the room
     */
    roomItems(room) {
        const { can } = room.rights;

        /** @type {[string, Item][]} */
        const items = [
            ['slow', { label: t('menu.slow'), fn: () =>
                this.ask(room, { name: 'slow' }) }],
            ['lock', { label: t('menu.lock'), fn: () =>
                this.ask(room, { name: 'lock' }) }],
            ['ban', { label: t('menu.log'), fn: () =>
                void this.showLog(room) }],
        ];

        return items.filter(([right]) => can.includes(right))
            .map(([, item]) => item);
    }

    /**
     * A command was typed: some have to be confirmed.
     *
     * @param {Room} room
     * @param {Order} order
     */
    order(room, order) {
        const command = COMMANDS.find(({ name }) => name === order.name);

        if (order.name === 'log') {
            void this.showLog(room);

        } else if (command?.asks === true) {
            this.ask(room, order);

        } else {
            void this.run(room, order);
        }
    }

    /**
     * @param {Room} room
     * @param {Order} order  what is known already
     */
    ask(room, order) {
        const name = /** @type {Asked} */ (order.name);
        const fields = ASKS[name].map((slot) => this.#field(slot, room,
                                                            order));
        const hint = make('p', { class: 'hint' }, t(`act.${name}.hint`));

        openDialog({
            title: t(`act.${name}.title`, { name: order.user?.name ?? '' }),
            content: [hint, ...fields.map(({ field }) => field)],
            action: t(`act.${name}.do`),
            danger: name === 'ban',
            done: () => void this.run(room, fields.reduce((all, { read }) =>
                ({ ...all, ...read() }), order)),
        });
    }

    /**
     * @param {'for'|'reason'|'role'|'slow'|'lock'} slot
     * @param {Room} room
     * @param {Order} order
     * @returns {{field: HTMLElement, read: () => Partial<Order>}}
     */
    #field(slot, room, order) {
        switch (slot) {

        case 'for': {
            const { field, select } = choice(t('act.for'),
                [...spans(SPANS, order.seconds),
                 ['', t('act.ever')]],
                String(order.seconds ?? (order.name === 'ban' ? ''
                                                              : SPANS[0])));

            return { field, read: () => ({
                seconds: Number(select.value) || undefined }) };
        }

        case 'reason': {
            const { field, input } = line(t('act.reason'), REASON_MOST / 4);

            input.value = order.reason ?? '';
            return { field, read: () => ({
                reason: input.value.trim() || undefined }) };
        }

        case 'role': {
            const { field, select } = choice(t('act.role'),
                ROLES.filter((each) => room.rights.role === 'owner'
                                       || each === 'member'
                                       || each === 'none')
                    .map((each) => [each, roleWords(each)]),
                this.#it.roleOf(room, order.user?.id ?? ''));

            return { field, read: () => ({ value: select.value }) };
        }

        case 'slow': {
            const { slow } = room.rights;
            const { field, select } = choice(t('act.wait'),
                spans(SLOW, slow), String(slow));

            return { field, read: () => ({ value: Number(select.value) }) };
        }

        default: {
            const { field, select } = choice(t('act.lock'),
                ['open', ...LOCKS].map((each) => [each, lockWords(each)]),
                room.rights.lock);

            return { field, read: () => select.value === 'open'
                ? { name: 'unlock' } : { value: select.value } };
        }
        }
    }

    /**
     * @param {Room} room
     * @param {Order} order
     */
    async run(room, order) {
        const { name, user, seconds, value, reason } = order;

        try {
            const ok = await room.mod(name, {
                ...(user !== undefined && { user: user.id }),
                ...(seconds !== undefined && { for: seconds }),
                ...(value !== undefined && { value }),
                ...(reason !== undefined && { reason }),
            });

            const text = user === undefined ? ''
                : didWords(name, user.name, ok.until, String(value));

            if (text !== '') {
                this.#it.note(room, text, order);
            }

            if (name === 'role' && user !== undefined) {
                this.#it.setRole(room, user.id, String(value));
            }

        } catch (error) {
            this.#it.slip(errorWords(/** @type {any} */ (error)));
        }
    }

    /** @param {Room} room */
    async showLog(room) {
        /** @type {any[]} */
        let acts;

        try {
            ({ acts = [] } = await room.mod('log', { limit: ACTS_MOST }));

        } catch (error) {
            this.#it.slip(errorWords(/** @type {any} */ (error)));
            return;
        }

        const rows = acts.reverse().map((act) => make('li', {},
            make('time', { datetime: new Date(act.time).toISOString() },
                 words.date(act.time)),
            make('span', { dir: 'auto' }, actWords(act,
                (id) => this.#it.nameOf(room, id)))));

        openDialog({ title: t('acts.title', { room: room.name }),
            style: 'acts', content: rows.length === 0
                ? [make('p', { class: 'hint' }, t('acts.empty'))]
                : [make('ul', {}, ...rows)] });
    }
}


/**
 * @param {readonly number[]} seconds
 * @param {number | undefined} also
 * @returns {[string, string][]}
 */
function spans(seconds, also) {
    const all = also === undefined || seconds.includes(also) ? [...seconds]
                : [...seconds, also].sort((a, b) => a - b);

    return all.map((each) => [String(each), each === 0 ? t('act.wait.none')
                                                       : words.span(each)]);
}


/**
 * @param {string} name
 * @param {string} user
 * @param {number | undefined} until  ms UTC
 * @param {string} value
 * @returns {string}
 */
function didWords(name, user, until, value) {
    const ends = until !== undefined && until < LAST;
    const key = `did.${name}${ends ? '.until' : ''}`;

    return words.has(key) ? t(key, { name: user, role: roleWords(value),
        time: ends ? words.moment(until) : '' }) : '';
}


/** @param {string} role */
export function roleWords(role) {
    const key = `role.${role}`;

    return words.has(key) ? t(key) : role;
}


/** @param {string} lock */
function lockWords(lock) {
    const key = `lock.${lock}`;

    return words.has(key) ? t(key) : lock;
}
