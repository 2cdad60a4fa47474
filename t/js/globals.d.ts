/*
 * All that the library may ask of its surroundings: browsers and Node have
 * these.  It is checked without the DOM's types, so that any other use of a
 * page fails.
 */

declare function setTimeout(fn: () => void, ms: number): unknown;
declare function clearTimeout(timer: any): void;
declare function queueMicrotask(fn: () => void): void;
declare function atob(text: string): string;
declare function btoa(bytes: string): string;

declare class TextEncoder {
    encode(text: string): Uint8Array;
}

declare class URL {
    constructor(url: string | URL, base?: string | URL);
    href: string;
    origin: string;
    pathname: string;
    hash: string;
    protocol: string;
    searchParams: {
        get(name: string): string | null;
        set(name: string, value: string): void;
    };
}

declare class TextDecoder {
    constructor(label?: string,
                options?: { fatal: boolean, ignoreBOM: boolean });
    decode(bytes: Uint8Array, options?: { stream: boolean }): string;
}

declare class AbortController {
    signal: any;
    abort(): void;
}

declare class URLSearchParams {
    constructor(fields: string | Record<string, string>);
    get(name: string): string | null;
    set(name: string, value: string): void;
    delete(name: string): void;
    toString(): string;
}

declare var crypto: {
    getRandomValues(bytes: Uint8Array): Uint8Array;
    subtle: any;
};
declare var indexedDB: any;
declare var fetch: any;
declare var AbortSignal: any;
declare var performance: any;
declare var WebSocket: new (url: string, protocols: string[]) => any;

/* only a page has these; wake.js asks whether they are there */
declare var document: any;
declare var addEventListener: any;
declare var removeEventListener: any;
