
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Whoever reads stays where they read, whatever comes above and below. */

const NEAR = 80;                        /* px from the end: there */

/** @typedef {{element: Element, seq: string | null, top: number}} Place */


export class Scroller {

    /** @type {HTMLElement} what scrolls */
    #element;

    /** @type {HTMLElement} whose children are the log's parts */
    #box;

    /** @type {(seq: number) => HTMLElement | null} */
    #row;

    /** @type {() => void} */
    #moved;

    /** @type {Place | null} null: at the end */
    #place = null;

    /** Whether something changed that is not made up for yet. */
    #held = false;

    /**
     * @param {HTMLElement} element
     * @param {HTMLElement} box
     * @param {{row: (seq: number) => HTMLElement | null,
     *     moved: () => void}} on
     */
    constructor(element, box, { row, moved }) {
        this.#element = element;
        this.#box = box;
        this.#row = row;
        this.#moved = moved;
    }

    get atEnd() {
        return this.#held ? this.#place === null : this.below < NEAR;
    }

    /** @returns {number} px that are hidden below */
    get below() {
        const { scrollHeight, scrollTop, clientHeight } = this.#element;

        return scrollHeight - scrollTop - clientHeight;
    }

    toEnd() {
        this.#element.scrollTop = this.#element.scrollHeight;
        this.#place = null;
    }

    /**
     * @param {Element} element  comes to the upper part of the view
     */
    show(element) {
        const top = element.getBoundingClientRect().top - this.#edge;

        this.#element.scrollTop += top - this.#element.clientHeight / 4;
        this.note();
    }

    /** Remembers what is in view. */
    note() {
        this.#place = this.below < NEAR ? null : this.#find();
    }

    /** What was in view comes to where it was. */
    restore() {
        const place = this.#place;

        if (place === null) {
            this.toEnd();
            return;
        }

        const { seq } = place;
        const element = place.element.isConnected ? place.element
            : seq !== null ? this.#row(Number(seq)) : null;

        if (element !== null) {
            this.#element.scrollTop += element.getBoundingClientRect().top
                                       - this.#edge - place.top;
        }
    }

    /**
     * Many changes of one moment are made up for once.
     *
     * @param {() => void} change
     */
    hold(change) {
        if (!this.#held) {
            this.note();
            this.#held = true;
            queueMicrotask(() => {
                this.#held = false;
                this.restore();
                this.#moved();
            });
        }

        change();
    }

    /** @returns {number} px of the window, where the view begins */
    get #edge() {
        return this.#element.getBoundingClientRect().top;
    }

    /** @returns {Place | null} the first that is in view */
    #find() {
        const edge = this.#edge;
        const below = (/** @type {Element} */ each) =>
            each.getBoundingClientRect().bottom > edge;
        const part = [...this.#box.children].find(below);

        if (part === undefined) {
            return null;
        }

        const element = [...part.querySelectorAll('.message')].find(below)
                        ?? part;

        return { element, top: element.getBoundingClientRect().top - edge,
                 seq: element.getAttribute('data-seq') };
    }
}
