
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The generator: members on all nodes who talk, come, go and come back.  It
 * obeys a unix socket: phases, and cuts and slowness by the fault injector.
 */

import { join } from 'node:path';

import { Client } from './client.mjs';
import { serve } from './control.mjs';
import { crowd } from './crowd.mjs';
import { History, now, options, Random, sleep } from './history.mjs';
import { LibraryClient } from './library.mjs';

const TICK = 20;                        /* ms */
const CLIENT_TICK = 250;                /* ms */
const CALM_TIME = 30_000;               /* ms to catch up at the end */
const EMPTY_TIME = 8000;                /* ms until nobody is there */
const ASKERS = 3;                       /* of a room's members */
const CUT_EVERY = 8;                    /* s, for each client */
const MOVE_EVERY = 5;                   /* s */

const OPS = [['send', 80], ['move', 5], ['cut', 10], ['read', 3], ['who', 2]];
const CUTS = [['close', 3], ['drop', 3], ['reset', 3], ['silence', 1]];
const SIZES = [[40, 70], [200, 20], [1000, 7], [3900, 3]];
const LETTERS = ['a', 'e', ' ', '"', '\\', '/', '\u00e9', '\u6f22',
                 '\u{1f600}'];

const option = options({
    dir: '', ports: '', seed: 1, rate: 250, members: 40, publishers: 20,
    rooms: 8, homes: 2, salt: '0', library: 0.5,
    presence: 20,                       /* s after the heal, until it is true */
});

const random = new Random(option.seed);
const history = new History(join(option.dir, 'load.jsonl'));
const ports = option.ports.split(',').map(Number);
const rooms = Array.from({ length: option.rooms }, (_, i) => `room${i}`);
const homes = new Map();
const clients = [];
const pads = makePads();

/** large texts, while some read slowly */
const large = [[pads.at(-1)[0], 1]];

let heavy = 0;
let ops = OPS;
let running = false;
let healed = 0;


await start();


async function start() {
    for (let i = 0; i < option.members; i++) {
        const Kind = i % 10 < option.library * 10 ? LibraryClient : Client;
        const client = new Kind({
            name: `m${i}`, ports, history, salt: option.salt,
            random: new Random(option.seed + 1000 + i),
            window: i % 2 === 0 ? 1 : 8,
        });

        clients.push(client);
        homes.set(client, random.shuffle(rooms).slice(0, option.homes));
        homes.get(client).forEach((room) => client.join(room));
        client.connect();
    }

    setInterval(() => clients.forEach((each) => each.tick()), CLIENT_TICK);
    await serve(join(option.dir, 'load.sock'), obey);
    load();
}


function makePads() {
    return SIZES.map(([size, weight]) => [Array.from({ length: 16 }, () => {
        const letters = LETTERS.slice(0, random.int(1, LETTERS.length));

        return Array.from({ length: random.int(0, size) },
                          () => random.pick(letters)).join('');
    }), weight]);
}


async function load() {
    let due = 0;
    let last = Date.now();

    for (;;) {
        await sleep(TICK);

        const time = Date.now();

        due = running ? due + (time - last) * option.rate / 1000 : 0;
        due = Math.min(due, option.rate);
        last = time;

        while (due >= 1) {
            due--;
            act(random.weighted(ops));
        }
    }
}


function act(op) {
    const client = op === 'send'
        ? clients[random.int(0, option.publishers - 1)]
        : random.pick(clients);
    const room = random.pick(homes.get(client));

    if (op === 'send') {
        const sizes = Date.now() < heavy ? large : pads;

        client.send(room, random.pick(random.weighted(sizes)));

    } else if (op === 'cut') {
        if (rarely(op, CUT_EVERY)) {
            client.cut(random.weighted(CUTS), random.int(500, 6000));
        }

    } else if (client.online && (op !== 'move' || rarely(op, MOVE_EVERY))) {
        visit(op, client, room);
    }
}


function visit(op, client, room) {
    if (op === 'read') {
        client.read(room);

    } else if (op === 'who') {
        client.who(room);

    } else if (client.room(room).want) {
        client.leave(room);
        client.later([100, 2000], () => client.join(room));
    }
}


