
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* One style sheet for all elements of a document. */

import { CSS } from './style.js';

/** @type {WeakMap<Document, CSSStyleSheet>} */
const sheets = new WeakMap();


/**
 * @param {Document} document  a sheet can be adopted in its own only
 * @returns {CSSStyleSheet}
 */
export function sheetOf(document) {
    let sheet = sheets.get(document);

    if (sheet === undefined) {
        sheet = new (document.defaultView ?? globalThis).CSSStyleSheet();
        sheet.replaceSync(CSS);
        sheets.set(document, sheet);
    }

    return sheet;
}
