
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A dialog that is made when it is opened and gone when it is closed.  The
 * browser keeps the focus in it and gives it back.
 */

import { button, make } from './dom.js';
import { t } from './language.js';

let count = 0;

/**
 * @typedef {object} Parts
 * @property {string} title
 * @property {string} [style]  a class
 * @property {(Node | string)[]} content
 * @property {string} [action]  label of the button that does it
 * @property {boolean} [danger]
 * @property {() => void} [done]  the button was pressed
 */


/**
 * @param {Parts} parts
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, style = '', content, action,
                             danger = false, done = () => {} })
{
    const id = `dialog-${++count}`;
    const dialog = make('dialog', { class: `dialog ${style}`,
                                    'aria-labelledby': id });
    const close = button('', 'icon', () => dialog.close());
    const form = make('form', { method: 'dialog' });
    const body = make('div', { class: 'dialog-body' }, ...content);
    const first = body.querySelector('select, input');

    if (first === null) {
        body.tabIndex = 0;              /* so that keys can scroll it */
    }

    close.setAttribute('aria-label', t('close'));
    close.title = t('close');
    close.append(cross());
    form.append(make('div', { class: 'dialog-head' },
                     make('h2', { id }, title), close),
                body);

    if (action !== undefined) {
        form.append(make('div', { class: 'dialog-foot' },
            button(t('cancel'), 'quiet', () => dialog.close()),
            make('button', { type: 'submit',
                             class: danger ? 'main danger' : 'main' },
                 action)));
    }

    form.addEventListener('submit', (event) => {
        event.preventDefault();
        dialog.close();
        done();
    });

    dialog.append(form);
    dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('pointerdown', (event) => {
        if (event.target === dialog && outside(event, dialog)) {
            dialog.close();
        }
    });

    document.body.append(dialog);
    dialog.showModal();
    (first instanceof HTMLElement ? first : body).focus();
    return dialog;
}


/**
 * @param {string} label
 * @param {readonly (readonly [string, string])[]} options  value, text
 * @param {string} value
 * @returns {{field: HTMLElement, select: HTMLSelectElement}}
 */
export function choice(label, options, value) {
    const id = `choice-${++count}`;
    const select = make('select', { id },
        ...options.map(([each, text]) => make('option', { value: each },
                                              text)));

    select.value = value;
    return { select, field: make('div', { class: 'field' },
                                 make('label', { for: id }, label),
                                 select) };
}


/**
 * @param {string} label
 * @param {number} most  characters
 * @returns {{field: HTMLElement, input: HTMLInputElement}}
 */
export function line(label, most) {
    const id = `line-${++count}`;
    const input = make('input', { id, maxlength: String(most), dir: 'auto',
                                  autocomplete: 'off' });

    return { input, field: make('div', { class: 'field' },
                                make('label', { for: id }, label), input) };
}


/** @returns {SVGElement} */
function cross() {
    return drawing('M6 6l12 12M18 6L6 18');
}


/**
 * @param {string} path
 * @returns {SVGElement}
 */
export function drawing(path) {
    const NS = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(NS, 'svg');
    const shape = document.createElementNS(NS, 'path');

    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    shape.setAttribute('d', path);
    svg.append(shape);
    return svg;
}


/**
 * @param {PointerEvent} event
 * @param {HTMLElement} element
 * @returns {boolean} whether it was beside the box, on the backdrop
 */
function outside({ clientX, clientY }, element) {
    const { left, right, top, bottom } = element.getBoundingClientRect();

    return clientX < left || clientX > right
           || clientY < top || clientY > bottom;
}
