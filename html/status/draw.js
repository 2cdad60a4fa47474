
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A number with its name, and a line of what it was before. */

import { make } from '../chat/ui/dom.js';

const SVG = 'http://www.w3.org/2000/svg';

/* of a line, and of a bar */
const WIDTH = 120;
const HEIGHT = 32;

/* looks that a line shows */
const LOOKS = 60;


export class Card {

    element;
    #value = make('p', { class: 'value' });
    #more = make('p', { class: 'soft' });
    #line = document.createElementNS(SVG, 'polyline');

    /** @type {number[]} */
    #past = [];

    /** @param {string} name */
    constructor(name) {
        const svg = document.createElementNS(SVG, 'svg');

        svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
        svg.setAttribute('preserveAspectRatio', 'none');
        svg.setAttribute('aria-hidden', 'true');
        svg.append(this.#line);

        this.element = make('div', { class: 'card' },
            make('h2', {}, name), this.#value, svg, this.#more);
    }

    /**
     * @param {number | null} value  null: not known
     * @param {string} text
     * @param {string} [more]
     */
    show(value, text, more = '') {
        this.#value.textContent = text;
        this.#more.textContent = more;
        this.#past = [...this.#past, value ?? 0].slice(-LOOKS);
        this.#line.setAttribute('points', points(this.#past));
    }
}


/**
 * @param {readonly number[]} values
 * @returns {string} of a line from 0 to the greatest
 */
export function points(values) {
    const top = Math.max(...values, Number.MIN_VALUE);
    const from = LOOKS - values.length;

    return values.map((value, i) => {
        const x = (from + i) * WIDTH / (LOOKS - 1);
        const y = HEIGHT - 1 - value / top * (HEIGHT - 2);

        return `${x.toFixed(1)},${y.toFixed(1)}`;
    }).join(' ');
}


/**
 * @param {number} part  of the whole: 0 to 1
 * @returns {SVGElement} a bar so long
 */
export function bar(part) {
    const svg = document.createElementNS(SVG, 'svg');
    const rect = document.createElementNS(SVG, 'rect');

    svg.setAttribute('class', 'bar');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} 1`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    rect.setAttribute('width', (part * WIDTH).toFixed(1));
    rect.setAttribute('height', '1');
    svg.append(rect);

    return svg;
}


/**
 * @param {readonly (string | Node)[]} cells  the first one names the row
 * @param {readonly number[]} [numbers]  which of them are numbers
 * @returns {HTMLTableRowElement}
 */
export function row(cells, numbers = []) {
    return make('tr', {}, ...cells.map((cell, i) => i === 0
        ? make('th', { scope: 'row' }, cell)
        : make('td', numbers.includes(i) ? { class: 'number' } : {}, cell)));
}
