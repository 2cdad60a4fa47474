
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Elements made and found; text goes in as text only. */

const SVG = 'http://www.w3.org/2000/svg';


/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children  strings become text nodes
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes, ...children) {
    const element = document.createElement(tag);

    for (const [name, value] of Object.entries(attributes)) {
        element.setAttribute(name, value);
    }

    element.append(...children);
    return element;
}


/**
 * @template {typeof HTMLElement} T
 * @param {string} id
 * @param {T} type
 * @returns {InstanceType<T>}
 */
export function find(id, type) {
    const element = document.getElementById(id);

    if (!(element instanceof type)) {
        throw new Error(`the page has no ${type.name} #${id}`);
    }

    return /** @type {InstanceType<T>} */ (element);
}


/**
 * @param {string} label
 * @param {string} style  classes
 * @param {() => void} fn
 * @returns {HTMLButtonElement}
 */
export function button(label, style, fn) {
    const element = make('button', { type: 'button', class: style }, label);

    element.addEventListener('click', fn);
    return element;
}


/**
 * @param {string} path  in a square of 24
 * @returns {SVGSVGElement}
 */
export function icon(path) {
    const svg = document.createElementNS(SVG, 'svg');
    const line = document.createElementNS(SVG, 'path');

    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
}
