
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What keeps people from using a page, as far as axe-core can tell. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);


/**
 * @param {any} page
 * @returns {Promise<string[]>}
 */
export async function violations(page) {
    await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'),
                                     'utf8'));

    return page.evaluate(async () => {
        const found = await window.axe.run(document,
                                           { resultTypes: ['violations'] });

        return found.violations.flatMap(({ id, nodes }) => nodes.map((node) =>
            `${id}: ${node.target} ${node.failureSummary}`));
    });
}
