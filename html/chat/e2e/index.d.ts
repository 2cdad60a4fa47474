
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The types of e2e/index.js. */

import type { Room } from '../index.js';
import type { About } from '../seal.js';

/** A CryptoKey that no script can read. */
export type Key = any;

export type Reason = 'clear' | 'scheme' | 'form' | 'key' | 'forged' | 'sender'
    | 'replayed' | 'old' | 'text' | 'here';

/** Why something was not sealed. */
export class Broken extends Error {
    constructor(reason: Reason);
    reason: Reason;
}

export interface RingKey {
    epoch: number;
    secret: Key;
    /** ms UTC, when it came here. */
    since: number;
}

/** The keys of one room. */
export class Ring {
    constructor(keys?: Iterable<RingKey>);
    readonly ready: Promise<void>;
    /** What is sealed with. */
    readonly now: RingKey | null;
    readonly keys: RingKey[];
    add(key: RingKey): void;
    wait(keys: Promise<RingKey[]>): void;
    clear(): void;
    get(epoch: number): RingKey | undefined;
}

export interface Opened {
    text?: string;
    re?: number;
    meta?: object;
    /** Messages of its sender just before it that have not come. */
    missing?: number;
    broken?: Reason;
}

/** What a "Seal" takes; encrypt() makes both. */
export class Codec {
    constructor(room: string, ring: Ring, name?: () => string | undefined);
    seal(text: string, about: About):
        Promise<{ data: string; enc: string; meta?: undefined }>;
    open(frame: any): Promise<Opened>;
    /** The name may be known now. */
    greeted(): void;
    /** Whether a message was sealed under another name. */
    stale(cid: string): boolean;
    /** The view of the log begins anew. */
    viewed(): void;
    comes(frames: any[], older?: boolean): void;
    ends(): { after: Map<number, number>;
              lost: { name: string; count: number }[] };
    /** The room's log began anew. */
    reset(): void;
    gaveUp(cid: string): void;
    sent(cid: string): void;
}

export interface Invitation {
    room: string | null;
    epoch: number;
    /** null: it is damaged */
    secret: string | null;
}

/** Keys in the browser's IndexedDB. */
export class Keep {
    constructor(scope: string, factory?: any);
    load(room: string): Promise<RingKey[]>;
    put(room: string, key: RingKey): Promise<boolean>;
    forget(room: string): Promise<void>;
}

export const PASSPHRASE_LEAST: number;
export const PICTURES: readonly string[];
export const SCHEME: 'chat-e2e/1';

export function available(): boolean;
export function encrypt(room: Room, ring: Ring,
    name?: () => string | undefined): Codec;
export function fingerprint(secret: Key, room: string, epoch: number):
    Promise<Uint8Array>;
export function newSecret(): string;
export function numbers(bytes: Uint8Array): string[];
export function passphraseKey(passphrase: string, room: string): Promise<Key>;
export function pictures(bytes: Uint8Array): string[];
export function readLink(hash: string): Invitation | null;
export function roomKey(text: unknown): Promise<Key | null>;
export function withoutSecret(hash: string): string;
export function writeLink(page: string,
    invitation: { room: string; epoch: number; secret: string }): string;