/** However high the rate, nobody is cut off more often than it can talk. */
function rarely(op, seconds) {
    const [, weight] = OPS.find(([name]) => name === op);

    return random.chance(option.members * 100
                         / (seconds * option.rate * weight));
}


async function obey(order) {
    switch (order.do) {
    case 'load':
        running = true;
        return {};

    case 'heal':
        healed = now();
        history.write({ op: 'phase', type: 'info', id: 'heal' });
        ops = [['send', 1]];
        clients.forEach((client) => client.check());
        goHome();
        return {};

    case 'finish':
        /* the last silences and slow reads ended after the heal */
        clients.forEach((client) => client.check());
        running = false;
        return finish();

    case 'empty':
        return empty();

    case 'cut':
        return some(order.share, (client) => client.cut(order.how, order.ms));

    case 'slow':
        heavy = Date.now() + order.ms;
        return some(order.share, (client) => client.slow(order.ms));

    case 'crowd':
        return crowd({ ...order, port: random.pick(ports) });

    default:
        return { error: `no such order: ${order.do}` };
    }
}


function some(share, what) {
    const chosen = clients.filter(() => random.chance(share));

    chosen.forEach(what);
    return { clients: chosen.length };
}


function goHome() {
    for (const [client, list] of homes) {
        list.forEach((room) => client.join(room));
    }
}


async function until(what, deadline) {
    while (!what()) {
        if (Date.now() > deadline) {
            return false;
        }

        goHome();
        await sleep(50);
    }

    return true;
}


/** Everybody is there and has caught up; then who is there. */
async function finish() {
    const calm = await until(() => clients.every((each) => each.calm),
                             Date.now() + CALM_TIME);

    for (const client of clients.filter((each) => !each.calm)) {
        history.write({ op: 'stuck', type: 'fail', client: client.name,
                        online: client.online,
                        rooms: [...client.views.values()].map(
                            ({ room, state, settled }) =>
                                [room, state, settled,
                                 client.outboxes.get(room).length
                                 ?? client.outboxes.get(room).size]) });
    }

    for (const client of clients) {
        for (const room of homes.get(client)) {
            client.room(room).refresh();
        }
    }

    await sleep(200);
    await until(() => clients.every((each) => each.calm),
                Date.now() + CALM_TIME / 2);

    for (const client of clients) {
        for (const room of homes.get(client)) {
            const { epoch, mine } = client.room(room).end();

            client.write({ op: 'final', type: 'ok', room, epoch, seq: mine });
        }
    }

    await Promise.all(rooms.map((room) => present(room)));
    history.flush();
    return { calm };
}


async function present(room) {
    const members = clients.filter((each) => homes.get(each).includes(room));
    const expect = members.map(({ name }) => name).sort();

    await Promise.all(random.shuffle(members).slice(0, ASKERS).map((asker) =>
        census(asker, room, expect, healed / 1e6 + option.presence * 1000)));
}


/** Asks until it is as it must be, or time is up; writes the last answer. */
async function census(asker, room, expect, deadline) {
    let list = await asker.who(room);

    while (String(list?.sort()) !== String(expect)
           && now() / 1e6 < deadline)
    {
        await sleep(200);
        list = await asker.who(room);
    }

    asker.write({ op: 'who', type: 'ok', room, list, expect,
                  ms: Math.round((now() - healed) / 1e6) });
}


/** When all have gone, one who comes finds nobody. */
async function empty() {
    clients.forEach((client) => client.stop());
    await sleep(500);

    const last = new Client({ name: 'observer', ports, history,
                              salt: option.salt, random, window: 1 });

    rooms.forEach((room) => last.join(room));
    last.connect();
    clients.push(last);
    await until(() => last.calm, Date.now() + EMPTY_TIME);
    await Promise.all(rooms.map((room) =>
        census(last, room, ['observer'], now() / 1e6 + EMPTY_TIME)));
    last.stop();
    await sleep(500);
    history.close();
    setTimeout(() => process.exit(0), 100);
    return {};
}
