
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The page's tokens: one for each connection, and a new one in its place
 * before it expires.
 */

export const AUTH_PREFIX = 'chat.auth.';
export const RENEW_FROM = 0.7;          /* of the time that is left */
export const RENEW_SPREAD = 0.2;
export const RENEW_AGAIN = 5000;        /* ms, after a failure */
export const TIMER_LONGEST = 86_400_000;        /* ms */

/**
 * @typedef {object} Surroundings
 * @property {() => Promise<string | null | undefined>} token  of the page; no
 *     token: nobody is logged in
 * @property {import('./clock.js').Clock} clock
 * @property {() => number} random
 * @property {(token: string) => Promise<any>} auth  tells it to the server
 */


export class Pass {

    /** @type {Surroundings} */
    #it;

    #token = '';

    /** @type {any} */
    #timer = null;

    /** ms from this clock to the server's */
    #ahead = 0;

    /** @param {Surroundings} it */
    constructor(it) {
        this.#it = it;
    }

    /** The token in use, or an empty string. */
    get token() {
        return this.#token;
    }

    /** @returns {Promise<string[]>} what to offer in a handshake, besides */
    async protocols() {
        this.#token = trimmed(await this.#it.token());

        return this.#token === '' ? []
               : [AUTH_PREFIX + base64url(this.#token)];
    }

    /**
     * The server has welcomed the user.
     *
     * @param {number} time  by the server's clock, ms UTC
     */
    begin(time) {
        this.#ahead = time - this.#it.clock.now();
        this.#plan();
    }

    end() {
        this.#it.clock.clearTimeout(this.#timer);
        this.#timer = null;
    }

    #plan() {
        const end = expiry(this.#token);
        const left = end - this.#it.clock.now() - this.#ahead;

        this.end();

        if (left > 0) {
            this.#wait(left * (RENEW_FROM + RENEW_SPREAD * this.#it.random()));
        }
    }

    /** @param {number} delay */
    #wait(delay) {
        const timer = this.#it.clock.setTimeout(
            () => void this.#renew(timer), Math.min(delay, TIMER_LONGEST));

        this.#timer = timer;
    }

    /** @param {any} timer  another one, or none, stands for another time */
    async #renew(timer) {
        try {
            const token = trimmed(await this.#it.token());

            if (this.#timer !== timer || token === '') {
                return;
            }

            await this.#it.auth(token);

            if (this.#timer === timer) {
                this.#token = token;
                this.#plan();
            }

        } catch {
            if (this.#timer === timer) {
                this.#wait(RENEW_AGAIN);
            }
        }
    }
}


/**
 * A script's answer often ends with a newline.
 *
 * @param {string | null | undefined} token
 */
function trimmed(token) {
    return (token ?? '').trim();
}


/**
 * @param {string} token
 * @returns {number} when it expires, ms UTC; NaN if it does not say
 */
function expiry(token) {
    try {
        return JSON.parse(atob(token.split('.')[1].replace(/-/g, '+')
                                    .replace(/_/g, '/'))).exp * 1000;
    } catch {
        return NaN;
    }
}


/**
 * @param {string} text
 * @returns {string}
 */
function base64url(text) {
    const bytes = new TextEncoder().encode(text);

    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-')
               .replace(/\//g, '_').replace(/=/g, '');
}
