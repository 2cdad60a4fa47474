
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* <chat-room>: a room in somebody's page. */

import { ChatError } from '../index.js';
import { choose, Words } from '../ui/language.js';
import { recall } from '../ui/memory.js';
import { ROOM_FORM, wrongName } from '../ui/names.js';
import { Line } from './line.js';
import { sheetOf } from './sheet.js';
import { View } from './view.js';

const ATTRIBUTES = ['heading', 'lang', 'name', 'placeholder', 'readonly',
                    'room', 'theme', 'url'];

/* beside embed.js, wherever that is */
const BESIDE = new URL('../ws', import.meta.url);

/** @typedef {import('./talk.js').Talk} Talk */

/** @typedef {() => Promise<string | null | undefined>} Token */

/**
 * What the element is about: "none" outside of a document, "wrong" with
 * attributes that cannot be; else as the connection, and when that is online
 * as the room.
 *
 * @typedef {'none'|'wrong'|'connecting'|'waiting'|'offline'|'joining'|'joined'
 *     |'left'} State
 */


export class ChatRoom extends HTMLElement {

    static observedAttributes = ATTRIBUTES;

    /**
     * A promise of who is logged in, for each connection: as "token" of
     * connect().
     *
     * @type {Token | null}
     */
    #token = null;

    #root = this.attachShadow({ mode: 'open' });

    /** @type {View | null} */
    #view = null;

    /** @type {Line | null} */
    #line = null;

    /** @type {Talk | null} */
    #talk = null;

    /** @type {State} */
    #state = 'none';

    #late = false;

    constructor() {
        super();
        this.#dress();
    }

    connectedCallback() {
        for (const name of [...ATTRIBUTES, 'token']) {
            this.#again(name);
        }

        this.#later();
    }

    /** Who is put elsewhere at once is there when it is looked. */
    disconnectedCallback() {
        this.#later();
    }

    /** Put elsewhere by moveBefore(): nothing happens. */
    connectedMoveCallback() {}

    adoptedCallback() {
        this.#dress();
    }

    /**
     * @param {string} name
     * @param {string | null} before
     * @param {string | null} now
     */
    attributeChangedCallback(name, before, now) {
        if (this.#view === null || before === now) {
            return;
        }

        if (name === 'name' && now !== null && this.#line !== null
            && wrongName(now) === null)
        {
            this.#line.client.rename(now);
        }

        this.#stop();
        this.#later();
    }

    /* the library's, for who wants more than this element */

    get client() {
        return this.#line?.client ?? null;
    }

    get chat() {
        return this.#talk?.room ?? null;
    }

    get state() {
        return this.#state;
    }

    get token() {
        return this.#token;
    }

    set token(token) {
        this.#token = token;
    }

    /**
     * @param {string} text
     * @returns {Promise<object>} as that of Room.send()
     */
    async send(text) {
        if (this.#talk === null) {
            throw new ChatError({ code: 'offline', temporary: true,
                message: 'The element is in no document; nothing was sent.' });
        }

        return this.#talk.send(text);
    }

    /** Connects, or enters the room, now. */
    connect() {
        if (this.#line !== null && this.#talk !== null) {
            this.#line.client.connect();

            if (this.#talk.room.state.name === 'left') {
                this.#line.client.join(this.#talk.room.name);
            }
        }
    }

    /** @override */
    focus() {
        this.#view?.focus();
    }

