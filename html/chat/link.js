
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One WebSocket, from its opening to its one and only end. */

/**
 * @typedef {object} Upcalls
 * @property {(frame: any) => void} frame
 * @property {(code: number, reason: string) => void} end  called once
 */


export class Link {

    /** @type {any} */
    #socket;

    /** @type {Upcalls | null} */
    #up;

    #opened = false;

    /**
     * @param {new (url: string, protocols: string[]) => any} WebSocket
     * @param {string} url
     * @param {string[]} protocols
     * @param {Upcalls} up
     */
    constructor(WebSocket, url, protocols, up) {
        const socket = new WebSocket(url, protocols);

        this.#socket = socket;
        this.#up = up;

        socket.onopen = () => {
            this.#opened = true;
        };
        socket.onmessage = (/** @type {{data: any}} */ event) =>
            this.#read(event.data);
        socket.onclose = (/** @type {any} */ event) =>
            this.#end(event.code ?? 1006, event.reason ?? '');
    }

    /** Whether the handshake succeeded. */
    get opened() {
        return this.#opened;
    }

    /** @param {string} text */
    send(text) {
        this.#socket.send(text);
    }

    /**
     * Ends at once.  A dead connection would take minutes to say so, hence
     * nothing is waited for.
     *
     * @param {number} code
     * @param {string} reason
     */
    drop(code, reason) {
        const socket = this.#socket;

        this.#end(code, reason);
        socket.close(1000);
    }

    /** @param {any} data */
    #read(data) {
        let frame = null;

        try {
            frame = JSON.parse(data);
        } catch {
            /* no JSON says nothing */
        }

        if (frame !== null) {
            this.#up?.frame(frame);
        }
    }

    /**
     * @param {number} code
     * @param {string} reason
     */
    #end(code, reason) {
        const up = this.#up;

        this.#up = null;
        up?.end(code, reason);
    }
}
