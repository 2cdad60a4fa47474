
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which way the next connection goes, and with what. */

import { MUTE_MOST } from './limits.js';
import { SUBPROTOCOL } from './protocol.js';

/** @typedef {'websocket'|'sse'|'poll'} Transport */
/** @typedef {new (url: string, protocols: string[]) => any} Opener */
/** @typedef {[Opener, string[]]} Found */

/**
 * @typedef {object} Surroundings
 * @property {Opener} WebSocket
 * @property {'auto' | Transport} [transport]
 * @property {string | URL} [api]
 * @property {() => Promise<string | null | undefined>} [token]
 * @property {import('./clock.js').Clock} clock
 * @property {() => number} random
 * @property {(token: string) => Promise<any>} auth  tells it to the server
 */


export class Way {

    #it;

    /** WebSockets that brought no welcome, one after the other. */
    mute = 0;

    /** @type {import('./pass.js').Pass | null} */
    pass = null;

    /** @param {Surroundings} it */
    constructor(it) {
        this.#it = it;
    }

    /** @returns {Found | null} null: it has to be looked for */
    get plain() {
        return this.#it.token === undefined && !this.#around
               ? [this.#it.WebSocket, [SUBPROTOCOL]] : null;
    }

    /**
     * With what only those need who have a token, or no WebSocket.
     *
     * @returns {Promise<Found | null>} null: as if the connection was lost
     */
    async find() {
        const { token, WebSocket } = this.#it;
        const protocols = [SUBPROTOCOL];

        try {
            if (token !== undefined) {
                const { Pass } = await import('./pass.js');

                this.pass ??= new Pass({ ...this.#it, token });
                protocols.push(...await this.pass.protocols());
            }

            return [this.#around ? (await import('./fallback.js'))
                        .detour(this.#it, this) : WebSocket,
                    protocols];
        } catch {
            return null;
        }
    }

    /** No welcome came.  Around is tried once, then WebSockets again. */
    failed() {
        this.mute = this.#around ? 0 : this.mute + 1;
    }

    /** Whether it is to go without a WebSocket. */
    get #around() {
        const { transport = 'auto' } = this.#it;

        return transport === 'auto' ? this.mute >= MUTE_MOST
                                    : transport !== 'websocket';
    }
}
