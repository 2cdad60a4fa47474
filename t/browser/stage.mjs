
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A log in somebody's page that no server fills. */

const FRAME = 400;                      /* px that are scrolled in a frame */
const WORK = ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'];


export class Stage {

    #page;
    #tools;

    /**
     * @param {import('./people.mjs').Person} person
     * @param {any} test  whose end closes it
     */
    static async open(person, test) {
        const stage = new Stage();

        stage.#page = person.page;
        await person.page.evaluate(openInPage);
        test.after(() => stage.close());
        return stage;
    }

    /** Entries, each half a minute after the one before. */
    add(...entries) {
        return this.#page.evaluate((list) =>
            list.forEach((each) => window.stage.log.add(
                window.stage.entry(each))), entries);
    }

    /**
     * Loads older and older messages, as by scrolling.
     *
     * @param {number} count
     * @param {number} size  of a page
     * @returns {Promise<{pages: number, moved: number}>} by how many px what
     *     was in view moved at most
     */
    load(count, size) {
        return this.#page.evaluate(loadInPage, [count, size]);
    }

    /** Scrolls through it, by steps and by leaps, and looks on. */
    async walk() {
        const before = await this.#work();
        const seen = await this.#page.evaluate(walkInPage, FRAME);
        const work = await this.#work() - before;

        return { ...seen, work: round(work * 1000 / seen.frames.length) };
    }

    /** @returns {Promise<number>} s of scripts, styles and layouts so far */
    async #work() {
        this.#tools ??= await this.#page.context().newCDPSession(this.#page);
        await this.#tools.send('Performance.enable');

        const { metrics } = await this.#tools.send('Performance.getMetrics');

        return metrics.filter(({ name }) => WORK.includes(name))
            .reduce((sum, { value }) => sum + value, 0);
    }

    /** The first and the last message, and whether they are in order. */
    ends() {
        return this.#page.evaluate(endsInPage);
    }

    close() {
        return this.#page.evaluate(() => window.stage?.close());
    }
}


/** To a tenth. */
function round(value) {
    return Math.round(value * 10) / 10;
}


async function openInPage() {
    const { Log } = await import('/page/log.js');
    const { words } = await import('/page/language.js');
    const nothing = () => {};
    const hidden = document.querySelector('.log:not([hidden])');
    const log = new Log('stage', words, { older: nothing, moved: nothing,
        leave: nothing, edit: nothing,
        retry: nothing, discard: nothing });
    let seq = 0;

    hidden.hidden = true;
    log.element.classList.add('stage');
    document.getElementById('logs').prepend(log.element);
    log.show();

    window.stage = {
        log,
        entry: ({ from, day = 0, time, kind = 'message', mine = false,
                  ...more }) => ({ kind, mine, text: '', ...more,
            seq: kind === 'note' ? null : ++seq, fate: mine ? 'sent' : null,
            time: time ?? Date.now() + day * 86_400_000 - 60_000
                          + seq * 1000,
            from: { id: from, name: from } }),
        frame: () => new Promise((done) => { requestAnimationFrame(done); }),
        close: () => {
            log.element.remove();
            hidden.hidden = false;
            delete window.stage;
        },
    };
}


async function loadInPage([count, size]) {
    const { log } = window.stage;
    const { element } = log;
    const turn = () => new Promise((done) => { setTimeout(done, 0); });
    let moved = 0;
    let pages = 0;

    for (let top = count; top > 0; top -= size) {
        const page = Array.from({ length: size }, (_, i) => {
            const seq = top - size + i + 1;
            const from = `user${Math.floor(seq / 3) % 5}`;

            return { kind: 'message', seq, mine: false, fate: null,
                     text: `message ${seq}`, time: 1.7e12 + seq * 20_000,
                     from: { id: from, name: from } };
        });

        /* whoever scrolls up is at the top when older ones come */
        element.scrollTop = 0;

        const row = element.querySelector('.message:not(:first-child)');
        const seq = row?.dataset.seq;
        const before = row?.getBoundingClientRect().top;

        log.prepend(page);
        pages++;
        await turn();

        if (seq !== undefined) {
            const now = element.querySelector(`[data-seq="${seq}"]`)
                ?.getBoundingClientRect().top ?? Infinity;

            moved = Math.max(moved, Math.abs(now - before));
        }
    }

    return { pages, moved };
}


async function walkInPage(step) {
    const { log, frame } = window.stage;
    const { element } = log;
    const result = { frames: [], gaps: [], rows: 0, nodes: 0, added: 0 };
    let added = 0;

    const observer = new MutationObserver((list) => {
        for (const { addedNodes } of list) {
            for (const node of addedNodes) {
                added += node.querySelectorAll?.('.message').length ?? 0;
            }
        }
    });
    const look = () => {
        const { left, top, width, height } = element.getBoundingClientRect();
        const all = document.elementsFromPoint(left + width / 3,
                                               top + height / 2);

        if (all.some((each) => each.matches('.sheet'))
            && !all.some((each) => each.matches('.group, .day'))
            && all.find((each) => each.matches('.sheet')).matches(':empty'))
        {
            result.gaps.push(Math.round(element.scrollTop));
        }

        result.rows = Math.max(result.rows,
            element.querySelectorAll('.message').length);
        result.nodes = Math.max(result.nodes,
                                element.querySelectorAll('*').length);
        result.added = Math.max(result.added, added);
        added = 0;
    };
    const far = element.scrollHeight;
    let last = await frame();

    observer.observe(element, { childList: true, subtree: true });
    log.toEnd();

    /* by steps through two stretches, by leaps between them */
    for (const [from, to] of [[1, .94], [.5, .53], [.02, 0], [.97, 1]]) {
        element.scrollTop = far * from;
        await frame();
        await frame();

        const way = Math.sign(to - from) * step;

        for (let top = far * from; way > 0 ? top < far * to : top > far * to;
             top += way)
        {
            element.scrollTop = top;

            const now = await frame();

            result.frames.push(now - last);
            last = now;
            look();
        }
    }

    observer.disconnect();

    const sorted = [...result.frames].sort((a, b) => a - b);
    const at = (part) => Math.round(sorted[Math.floor(
        (sorted.length - 1) * part)] * 10) / 10;

    return { ...result, median: at(.5), p95: at(.95), max: at(1) };
}


async function endsInPage() {
    const { log, frame } = window.stage;
    const { element } = log;
    const text = (list, at) => list.at(at)?.querySelector('.text').textContent;

    element.scrollTop = 0;
    await frame();
    await frame();

    const top = [...element.querySelectorAll('.message')];
    const numbers = top.map(({ dataset }) => Number(dataset.seq));

    log.toEnd();
    await frame();
    await frame();

    return { first: text(top, 0), ordered: numbers.every((seq, i) =>
                 i === 0 || seq > numbers[i - 1]),
             last: text([...element.querySelectorAll('.message')], -1) };
}
