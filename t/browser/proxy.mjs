
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The network between a browser and nginx, with its faults. */

import { connect, createServer } from 'node:net';


export class Proxy {

    #pairs = new Set();
    #server = createServer((client) => this.#accept(client));
    #target;
    #down = false;
    #noChat = false;

    /** @param {number} target  port */
    constructor(target) {
        this.#target = target;
    }

    async listen() {
        await new Promise((done) => this.#server.listen(0, '127.0.0.1', done));
        this.#server.unref();
        this.port = this.#server.address().port;
        return this;
    }

    /** Resets each connection; new ones pass. */
    cut() {
        for (const { client, server } of this.#pairs) {
            client.resetAndDestroy();
            server.destroy();
        }
    }

    /** Pages come, but no WebSocket lives, until up(). */
    noChat() {
        this.#noChat = true;
        this.cut();
    }

    /** No connection lives or comes, until up(). */
    down() {
        this.#down = true;
        this.cut();
    }

    up() {
        this.#down = false;
        this.#noChat = false;
    }

    /** What the chat says is lost, what the client says is not. */
    mute() {
        for (const { client, server, chat } of this.#pairs) {
            if (chat) {
                server.unpipe(client);
                server.resume();
            }
        }
    }

    /** The connections of now carry nothing more, and nobody hears of it. */
    stall() {
        for (const pair of this.#pairs) {
            pair.client.unpipe(pair.server);
            pair.server.unpipe(pair.client);
        }
    }

    close() {
        this.cut();
        this.#server.close();
    }

    #accept(client) {
        if (this.#down) {
            client.resetAndDestroy();
            return;
        }

        client.on('error', () => {});
        client.once('data', (bytes) => {
            const chat = /^upgrade: *websocket/im.test(bytes);

            if (this.#noChat && chat) {
                client.resetAndDestroy();
                return;
            }

            this.#join(client, bytes, chat);
        });
    }

    #join(client, bytes, chat) {
        const server = connect(this.#target, '127.0.0.1');
        const pair = { client, server, chat };

        server.write(bytes);

        this.#pairs.add(pair);

        for (const [one, other] of [[client, server], [server, client]]) {
            one.setNoDelay(true);
            one.on('error', () => {});
            one.on('close', () => {
                this.#pairs.delete(pair);
                other.destroy();
            });
            one.pipe(other);
        }
    }
}
