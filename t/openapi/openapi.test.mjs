/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The document of the HTTP API: that it is one, and that it says of paths,
 * methods, statuses and codes what the code has, and the dialogues see.
 */


import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';


const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/* what is refused for the head of a request has a code of another status */

const OTHERWISE = ['405 bad_request', '406 bad_request', '415 bad_request',
                   '425 unavailable', '400 invalid_name'];

/* a status that no dialogue can make happen */

const UNSEEN = [];

const read = (name) => readFileSync(name, 'utf8');
const document = parse(read('html/openapi.yaml'));
const routes = read('ngx_chat_module/lib/ngx_chat_route.c');
const rows = read('ngx_chat_module/ngx_http_chat_api.c');
const glossary = codes();


/* "GET /me" and so on, with the operation */

const operations = new Map(Object.entries(document.paths).flatMap(
    ([path, item]) => METHODS.filter((method) => item[method])
        .map((method) => [`${method.toUpperCase()} ${path}`, item[method]])));


test('it is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate('html/openapi.yaml');

    assert.deepEqual(result, { valid: true });
    assert.equal(validator.version, '3.1');
});


test('it has the methods of the code, and no others', () => {
    const paths = Object.fromEntries(
        [...routes.matchAll(/\{ NGX_CHAT_ROUTE_(\w+), "([^"]+)" \}/g)]
            .map(([, name, path]) => [name, path]));

    const methods =
        [...rows.matchAll(/\{ NGX_CHAT_ROUTE_(\w+), NGX_HTTP_([A-Z]+),/g)]
            .map(([, name, method]) => `${method} ${paths[name]}`);

    assert.ok(methods.length > 10);
    assert.deepEqual([...operations.keys()].sort(), methods.sort());
});


test('each method says what may be refused, as the code does', () => {
    for (const [name, operation] of operations) {
        const got = Object.keys(operation.responses);
        const want = ['400', '401', '403', '405', '429', '500', '503'];

        if (name.includes('{')) {
            want.push('422');
        }

        if (!name.startsWith('GET')) {
            want.push('413', '415', '425');
        }

        assert.deepEqual(want.filter((status) => !got.includes(status)), [],
                         name);
        assert.equal(got.filter((status) => status < '300').length > 0, true);
        assert.equal(operation.requestBody !== undefined,
                     !name.startsWith('GET'), name);
    }
});


test('its codes are those of the glossary, with their statuses', () => {
    const told = new Set();

    for (const [name, operation] of operations) {
        for (const [status, response] of Object.entries(operation.responses)) {
            for (const code of codesOf(response)) {
                told.add(code);

                assert.ok(glossary[code] === status
                          || OTHERWISE.includes(`${status} ${code}`),
                          `${name}: ${status} ${code}`);
            }

            assert.equal(codesOf(response).length > 0, status >= '400',
                         `${name}: ${status}`);
        }
    }

    assert.deepEqual([...document.components.schemas.Problem.properties
                          .code.enum].sort(),
                     [...told].sort());
});


test('the dialogues call each method, and sees what is said here', () => {
    const seen = new Map();
    const all = new Set();

    for (const { method, path, status } of calls()) {
        const name = nameOf(method, path);

        all.add(status);

        if (name !== undefined) {
            assert.ok(operations.get(name).responses[status],
                      `${name} has answered ${status}`);
            seen.set(name, (seen.get(name) ?? new Set()).add(status));
        }
    }

    for (const name of operations.keys()) {
        assert.ok([...seen.get(name) ?? []].some((status) => status < '300'),
                  `${name} is called, and answers`);
    }

    const said = new Set([...operations.values()]
        .flatMap((operation) => Object.keys(operation.responses)));

    assert.deepEqual([...said].filter((status) => !all.has(status)).sort(),
                     UNSEEN);
});


/* {bad_request: '400'} */

function codes() {
    const text = read('ngx_chat_module/lib/ngx_chat_proto_error.c');

    return Object.fromEntries([...text.matchAll(/\{ "(\w+)", ([45]\d\d), /g)]
        .map(([, code, status]) => [code, status]));
}


/* "... Codes: a, b." of a response, which may be one of the components */

function codesOf(response) {
    const name = response.$ref?.replace(/.*\//, '');
    const { description } = name ? document.components.responses[name]
                                 : response;
    const list = /Codes: ([\w, ]+)\./.exec(description);

    return list ? list[1].split(/,\s*/) : [];
}


/* what the dialogues call, with what they set put in */

function * calls() {
    const dialogues = ['api', 'api-join', 'api-rooms', 'stream']
        .map((name) => read(`t/${name}.t`)).join('');

    for (const block of dialogues.split(/^=== /m)) {
        const values = {};

        for (const line of block.split('\n')) {
            const [, key, value] = /^set (\w+) = (.*)/.exec(line) ?? [];

            if (key) {
                values[key] = value;
            }

            const [, stream] =
                /^(?:soon )?\w+ stream (?:\S+=\S+ )*(\S+)/.exec(line) ?? [];

            const [, method, path, status] = stream
                ? [line, 'GET', stream, '200']
                : /^(?:soon )?http ([A-Z]+) (\S+).* => (\d+)/.exec(line) ?? [];

            if (method) {
                yield { method, status,
                        path: path.replace(/\{(\w)\}/g,
                                           (_, name) => values[name]) };
            }
        }
    }
}


/* undefined: of another location, or of nothing that is there */

function nameOf(method, path) {
    const parts = /^\/\w+\/v1(\/[^?]*)/.exec(path)?.[1].split('/');

    return parts && [...operations.keys()].find((name) => {
        const [wanted, template] = name.split(' ');
        const words = template.split('/');

        return method === wanted && words.length === parts.length
               && words.every((word, i) => word === parts[i]
                                           || (word.startsWith('{')
                                               && parts[i] !== ''));
    });
}
