
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Why a handshake was refused.  A browser tells a script no more than 1006,
 * but the same address, asked without an Upgrade, meets the same login, the
 * same limits and the same reload.
 */

const WAIT = 10_000;                    /* ms */

/**
 * @typedef {object} Refusal
 * @property {number} status      as in HTTP
 * @property {string} code        as in answers, or empty
 * @property {string} message     a sentence for people
 * @property {number | null} retryAfter  seconds
 */

/** What is no news, like 426, is not here. */
const SAY = new Map([
    [401, 'Please log in.'],
    [403, 'You may not chat here.'],
    [404, 'There is no chat at this address.'],
    [429, 'Too many connections were opened.'],
    [502, 'The chat server is away.'],
    [503, 'The server is busy.'],
    [504, 'The chat server is away.'],
]);


/**
 * @param {string} address  of the WebSocket
 * @param {any} [fetch]
 * @param {string} [token]      that the handshake had, or none
 * @returns {Promise<Refusal | null>} null: it gives no reason
 */
export async function askWhy(address, fetch = globalThis.fetch, token = '') {
    if (fetch === undefined) {
        return null;
    }

    try {
        const answer = await fetch(address.replace(/^ws/, 'http'), {
            headers: { Accept: 'application/problem+json',
                       ...(token && { Authorization: `Bearer ${token}` }) },
            cache: 'no-store',
            signal: globalThis.AbortSignal?.timeout?.(WAIT),
        });

        return await read(answer);
    } catch {
        return null;
    }
}


/**
 * @param {any} answer
 * @returns {Promise<Refusal | null>}
 */
async function read(answer) {
    const problem = /json/.test(answer.headers?.get('Content-Type') ?? '')
                    ? await answer.json().catch(() => null) : null;
    const known = SAY.get(answer.status) ?? (problem?.code === 'invalid_name'
                  ? 'This name cannot be used here.' : undefined);

    return known === undefined ? null : {
        status: answer.status,
        code: word(problem?.code) ?? '',
        message: word(problem?.detail) ?? known,
        retryAfter: seconds(problem?.retry_after)
                    ?? seconds(answer.headers.get('Retry-After')),
    };
}


/**
 * @param {any} value
 * @returns {string | null}
 */
function word(value) {
    return typeof value === 'string' && value !== '' ? value : null;
}


/**
 * @param {any} value
 * @returns {number | null}
 */
function seconds(value) {
    const number = parseFloat(value);

    return number >= 0 ? number : null;
}
