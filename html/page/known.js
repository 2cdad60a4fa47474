
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who was met in a room: who is there, who spoke, who has which role. */

const MOST = 2000;                      /* who is remembered, a room */

/** @typedef {import('../chat/index.js').Room} Room */
/** @typedef {import('./commands.js').Person} Person */


export class Known {

    /** @type {Room} */
    #room;

    /** @type {Map<string, Person>} who came or spoke, the latest last */
    #met = new Map();

    /** @type {Map<string, string>} by id, as of their last message */
    #roles = new Map();

    /** @param {Room} room */
    constructor(room) {
        this.#room = room;
        room.on('presence', ({ join }) =>
            join.forEach((/** @type {Person} */ each) => this.#meet(each)));
        room.on('message', ({ from }) => this.#heard(from));
    }

    /** @returns {Person[]} who is there first */
    get people() {
        const here = [...this.#room.users].sort((a, b) =>
            a.name.localeCompare(b.name));
        const ids = new Set(here.map(({ id }) => id));

        return [...here, ...[...this.#met.values()].reverse()
            .filter(({ id }) => !ids.has(id))
            .map((each) => ({ ...each, gone: true }))];
    }

    /** @param {string} id */
    nameOf(id) {
        return this.people.find((each) => each.id === id)?.name ?? id;
    }

    /** @param {string} id */
    roleOf(id) {
        return this.#roles.get(id) ?? 'none';
    }

    /**
     * @param {string} id
     * @param {string} role  that was given just now
     */
    setRole(id, role) {
        this.#roles.set(id, role);
    }

    /** @param {any} from  of a message */
    #heard(from) {
        if (typeof from?.id === 'string') {
            this.#meet({ id: from.id, name: String(from.name ?? from.id) });
            this.#roles.set(from.id, String(from.role ?? 'none'));
        }
    }

    /** @param {Person} person */
    #meet(person) {
        this.#met.delete(person.id);
        this.#met.set(person.id, person);

        if (this.#met.size > MOST) {
            const [oldest] = this.#met.keys();

            this.#met.delete(oldest);
            this.#roles.delete(oldest);
        }
    }
}
