
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Reads the payload of a log entry: version, then fields of tag, length. */

const VERSION = 1;
const FIELD_HEADER = 5;                 /* tag and length, bytes */

const NAMES = { U: 'user', N: 'name', R: 'role', I: 'cid', S: 'session',
                A: 're', C: 'count', O: 'on', J: 'meta', D: 'body' };


/**
 * @param {Buffer} bytes
 * @returns {Record<string, string>} the known fields, as text
 */
export function parsePayload(bytes) {
    const fields = {};
    let pos = 1;

    if (bytes[0] !== VERSION) {
        throw new Error(`a payload of version ${bytes[0]}`);
    }

    while (pos < bytes.length) {
        const name = NAMES[String.fromCharCode(bytes[pos])];
        const end = pos + FIELD_HEADER + bytes.readUInt32BE(pos + 1);

        if (end > bytes.length) {
            throw new Error('a payload that is cut short');
        }

        if (name !== undefined) {
            fields[name] = bytes.toString('utf8', pos + FIELD_HEADER, end);
        }

        pos = end;
    }

    return fields;
}
