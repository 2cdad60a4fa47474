
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The sends of one client in one room, repeated with the same cid and in
 * their order until the server has said ok, or certainly not.
 */

import { now, sha } from './history.mjs';

const RETRY_PAUSE = [200, 800];         /* ms */
const AGAIN_SHARE = 0.02;               /* of the answered, asked once more */
const REUSE_SHARE = 0.01;               /* the same cid for another text */


export class Outbox {

    #queue = [];
    #flying = 0;

    /** a refused send goes first, when those behind it are answered */
    #back = false;
    #hold = 0;

    /**
     * @param {import('./client.mjs').Client} client
     * @param {import('./view.mjs').View} view
     * @param {number} window  how many sends may be unanswered
     */
    constructor(client, view, window) {
        this.client = client;
        this.view = view;
        this.window = window;
    }

    get length() {
        return this.#queue.length;
    }

    push(cid, text) {
        this.#queue.push({ cid, text, sha: sha(text), flying: false,
                           attempts: 0, doubt: false });
        this.pump();
    }

    lost() {
        this.#flying = 0;
        this.#back = false;
        this.#hold = 0;

        for (const entry of this.#queue) {
            if (entry.flying) {
                entry.flying = false;
                entry.doubt = true;
                this.#write(entry, 'info', { code: 'lost' });
            }
        }
    }

    pump() {
        if (this.view.state !== 'in' || Date.now() < this.#hold) {
            return;
        }

        if (this.#back && this.#flying > 0) {
            return;
        }

        this.#back = false;

        for (const entry of this.#queue) {
            if (this.#flying >= this.window) {
                return;
            }

            if (!entry.flying) {
                this.#send(entry);
            }
        }
    }

    #send(entry) {
        const { cid, text } = entry;

        entry.flying = true;
        entry.attempts++;
        this.#flying++;
        this.#write(entry, 'invoke', { n: entry.attempts,
                                       window: this.window });

        this.client.request('send', { room: this.view.room, cid, text },
            (ok, error) => {
                entry.flying = false;
                this.#flying--;

                if (error === undefined) {
                    this.#stored(entry, ok);

                } else {
                    this.#refused(entry, error);
                }

                this.pump();
            });
    }

    #stored(entry, ok) {
        this.#remove(entry);
        this.#write(entry, 'ok', { epoch: ok.epoch, seq: ok.seq,
                                   dup: ok.dup });

        const { random } = this.client;

        if (random.chance(AGAIN_SHARE)) {
            this.#probe('again', entry, entry.text);

        } else if (random.chance(REUSE_SHARE)) {
            this.#probe('reuse', entry, `${entry.text}, or not`);
        }
    }

    #refused(entry, error) {
        if (error.temporary === true || error.code === 'not_member') {
            entry.doubt ||= error.code === 'unavailable';
            this.#write(entry, 'info', { code: error.code });
            this.#back = true;
            this.#hold = Date.now() + RETRY_PAUSE[0];
            this.client.later(RETRY_PAUSE, () => this.pump());

            if (error.code === 'not_member') {
                this.client.surprise('send', this.view.room, error);
                this.view.join();
            }

            return;
        }

        this.#remove(entry);
        this.#write(entry, 'fail', { code: error.code, doubt: entry.doubt });
    }

    #remove(entry) {
        this.#queue.splice(this.#queue.indexOf(entry), 1);
    }

    /** A cid that was answered is used once more. */
    #probe(op, { cid }, text) {
        const { room } = this.view;
        const start = now();

        this.client.write({ op, type: 'invoke', id: cid, room,
                            sha: sha(text) });
        this.client.request('send', { room, cid, text }, (ok, error) => {
            this.client.write({ op, id: cid, room, start,
                                type: error === undefined ? 'ok' : 'fail',
                                epoch: ok?.epoch, seq: ok?.seq, dup: ok?.dup,
                                code: error?.code });
        });
    }

    #write(entry, type, more) {
        this.client.write({ op: 'send', type, id: entry.cid,
                            room: this.view.room, sha: entry.sha, ...more });
    }
}
