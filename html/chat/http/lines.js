
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The data of the events in a stream; HTML, 9.2.6.  Interpreting a stream. */


export class Lines {

    #decoder = new TextDecoder();
    #tell;

    /** What is no whole line yet. */
    #rest = '';

    /** @type {string[]} */
    #data = [];

    /** @param {(data: string) => void} tell */
    constructor(tell) {
        this.#tell = tell;
    }

    /** @param {Uint8Array} bytes */
    add(bytes) {
        const text = this.#rest + this.#decoder.decode(bytes,
                                                       { stream: true });
        const lines = text.split('\n');

        this.#rest = lines.pop() ?? '';
        lines.forEach((line) => this.#line(line.replace(/\r$/, '')));
    }

    /** @param {string} line */
    #line(line) {
        if (line.startsWith('data:')) {
            this.#data.push(line.slice(5).replace(/^ /, ''));

        } else if (line === '' && this.#data.length > 0) {
            const data = this.#data.join('\n');

            this.#data = [];
            this.#tell(data);
        }
    }
}
