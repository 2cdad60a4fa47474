
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The library's types, for who writes TypeScript. */

/** Opens a chat; it comes back by itself until close(). */
export function connect(url: string | URL, options?: Options): Client;

/** A new name for a message: 128 random bits in hex. */
export function messageId(): string;

/** A ban or a mute without an end, in milliseconds UTC. */
export const EVER: number;

/** Names that may be in welcome.features. */
export const FEATURES: Readonly<{ history: string; auth: string }>;

export interface Options {
    /** A guest's wished name. */
    name?: string;
    /** Of who is logged in: for each connection, and before it expires. */
    token?: () => Promise<string | null | undefined>;
    /** Of messages on their way: IndexedDB if there is one; null: none. */
    store?: Store | null;
    /** This chat's name in the store, its address if not given. */
    scope?: string;
    /** This tab's name in the store: the same after a reload. */
    tab?: string;
    /** Asks why a handshake was refused. */
    why?: (address: string, fetch?: any, token?: string) =>
        Promise<Refusal | null>;
    /** false: check() is called by the page, not by the page's events. */
    wake?: boolean;
    /** How messages travel; auto: by HTTP where no WebSocket passes. */
    transport?: 'auto' | Transport;
    /** Where "chat_api" is: "api" beside the chat, if not given. */
    api?: string | URL;
    /** A class of this kind, where there is none (Node 20). */
    WebSocket?: new (url: string, protocols: string[]) => any;
    clock?: Clock;
    random?: () => number;
}

export type Transport = 'websocket' | 'sse' | 'poll';

export interface Clock {
    now: () => number;
    setTimeout: (fn: () => void, ms: number) => any;
    clearTimeout: (timer: any) => void;
}

export interface Refusal {
    status: number;
    code: string;
    message: string;
    retryAfter: number | null;
}

export interface User {
    id: string;
    name: string;
    guest?: boolean;
}

export interface Person {
    id: string;
    name: string;
    role?: string;
}

/* ---- the client */

export interface State {
    name: 'offline' | 'connecting' | 'online' | 'waiting';
    /** What brings it back. */
    then: 'wait' | 'never' | 'login' | 'use' | null;
    code: number | null;
    status: number | null;
    /** A sentence. */
    reason: string | null;
    /** Milliseconds UTC. */
    nextTry: number | null;
    /** Online, but the store is away. */
    trouble: ChatError | null;
    /** How messages travel; while not online: how they did. */
    transport: Transport;
}

export interface ClientEvents {
    state: State;
    welcome: Frame & { user: User; features?: string[] };
    drain: Frame;
    error: ChatError;
}

export class Client {
    constructor(url: string | URL, options?: Options);
    readonly state: State;
    readonly user: User | null;
    readonly welcome: any;
    readonly rooms: Room[];
    on<E extends keyof ClientEvents>(event: E,
        fn: (value: ClientEvents[E]) => void): () => void;
    connect(): void;
    check(): void;
    close(): void;
    rename(name: string): void;
    join(name: string): Room;
    request(op: string, fields: object, cid?: string): Promise<any>;
}

/* ---- a room */

export interface RoomState {
    name: 'waiting' | 'joining' | 'joined' | 'left';
    error: ChatError | null;
    nextTry: number | null;
}

export interface Rights {
    role: string;
    can: readonly string[];
    /** Seconds between two messages. */
    slow: number;
    lock: string;
    /** Milliseconds UTC. */
    muted: number | null;
}

/** As the server sends it. */
export interface Frame {
    ev: string;
    [field: string]: any;
}

/** An entry of the room's log. */
export interface Entry extends Frame {
    room: string;
    seq: number;
    time: number;
    from: Person;
}

export interface Message extends Entry {
    cid: string;
    /** Not there where it is sealed, or broken. */
    text: string;
    /** In a sealed room: why there is no text. */
    broken?: string;
    re?: number;
    meta?: any;
}

export interface Page {
    messages: Message[];
    more: boolean;
    floor: number | null;
}

/** What became of a message of one's own. */
export interface Fate {
    fate: 'sending' | 'sent' | 'failed' | 'gone';
    cid: string;
    text: string;
    time: number;
    error: ChatError | null;
    ok: any;
}

export interface Sent {
    seq: number;
    time: number;
    epoch: string;
    cid: string;
    dup?: boolean;
}

export interface Presence {
    users: Person[];
    count: number;
    join: Person[];
    leave: string[];
}

export interface RoomEvents {
    state: RoomState;
    message: Message;
    edit: Message;
    delete: Entry;
    react: Entry;
    outbox: Fate;
    presence: Presence;
    typing: Frame & { user: Person; on?: boolean };
    read: Frame;
    room: Frame;
    reset: { reason: 'epoch' | 'gone'; message: string };
    hole: { after: number; before: number; message: string };
}

/** What mod() takes besides what is done. */
export interface Act {
    user?: string;
    ip?: string;
    for?: number;
    value?: string | number;
    reason?: string;
    limit?: number;
}

export class Room {
    private constructor();
    readonly name: string;
    readonly state: RoomState;
    readonly users: Person[];
    readonly count: number;
    readonly rights: Readonly<Rights>;
    readonly epoch: string | null;
    readonly seq: number | null;
    readonly first: number | null;
    readonly floor: number | null;
    readonly older: boolean;
    readonly gone: boolean;
    readonly outbox: Fate[];
    readonly sealed: Sealing | null;
    on<E extends keyof RoomEvents>(event: E,
        fn: (value: RoomEvents[E]) => void): () => void;
    ready(): Promise<void>;
    send(text: string, options?: { cid?: string; re?: number; meta?: object }):
        Promise<Sent>;
    seal(seal: Sealing): void;
    discard(cid: string): void;
    history(options?: { before?: number; limit?: number }): Promise<Page>;
    who(): Promise<{ users: Person[]; count: number }>;
    typing(on?: boolean): void;
    mod(what: string, fields?: Act): Promise<any>;
    change(op: 'edit' | 'delete' | 'mod', fields: object): Promise<any>;
    leave(): Promise<void>;
}

/** A "Seal", of seal.js. */
export interface Sealing {
    say(fn: () => void): void;
    open(frame: any, fn: (frame: any) => void): void;
    all(frames: any[]): Promise<any[]>;
}

/* ---- what goes wrong, and what is kept */

export class ChatError extends Error {
    constructor(details: { code: string; message: string; status?: number;
        temporary?: boolean; retry_after?: number; until?: number;
        cid?: string });
    code: string;
    status: number;
    temporary: boolean;
    /** Seconds. */
    retryAfter: number | null;
    /** Milliseconds UTC. */
    until: number | null;
    cid: string | null;
    /** Nobody knows whether it was done. */
    readonly unknown: boolean;
    static from(frame: any, cid?: string): ChatError;
}

/** A message on its way, as it is kept. */
export interface Kept {
    cid: string;
    scope: string;
    room: string;
    fields: { text?: string; data?: string; enc?: any; re?: number;
        meta?: any };
    sealed?: string;
    user: { id: string; guest: boolean } | null;
    time: number;
    n: number;
    owner: string;
    lease: number;
}

export interface Store {
    put: (entry: Kept) => Promise<void>;
    remove: (cid: string) => Promise<void>;
    edit: (scope: string, room: string,
        fn: (entry: Kept) => Kept | null) => Promise<Kept[]>;
}

export class IndexedStore implements Store {
    constructor(factory: any);
    put(entry: Kept): Promise<void>;
    remove(cid: string): Promise<void>;
    edit(scope: string, room: string,
        fn: (entry: Kept) => Kept | null): Promise<Kept[]>;
}
