
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What one client knows of one room, by the client's rule of the protocol:
 * seq <= mine is dropped, prev <= mine is taken, else history is asked for.
 */

import { sha } from './history.mjs';

const HELD_MAX = 1000;                  /* records kept while joining */
const FILL_TRIES = 40;                  /* pages asked for one hole */
const FILL_PAUSE = 100;                 /* ms */
const RETRY_PAUSE = [200, 600];         /* ms */
const LIMITS = [5, 20, 50, 50];


export class View {

    state = 'out';                      /* out, joining, in, leaving */
    want = false;
    epoch = null;
    mine = 0;

    /** on this connection; a join refused to a member leaves it one */
    #member = false;

    #need = 0;
    #tries = 0;
    #held = [];

    /** the page that was asked for, to know a late answer */
    #page = null;

    /**
     * @param {import('./client.mjs').Client} client
     * @param {string} room
     */
    constructor(client, room) {
        this.client = client;
        this.room = room;
    }

    get settled() {
        return this.state === 'in' && this.#page === null;
    }

    /** What a join or a handshake asks for. */
    asked() {
        return this.epoch === null ? {}
                                   : { after: this.mine, epoch: this.epoch };
    }

    forget() {
        this.epoch = null;
        this.mine = 0;
    }

    /** The connection is gone, and everything under way with it. */
    lost() {
        this.state = 'out';
        this.#member = false;
        this.#page = null;
        this.#held = [];
    }

    join() {
        const asked = this.asked();
        const limit = this.client.random.pick(LIMITS);

        this.state = 'joining';
        this.#page = null;
        this.client.request('join', { room: this.room, limit, ...asked },
            (ok, error) => this.joined(asked, ok, error));
    }

    /** Asks where the room is, to know whether anything is missing. */
    refresh() {
        if (this.state === 'in') {
            this.join();
        }
    }

    /** The last word. */
    end() {
        return this;
    }

    leave() {
        this.want = false;
        this.state = 'leaving';
        this.#page = null;
        this.client.request('leave', { room: this.room }, (ok, error) => {
            if (error !== undefined) {
                this.client.surprise('leave', this.room, error);
            }

            this.state = 'out';
            this.#member = false;
        });
    }

    /** The answer to a join, or the event "joined" of a handshake. */
    joined(asked, ok, error) {
        if (error !== undefined) {
            this.#refused(error);
            return;
        }

        const resumed = asked.after !== undefined && ok.recovered === true;

        this.state = 'in';
        this.#member = true;

        if (!resumed) {
            this.#reset(asked, ok);

        } else if (ok.epoch !== this.epoch) {
            this.#hole(`recovered, but in epoch ${ok.epoch}`);
        }

        this.#take(ok.messages, 'join');

        if (!(resumed && ok.more === true) && this.mine < ok.top) {
            this.#hole(`the answer to join ends at ${this.mine} `
                       + `and says top is ${ok.top}`);
            this.mine = Math.max(this.mine, ok.top);
        }

        this.#unhold(resumed);

