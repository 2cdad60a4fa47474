
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
const LONGEST = 86_400_000;             /* ms, then it is tried */

/**
 * @typedef {object} Refusal
 * @property {number} status      as in HTTP
 * @property {string} code        as in answers, or empty
 * @property {string} message     a sentence for people
 * @property {number | null} retryAfter  seconds
 */

/**
 * @typedef {object} Waits
 * @property {number} backoff  ms
 * @property {number} spread   ms, more than the server asks for
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
 * The reason, and what follows from it.
 *
 * @param {typeof askWhy | undefined} why  the site's own way to ask
 * @param {string} address
 * @param {string | undefined} token
 * @param {Waits} waits
 * @returns {Promise<Refusal & import('./policy.js').Decision | null>}
 */
export async function explain(why = askWhy, address, token, waits) {
    const refusal = await why(address, undefined, token);

    return refusal && { ...refusal, ...afterRefusal(refusal, waits) };
}


/**
 * @param {Refusal} refusal
 * @param {Waits} waits
 * @returns {import('./policy.js').Decision}
 */
export function afterRefusal({ status, code, retryAfter },
                             { backoff, spread })
{
    if (status === 401 && code !== 'token_expired') {
        return { then: 'login', delay: 0 };
    }

    if (status === 403 || code === 'invalid_name') {
        return { then: 'never', delay: 0 };
    }

    return { then: 'wait', delay: retryAfter === null ? backoff
        : Math.min(retryAfter * 1000, LONGEST) + spread };
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
