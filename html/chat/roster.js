
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who is in a room. */

/** @typedef {{id: string, name: string}} Person */


export class Roster {

    /** @type {Map<string, Person>} */
    #users = new Map();

    #count = 0;

    /** The last event had users, not only their number. */
    #listed = false;

    /** @returns {Person[]} */
    get users() {
        return [...this.#users.values()];
    }

    /** Members, which may be more than users: large rooms list none. */
    get count() {
        return Math.max(this.#count, this.#users.size);
    }

    /** Do the users not add up to their number? */
    get wrong() {
        return this.#listed && this.#users.size !== this.#count;
    }

    /**
     * @param {any} users
     * @param {any} count
     * @returns {object} what is new, as an event
     */
    reset(users, count) {
        this.#users = new Map(people(users).map((each) => [each.id, each]));
        this.#count = count ?? 0;
        this.#listed = false;
        return this.#event(this.users, []);
    }

    /**
     * @param {any} frame  the event "presence"
     * @returns {object} what is new, as an event
     */
    change(frame) {
        const join = people(frame.join);
        const leave = Array.isArray(frame.leave) ? frame.leave : [];

        for (const each of join) {
            this.#users.set(each.id, each);
        }

        for (const id of leave) {
            this.#users.delete(id);
        }

        this.#count = frame.count ?? this.#users.size;
        this.#listed = Array.isArray(frame.join);
        return this.#event(join, leave);
    }

    clear() {
        this.#users.clear();
        this.#count = 0;
    }

    /**
     * @param {Person[]} join
     * @param {string[]} leave
     */
    #event(join, leave) {
        return { users: this.users, count: this.count, join, leave };
    }
}


/**
 * @param {any} list
 * @returns {Person[]} what of it can be shown
 */
export function people(list) {
    if (!Array.isArray(list)) {
        return [];
    }

    return list.filter((each) => typeof each?.id === 'string')
        .map(({ id, name }) => ({ id, name: String(name ?? id) }));
}