        if (!this.want) {
            this.leave();

        } else if (resumed && ok.more === true) {
            this.#fill();

        } else {
            this.#filled();
        }
    }

    live(message) {
        if (this.state === 'out') {
            this.#write('stray', 'info', message);
            return;
        }

        if (message.seq <= this.mine && this.epoch !== null) {
            return;
        }

        if (this.epoch !== null && message.prev <= this.mine) {
            this.#deliver(message, 'live');
            return;
        }

        if (this.state === 'joining') {
            if (this.#held.length < HELD_MAX) {
                this.#held.push(message);
            }

            return;
        }

        this.#need = Math.max(this.#need, message.seq);

        if (this.settled) {
            this.#tries = 0;
            this.#fill();
        }
    }

    resync() {
        this.client.write({ op: 'resync', type: 'info', room: this.room,
                            epoch: this.epoch, seq: this.mine });

        if (this.state === 'in') {
            this.join();
        }
    }

    #refused(error) {
        const turn = {};

        this.#page = turn;
        this.state = this.#member ? 'joining' : 'out';

        if (error.temporary !== true) {
            this.client.surprise('join', this.room, error);
        }

        this.client.later(RETRY_PAUSE, () => {
            if (this.want && this.#page === turn && this.client.online) {
                this.join();
            }
        });
    }

    #reset(asked, ok) {
        const first = ok.messages[0];
        const cause = asked.after === undefined ? 'fresh' : 'lost';

        this.epoch = ok.epoch;
        this.mine = first === undefined ? ok.top : first.prev;
        this.#need = 0;
        this.client.write({ op: 'reset', type: 'ok', cause, room: this.room,
                            epoch: ok.epoch, seq: this.mine, asked,
                            top: ok.top, floor: ok.floor });
    }

    #take(messages, via) {
        for (const message of messages) {
            if (message.seq <= this.mine) {
                continue;
            }

            if (message.prev > this.mine) {
                this.#hole(`after ${this.mine} a page (${via}) goes on with `
                           + `prev ${message.prev} of ${message.seq}`);
                this.#need = Math.max(this.#need, message.seq);
                return;
            }

            this.#deliver(message, via);
        }
    }

    /** After a reset only what follows counts: the rest is of the past. */
    #unhold(resumed) {
        for (const message of this.#held.splice(0)) {
            if (message.seq <= this.mine) {
                continue;
            }

            if (message.prev <= this.mine) {
                this.#deliver(message, 'held');

            } else if (resumed) {
                this.#need = Math.max(this.#need, message.seq);
            }
        }
    }

    #deliver(message, via) {
        this.mine = message.seq;
        this.#write('deliver', 'ok', message, via);
    }

    #write(op, type, message, via) {
        this.client.write({ op, type, id: message.cid, room: this.room,
                            epoch: this.epoch, seq: message.seq,
                            prev: message.prev, sha: sha(message.text), via });
    }

    #hole(why) {
        this.client.write({ op: 'hole', type: 'fail', room: this.room,
                            epoch: this.epoch, seq: this.mine, why });
    }

    #filled() {
        this.#page = null;

        if (this.#need > this.mine) {
            this.#again();
            return;
        }

        this.#tries = 0;
        this.client.settled(this);
    }

    /** The page did not bring what was heard of: it may be a moment late. */
    #again() {
        const page = {};

        this.#tries++;

        if (this.#tries > FILL_TRIES) {
            this.#hole(`${this.#need} was heard of and cannot be had`);
            this.#need = 0;
            this.#filled();
            return;
        }

        this.#page = page;
        this.client.later([FILL_PAUSE, FILL_PAUSE], () => {
            if (this.#page === page) {
                this.#fill();
            }
        });
    }

    #fill() {
        const page = {};
        const { room, epoch, mine } = this;
        const limit = this.client.random.pick(LIMITS);

        this.#page = page;
        this.client.request('history', { room, after: mine, epoch, limit },
            (ok, error) => {
                if (this.#page === page) {
                    this.#paged(ok, error);
                }
            });
    }

    #paged(ok, error) {
        if (error !== undefined) {
            this.#unpaged(error);
            return;
        }

        if (ok.epoch !== this.epoch) {
            this.join();
            return;
        }

        this.#take(ok.messages, 'page');

        if (ok.more === true && ok.messages.length > 0) {
            this.#fill();

        } else {
            this.#filled();
        }
    }

    #unpaged(error) {
        const page = {};

        if (error.temporary === true) {
            this.#page = page;
            this.client.later(RETRY_PAUSE, () => {
                if (this.#page === page) {
                    this.#fill();
                }
            });
            return;
        }

        if (error.code !== 'gone' && error.code !== 'epoch_changed') {
            this.client.surprise('history', this.room, error);
        }

        this.join();
    }
}
