
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The language of the page: its table of words, and numbers, times and lists
 * as people write them there.  Another language is another table in words/
 * and a line in LANGUAGES.
 */

import { recall } from './memory.js';
import { en } from './words/en.js';
import { zh } from './words/zh.js';

/** @typedef {keyof typeof en} Key */

/**
 * One text, or one for each plural category of the language, which "count"
 * decides.  "{name}" in it is a parameter.
 *
 * @typedef {string | Readonly<Record<string, string>>} Text
 */

/** @typedef {Readonly<Record<Key, Text>>} Table */

/** @typedef {Record<string, string | number>} Params */

/**
 * @typedef {object} Language
 * @property {string} code  as in ?lang=
 * @property {string} tag   as in lang=""
 * @property {string} name  in the language itself
 * @property {'ltr'|'rtl'} dir
 * @property {string} gap   between two sentences
 * @property {Table} table
 */

/** @type {readonly Language[]}  the first is for whom none fits */
export const LANGUAGES = Object.freeze(/** @type {Language[]} */ ([
    { code: 'en', tag: 'en', name: 'English', dir: 'ltr', gap: ' ',
      table: en },
    { code: 'zh', tag: 'zh-CN', name: '\u7b80\u4f53\u4e2d\u6587', dir: 'ltr',
      gap: '', table: zh },
]));

/* letters that are written from right to left */
const TURNS = new RegExp('[\\p{Script=Arabic}\\p{Script=Hebrew}'
    + '\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}]', 'u');

const MINUTE = 60;                      /* s */
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;


export class Words {

    /** @type {Language} */
    language;

    /** @type {string} for Intl: the language as this region writes it */
    #tag;

    #plurals;

    /** @type {Map<string, any>} formats made once */
    #formats = new Map();

    /**
     * @param {Language} language
     * @param {readonly string[]} [wanted]  tags, as of a browser
     */
    constructor(language, wanted = []) {
        this.language = language;
        this.#tag = wanted.find((tag) => primary(tag) === language.code
            && script(tag) === script(language.tag)) ?? language.tag;
        this.#plurals = new Intl.PluralRules(this.#tag);
    }

    /**
     * @param {Key} key
     * @param {Params} [params]  numbers are written as people write them
     * @returns {string}
     */
    t(key, params = {}) {
        const text = this.language.table[key];
        const form = typeof text === 'string' ? text
            : text[this.#plurals.select(Number(params.count))] ?? text.other;

        return form.replace(/\{(\w+)\}/g, (whole, name) => {
            const value = params[name];

            return typeof value === 'number' ? this.number(value)
                   : value === undefined ? whole : this.#apart(value);
        });
    }

    /**
     * @param {string} key
     * @returns {key is Key}
     */
    has(key) {
        return Object.hasOwn(this.language.table, key);
    }

    /**
     * @param {...string} sentences  empty ones do not count
     * @returns {string}
     */
    join(...sentences) {
        return sentences.filter((each) => each !== '')
            .join(this.language.gap);
    }

    /** @param {number} value */
    number(value) {
        return this.#format('number', {}, () =>
            new Intl.NumberFormat(this.#tag)).format(value);
    }

    /**
     * @param {number} time  ms UTC
     * @param {Intl.DateTimeFormatOptions} [options]
     * @returns {string}
     */
    date(time, options = { dateStyle: 'medium', timeStyle: 'short' }) {
        return this.#format('date', options, () =>
            new Intl.DateTimeFormat(this.#tag, options)).format(time);
    }

    /**
     * @param {number} time  ms UTC
     * @returns {string} without the day, if that is today
     */
    moment(time) {
        const today = new Date(time).toDateString()
                      === new Date().toDateString();

        return this.date(time, today ? { timeStyle: 'short' } : undefined);
    }

    /**
     * @param {number} seconds
     * @param {'long'|'short'|'narrow'} [style]
     * @returns {string} in the largest unit that tells it well enough
     */
    span(seconds, style = 'long') {
        const [unit, size] = seconds < 2 * MINUTE ? ['second', 1]
            : seconds < 2 * HOUR ? ['minute', MINUTE]
            : seconds < 2 * DAY ? ['hour', HOUR] : ['day', DAY];

        return this.#format('unit', { unit, style }, () =>
            new Intl.NumberFormat(this.#tag, { style: 'unit',
                unit: String(unit), unitDisplay: style,
                maximumFractionDigits: 0 }))
            .format(Math.round(seconds / Number(size)));
    }

    /**
     * @param {readonly string[]} items
     * @returns {string} "a, b and c"
     */
    list(items) {
        return this.#format('list', {}, () =>
            new Intl.ListFormat(this.#tag))
            .format(items.map((each) => this.#apart(each)));
    }

    /**
     * @param {string} kind
     * @param {object} options
     * @param {() => any} build
     */
    #format(kind, options, build) {
        const key = kind + JSON.stringify(options);
        let format = this.#formats.get(key);

        if (format === undefined) {
            format = build();
            this.#formats.set(key, format);
        }

        return format;
    }

    /**
     * A name that runs the other way does not turn the sentence around it.
     *
     * @param {string} value
     * @returns {string}
     */
    #apart(value) {
        return this.language.dir === 'rtl' || TURNS.test(value)
               ? `\u2068${value}\u2069` : value;
    }
}


/**
 * @param {readonly (string | null | undefined)[]} wanted  the best first
 * @returns {Language}
 */
export function choose(wanted) {
    for (const tag of wanted) {
        const found = LANGUAGES.find(({ code }) => code === primary(tag));

        if (found !== undefined) {
            return found;
        }
    }

    return LANGUAGES[0];
}


/**
 * ?lang= before what was chosen in the settings before the browser's.
 *
 * @returns {Words}
 */
function here() {
    const { location, navigator } = globalThis;
    const asked = new URLSearchParams(location?.search).get('lang');
    const wanted = navigator?.languages ?? [];

    return new Words(choose([asked, recall('language'), ...wanted]), wanted);
}


/**
 * @param {any} tag
 * @returns {string}
 */
function primary(tag) {
    return typeof tag === 'string' ? tag.toLowerCase().split(/[-_]/)[0] : '';
}


/**
 * @param {string} tag
 * @returns {string | undefined} in which it is written; none: it is no tag
 */
function script(tag) {
    try {
        return new Intl.Locale(tag).maximize().script;
    } catch {
        return undefined;
    }
}


export const words = here();

/**
 * @param {Key} key
 * @param {Params} [params]
 * @returns {string}
 */
export function t(key, params) {
    return words.t(key, params);
}


/**
 * Puts the words into a part of the page: data-t="key" for an element's text,
 * data-t-title, data-t-placeholder and data-t-label for what it is called.
 *
 * @param {ParentNode} root
 */
export function translate(root) {
    const attributes = /** @type {const} */ ([['t', ''],
        ['t-title', 'title'], ['t-placeholder', 'placeholder'],
        ['t-label', 'aria-label']]);

    for (const [data, name] of attributes) {
        for (const element of root.querySelectorAll(`[data-${data}]`)) {
            const key = element.getAttribute(`data-${data}`) ?? '';
            const text = words.has(key) ? words.t(key) : key;

            if (name === '') {
                element.textContent = text;
            } else {
                element.setAttribute(name, text);
            }
        }
    }
}


/** The whole page: its language, its direction, its words. */
export function translatePage() {
    const { tag, dir } = words.language;

    document.documentElement.lang = tag;
    document.documentElement.dir = dir;
    translate(document);
    document.documentElement.dataset.ready = '';
}