    /** What was set before this class was there counts. */
    #again(/** @type {string} */ name) {
        if (Object.hasOwn(this, name)) {
            const it = /** @type {any} */ (this);
            const value = it[name];

            delete it[name];
            it[name] = value;
        }
    }

    #dress() {
        this.#root.adoptedStyleSheets = [sheetOf(this.ownerDocument)];
    }

    /** Many changes, one look. */
    #later() {
        if (!this.#late) {
            this.#late = true;
            setTimeout(() => {
                this.#late = false;
                this.#look();
            }, 0);
        }
    }

    #look() {
        if (!this.isConnected) {
            this.#stop();

        } else if (this.#view === null) {
            this.#start();
        }
    }

    #start() {
        const room = this.getAttribute('room') ?? '';
        const words = this.#words();
        const theme = this.getAttribute('theme');
        const url = this.#url();
        const view = new View({
            heading: this.getAttribute('heading') ?? `#${room}`,
            placeholder: this.getAttribute('placeholder'),
            readonly: this.hasAttribute('readonly'),
            named: this.hasAttribute('name'),
            theme: ['light', 'dark', 'auto'].includes(theme ?? '') ? theme
                                                                   : null,
        }, words);

        this.#view = view;
        this.#root.replaceChildren(view.element);

        if (url === null || !ROOM_FORM.test(room)) {
            view.refuse(words.t(url === null ? 'embed.url' : 'embed.room'));
            this.#tell('wrong');
            return;
        }

        this.#line = new Line(url, this.#options());
        this.#talk = view.begin(this.#line, room, {
            state: () => this.#changed(),
            said: ({ seq, time, from, text, mine }) =>
                this.#send('chat-message',
                           { room, seq, time, from, text, mine }),
            failed: (error) => this.#send('chat-error', error),
        });
        this.#changed();
    }

    #stop() {
        this.#view?.stop();
        this.#line?.close();
        this.#view = null;
        this.#line = null;
        this.#talk = null;

        if (!this.isConnected) {
            this.#tell('none');
        }
    }

    /** The element's, the page's around it, the browser's. */
    #words() {
        const around = this.closest('[lang]')?.getAttribute('lang');

        return new Words(choose([around, ...navigator.languages]),
                         [around ?? '', ...navigator.languages]);
    }

    /** @returns {URL | null} */
    #url() {
        const given = this.getAttribute('url');

        try {
            const url = given === null ? BESIDE
                                       : new URL(given, this.baseURI);

            return /^(?:https?|wss?):$/.test(url.protocol) ? url : null;

        } catch {
            return null;
        }
    }

    /** @returns {import('../client.js').Options} */
    #options() {
        const kept = this.getAttribute('name') ?? recall('name');
        const name = typeof kept === 'string' && wrongName(kept) === null
                     ? kept : undefined;

        return { name, token: async () => this.#token === null
            ? this.#ask() : this.#token() };
    }

    /**
     * Whoever hears the event answers by respondWith(), or nobody is logged
     * in.
     *
     * @returns {Promise<any> | null}
     */
    #ask() {
        /** @type {Promise<any> | null} */
        let answer = null;

        this.#send('chat-token', {
            respondWith: (/** @type {any} */ token) => {
                answer = Promise.resolve(token);
                answer.catch(() => {});     /* told to who asked */
            },
        });
        return answer;
    }

    #changed() {
        const { client, chat } = this;

        if (client !== null && chat !== null) {
            this.#tell(client.state.name !== 'online' ? client.state.name
                       : chat.state.name === 'waiting' ? 'joining'
                       : chat.state.name);
        }
    }

    /** @param {State} state */
    #tell(state) {
        if (state !== this.#state) {
            this.#state = state;
            this.#send('chat-state', { state,
                reason: this.client?.state.reason
                        ?? this.chat?.state.error?.message ?? null });
        }
    }

    /**
     * The connection that others go on to use asks by the document.
     *
     * @param {string} type
     * @param {any} detail
     */
    #send(type, detail) {
        const target = this.isConnected || type === 'chat-state'
                       ? this : this.ownerDocument;

        target.dispatchEvent(new CustomEvent(type, { detail, bubbles: true,
                                                     composed: true }));
    }
}


for (const name of ATTRIBUTES.filter((each) => each !== 'lang')) {
    const flag = name === 'readonly';

    Object.defineProperty(ChatRoom.prototype, name, {
        configurable: true,
        enumerable: true,
        get() {
            return flag ? this.hasAttribute(name) : this.getAttribute(name);
        },
        set(value) {
            if (value === null || value === undefined || value === false) {
                this.removeAttribute(name);
            } else {
                this.setAttribute(name, flag ? '' : String(value));
            }
        },
    });
}
