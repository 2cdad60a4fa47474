
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Requests to the API, and what their failures are in the protocol. */

export const CALL_WAIT = 12_000;        /* ms, less than for an answer */

/**
 * @typedef {object} Failure  as the "error" of an answer, or "lost"
 * @property {boolean} [lost]   the server was not reached
 * @property {string} [code]
 * @property {number} [status]
 * @property {string} [message]
 * @property {boolean} [temporary]
 * @property {number} [retry_after]
 * @property {number} [until]
 */

/**
 * @typedef {object} Asked
 * @property {object} [body]
 * @property {Record<string, string>} [headers]
 * @property {string} [token]  instead of the one in use
 * @property {number} [limit]  ms
 * @property {AbortController} [abort]
 */

/** @typedef {[string, string, Asked?]} Call  method, path, and the rest */

export const UNKNOWN = Object.freeze({ code: 'unknown', temporary: true,
    message: 'The connection broke.' });

/** Of what nginx itself, or who is in between, refuses with. */
const CODES = new Map([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [413, 'too_large'],
    [429, 'rate_limited'],
]);


export class Calls {

    #base;
    #it;

    /** @type {Set<AbortController>} */
    #running = new Set();

    /** Whether one connection carries many requests. */
    many = false;

    /**
     * @param {string} api
     * @param {{clock: import('../clock.js').Clock, name: string | null,
     *     token: () => string}} it  the name: a guest's wish
     */
    constructor(api, it) {
        this.#base = `${api.replace(/\/$/, '')}/v1`;
        this.#it = it;
    }

    /**
     * @param {string} method
     * @param {string} path
     * @param {Asked} [asked]
     * @returns {Promise<{ok: any, status: number}>} rejected with a Failure
     */
    async ask(method, path, { limit = CALL_WAIT, ...asked } = {}) {
        const { clock } = this.#it;
        const abort = asked.abort ?? new AbortController();
        const timer = clock.setTimeout(() => abort.abort(), limit);

        this.#running.add(abort);

        try {
            const answer = await this.open(method, path, { ...asked, abort });
            const text = await answer.text().catch(() => lost());

            return { ok: text === '' ? {} : parsed(text),
                     status: answer.status };
        } finally {
            clock.clearTimeout(timer);
            this.#running.delete(abort);
        }
    }

    /** @param {Call} call */
    run([method, path, asked]) {
        return this.ask(method, path, asked);
    }

    /**
     * @param {string} method
     * @param {string} path
     * @param {Asked & {abort: AbortController}} asked
     * @returns {Promise<any>} fetch's answer, whose body is still to come
     */
    async open(method, path, { body, headers, token = this.#it.token(),
                               abort })
    {
        const url = new URL(this.#base + path);

        if (this.#it.name) {
            url.searchParams.set('name', this.#it.name);
        }

        const answer = await fetch(url.href, {
            method, cache: 'no-store', signal: abort.signal,
            headers: {
                Accept: 'application/json, application/problem+json',
                ...(body && { 'Content-Type': 'application/json' }),
                ...(token && { Authorization: `Bearer ${token}` }),
                ...headers,
            },
            ...(body && { body: JSON.stringify(body) }),
        }).catch(() => lost());

        /** @type {any} */
        const [timing] = globalThis.performance
            ?.getEntriesByName?.(url.href) ?? [];

        this.many ||= /^h[23]/.test(timing?.nextHopProtocol ?? '');

        if (!answer.ok) {
            throw await failure(answer);
        }

        return answer;
    }

    /** Whatever is under way is given up. */
    stop() {
        this.#running.forEach((abort) => abort.abort());
        this.#running.clear();
    }
}


/**
 * @param {Failure} failure
 * @returns {object} the "error" of an answer
 */
export function problem({ lost: _, ...error }) {
    return error.code === undefined ? UNKNOWN : error;
}


/** @returns {never} */
function lost() {
    throw { lost: true };
}


/** @param {string} text */
function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return lost();
    }
}


/**
 * Who is not the API and has no better word than 5xx cannot reach it.
 *
 * @param {any} answer
 * @returns {Promise<Failure>}
 */
async function failure(answer) {
    const { status } = answer;
    const told = await answer.json().catch(() => null);

    if (typeof told?.code === 'string') {
        const { code, temporary, retry_after, until } = told;

        return { code, status, message: told.detail, temporary, retry_after,
                 until };
    }

    return status >= 500 ? { lost: true, status } : {
        status, code: CODES.get(status) ?? 'bad_request',
        temporary: status === 429,
        message: `The server answered ${status}.`,
    };
}
