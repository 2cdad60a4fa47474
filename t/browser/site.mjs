
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The site under test: nginx with the module and Redis, or, with CHAT_FAKE
 * set, the stand-in of t/js/, to work on the page alone.
 */

import { join } from 'node:path';

import { CSP, FakeServer } from '../js/fake-server.mjs';
import { freePort, Nginx, Redis, ROOT, sleep } from './servers.mjs';

const FAKE = process.env.CHAT_FAKE !== undefined;


export function openSite() {
    return FAKE ? new FakeSite().open() : new NginxSite().open();
}


class FakeSite {

    real = false;
    #server = new FakeServer();

    async open() {
        this.port = await this.#server.listen();
        return this;
    }

    async stopStore() {
        this.#server.chat.stopStore();
    }

    async startStore() {
        this.#server.chat.storeUp = true;
    }

    reload() {
        this.#server.chat.closeAll(4200);
    }

    async close() {
        this.#server.stop();
        await sleep(0);
        return [];
    }
}


class NginxSite {

    real = true;
    #redis = new Redis();
    #nginx = new Nginx();

    async open() {
        try {
            await this.#start();
        } catch (error) {
            await this.#redis.remove();
            throw error;
        }

        return this;
    }

    async #start() {
        const redis = await this.#redis.start();

        this.port = await freePort();

        await this.#nginx.start(`
    chat_redis redis://127.0.0.1:${redis};

    server {
        listen 127.0.0.1:${this.port} reuseport;

        location / {
            root ${join(ROOT, 'html')};
            add_header Content-Security-Policy "${CSP}";
        }

        location /chat/ws {
            chat;
            chat_guests on;
            chat_ping_interval 3s;

            # people recite here, and all come from one address
            chat_limit off;
            chat_max_connections off;
        }

        location /quick/ {
            alias ${join(ROOT, 'html/')};
            add_header Content-Security-Policy "${CSP}";
        }

        location /quick/chat/ws {
            chat;
            chat_guests on;
            chat_ping_interval 1s;
            chat_ping_timeout 1s;
        }

        location /closed/ {
            alias ${join(ROOT, 'html/')};
        }

        location /closed/chat/ws {
            deny all;
            chat;
            chat_guests on;
        }
    }
`, this.port);
    }

    async stopStore() {
        await this.#redis.stop();
    }

    async startStore() {
        await this.#redis.start();
    }

    reload() {
        this.#nginx.reload();
    }

    /** @returns {Promise<string[]>} what went wrong meanwhile */
    async close() {
        const complaints = await this.#nginx.remove();

        await this.#redis.remove();
        return complaints;
    }
}
