/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Runs one case and judges it: the messages by the case's expectations, the
 * end of the connection by RFC 6455, 7.
 *
 *     {
 *         id: '3.2', title: 'what is sent',
 *         send: async (peer) => {},
 *         strict: [],      events that must come, and no others
 *         lax: [],         events that are allowed, but NON-STRICT
 *         fails: [1002],   the server must fail the connection; otherwise
 *                          the client closes, if send() did not
 *         closes: 1000,    code of the server's answer to a close frame
 *         inform: true,    other events are INFORMATIONAL
 *         unimplemented: true,   the server lacks what the case is about
 *         headers: {},     of the handshake
 *         seconds: 10,     for the whole case
 *         alone: true,     no other case may run at the same time
 *     }
 *
 * send() may return { lax: 'why' }, and throws if the case has failed.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { Peer } from './peer.mjs';

/* for an echo too many to come */
const QUIET = 20;


export const text = (data) => ({ type: 'text', data: Buffer.from(data) });
export const binary = (data) => ({ type: 'binary', data: Buffer.from(data) });
export const pong = (data) => ({ type: 'pong', data: Buffer.from(data) });


function same(got, expected) {
    return got.length === expected.length
        && got.every(({ type, data }, i) => type === expected[i].type
            && data.equals(expected[i].data));
}


function describe(events) {
    return '[' + events.map(({ type, data }) => (
        `${type} ${data.length <= 40 ? JSON.stringify(data.toString('latin1'))
                                     : `of ${data.length} bytes`}`
    )).join(', ') + ']';
}


function judgeEvents(test, peer, remark) {
    if (peer.faults.length > 0) {
        return ['FAILED', peer.faults.join('; ')];
    }

    if (same(peer.events, test.strict)) {
        return remark === undefined ? ['OK', ''] : ['NON-STRICT', remark];
    }

    if (test.inform) {
        return ['INFORMATIONAL', describe(peer.events)];
    }

    if (test.lax !== undefined && same(peer.events, test.lax)) {
        return ['NON-STRICT', `only ${describe(peer.events)}`];
    }

    return ['FAILED',
        `got ${describe(peer.events)}, expected ${describe(test.strict)}`];
}


function judgeClose(test, peer) {
    const codes = test.fails ?? [test.closes ?? 1000];

    if (!peer.over) {
        return ['FAILED', 'the server did not close the connection'];
    }

    if (peer.close === null) {
        return ['FAILED', `no close frame, ${peer.error?.code ?? 'eof'}`];
    }

    if (!codes.includes(peer.close.code)) {
        return ['WRONG CODE', `close ${peer.close.code} `
            + `"${peer.close.reason}", expected ${codes.join(' or ')}`];
    }

    if (test.fails === undefined && peer.closedFirst) {
        return ['FAILED', `the server closed: ${peer.close.reason}`];
    }

    if (peer.error !== null) {
        return ['UNCLEAN', peer.error.code];
    }

    return ['OK', ''];
}


/* { messages, close: the two verdicts, note, ms } */
export async function runCase(test, port, path, patience) {
    const started = performance.now();
    const limit = (test.seconds ?? 10) * 1000 * patience;
    const peer = new Peer(port, path, test.headers);
    let verdict;

    const left = () => Math.max(0, started + limit - performance.now());

    try {
        await peer.opened(left());

        const answer = await test.send(peer, left);

        if (test.fails === undefined && !peer.closeSent) {
            await peer.wait(() => peer.over
                || peer.events.length >= test.strict.length, left());
            await sleep(QUIET);

            if (!peer.over && !peer.closeSent) {
                await peer.sendClose();
            }
        }

        await peer.wait(() => peer.over, left());

        const [messages, why] = judgeEvents(test, peer, answer?.lax);
        const [close, whence] = judgeClose(test, peer);

        verdict = { messages, close,
            note: [why, whence].filter((note) => note !== '').join('; ') };

    } catch (error) {
        verdict = { messages: 'FAILED', close: 'FAILED', note: error.message };
    }

    peer.destroy();

    return { ...verdict, ms: performance.now() - started };
}
