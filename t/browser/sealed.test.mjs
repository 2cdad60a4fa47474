
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a server has of an encrypted room: its log, its memory, Redis' memory,
 * files and commands are searched for what was said.  A room in the clear is
 * searched likewise, and found.
 */

import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, readSync }
    from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CSP } from '../js/fake-server.mjs';
import { launch, missingBrowser, WAIT } from './people.mjs';
import { freePort, missing, Nginx, Redis, ROOT, sleep } from './servers.mjs';

const skip = missingBrowser() || missing()
             || (process.env.CHAT_FAKE === undefined ? false
                 : 'there is no real server');

const STORES = ['shm', 'redis'];

/* nothing else has these words, in no alphabet and at no place */
const CLEAR = 'canary-that-sings-in-the-open';
const SEALED = 'canary-that-nobody-else-hears';

/** A connection to Redis that hears all that is asked of it. */
class RedisLine {

    heard = '';

    async open(port) {
        this.socket = connect(port, '127.0.0.1');
        this.monitor = connect(port, '127.0.0.1');
        this.socket.on('data', (bytes) => { this.answer += bytes; });
        this.monitor.on('data', (bytes) => {
            this.heard += bytes.toString('latin1');
        });
        this.monitor.write('MONITOR\r\n');
        return this;
    }

    async ask(command) {
        this.answer = '';
        this.socket.write(`${command}\r\n`);

        for (let waited = 0; !this.answer.endsWith('\r\n'); waited += 20) {
            assert.ok(waited < WAIT, `Redis does not answer ${command}`);
            await sleep(20);
        }

        assert.equal(this.answer[0], '+', this.answer);
    }

    close() {
        this.socket.destroy();
        this.monitor.destroy();
    }
}


let redis;
let nginx;
let browser;
let page;
let line;


before(async () => {
    if (skip) {
        return;
    }

    redis = new Redis();
    nginx = new Nginx();
    line = await new RedisLine().open(await redis.start());
    await line.ask('CONFIG SET rdbcompression no');
    await line.ask('CONFIG SET appendonly yes');

    const port = await freePort();

    await nginx.start(`
    chat_zone sealed:4m;

    server {
        listen 127.0.0.1:${port} reuseport;

        location / {
            root ${join(ROOT, 'html')};
            add_header Content-Security-Policy "${CSP}";
        }

        location /shm { chat; chat_guests on; }
        location /redis {
            chat;
            chat_guests on;
            chat_redis redis://127.0.0.1:${redis.port};
        }
    }
`, port, 'debug');

    browser = await launch();
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/nothing`);
});


after(async () => {
    await browser?.close();
    line?.close();

    const complaints = await nginx?.remove() ?? [];

    await redis?.remove();
    assert.deepEqual(complaints, []);
});


/**
 * Two people: one says it, the other one reads it; and both have found out
 * that it is so.
 */
function talk(store, room, text, sealed) {
    return page.evaluate(async ([path, name, said, secret]) => {
        const { connect: open } = await import('/chat/index.js');
        const { encrypt, Ring, roomKey } = await import('/chat/e2e/index.js');

        const people = await Promise.all(['Ann', 'Bob'].map(async (who) => {
            const client = open(new URL(path, location.href),
                                { name: who, store: null });
            const seat = client.join(name);

            if (secret !== null) {
                encrypt(seat, new Ring([{ epoch: 1, since: 0,
                    secret: await roomKey(secret) }]),
                    () => client.user?.name);
            }

            await seat.ready();
            return { client, seat, heard: new Promise((done) =>
                seat.on('message', done)) };
        }));

        await people[0].seat.send(said);

        const heard = await people[1].heard;

        people.forEach(({ client }) => client.close());
        return { text: heard.text, enc: heard.enc };
    }, [store, room, text, sealed]);
}


/** All memory of the workers that can be written, theirs and the shared. */
function memory() {
    const parent = nginx.process.pid;
    const list = readFileSync(`/proc/${parent}/task/${parent}/children`,
                              'utf8').trim().split(' ');
    const parts = [];

    assert.equal(list.length, 2);

    for (const pid of list) {
        const file = openSync(`/proc/${pid}/mem`, 'r');

        for (const row of readFileSync(`/proc/${pid}/maps`, 'utf8')
            .split('\n'))
        {
            const found = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(row);

            if (found !== null) {
                const [start, end] = found.slice(1).map((hex) =>
                    parseInt(hex, 16));
                const bytes = Buffer.alloc(end - start);

                readSync(file, bytes, 0, bytes.length, start);
                parts.push(bytes);
            }
        }

        closeSync(file);
    }

    return Buffer.concat(parts);
}


function files(dir) {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.path, entry.name)));
}


/** Whether it is there: as it is, or in base64 at any of its places. */
function has(bytes, text) {
    const forms = [text, ...[0, 1, 2].map((shift) =>
        Buffer.from('-'.repeat(shift) + text).toString('base64url')
            .slice(4, -4))];

    return forms.some((form) => bytes.includes(form));
}


test('the server and Redis have only what is sealed', { skip }, async () => {
    const secret = Buffer.alloc(32, 7).toString('base64url');

    for (const store of STORES) {
        assert.deepEqual(await talk(`/${store}`, 'open', CLEAR + store, null),
                         { text: CLEAR + store, enc: undefined });
        assert.deepEqual(await talk(`/${store}`, 'e~safe', SEALED + store,
                                    secret),
                         { text: SEALED + store, enc: 'chat-e2e/1' });
    }

    await line.ask('SAVE');

    const kept = files(redis.dir);
    const log = readFileSync(join(nginx.dir, 'error.log'));
    const places = { memory: memory(), monitor: Buffer.from(line.heard),
                     files: Buffer.concat(kept), log };

    assert.ok(kept.length >= 3, 'a dump, and files that commands add to');

    /* what is looked for can be found: in the clear, and what is sealed */
    assert.ok(has(places.memory, `${CLEAR}shm`));
    assert.ok(has(places.monitor, `${CLEAR}redis`));
    assert.ok(kept.filter((bytes) => has(bytes, `${CLEAR}redis`)).length >= 2);
    assert.ok(log.includes('chat session'));

    for (const name of ['memory', 'monitor', 'files']) {
        assert.ok(places[name].includes('chat-e2e/1'), name);
    }

    for (const [name, bytes] of Object.entries(places)) {
        assert.equal(has(bytes, SEALED), false, name);
        assert.equal(bytes.includes(secret), false, name);
    }

    /* and no log tells what was said, wherever it was */
    assert.equal(has(log, CLEAR), false);
});
