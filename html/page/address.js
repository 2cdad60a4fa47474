
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the page's address and head say: which chat, which room. */

import { ROOM_FORM } from '../chat/ui/names.js';

export { ROOM_FORM };


/** @returns {URL} beside the page, if its head names no other */
export function chatUrl() {
    return new URL(meta('chat-url') ?? 'chat/ws', document.baseURI);
}


/** @returns {URL | undefined} beside the chat, if the head names no other */
export function apiUrl() {
    const api = meta('chat-api');

    return api === null ? undefined : new URL(api, document.baseURI);
}


/** @returns {boolean} whether a name has to be asked for */
export function hasGuests() {
    return meta('chat-guests') !== 'off';
}


/** @returns {string | null} of "#lobby", "#room=lobby" or "?room=lobby" */
export function roomOfAddress() {
    const hash = location.hash.slice(1);
    const named = new URLSearchParams(hash).get('room');
    const name = named ?? (hash.includes('=') ? '' : decode(hash));
    const room = name || new URLSearchParams(location.search).get('room');

    return room !== null && ROOM_FORM.test(room) ? room : null;
}


/** @param {string} room */
export function showRoomInAddress(room) {
    if (roomOfAddress() !== room) {
        history.replaceState(null, '', `#${room}`);
    }
}


/**
 * @param {string} name
 * @returns {string | null}
 */
function meta(name) {
    const element = document.querySelector(`meta[name="${name}"]`);

    return element?.getAttribute('content') ?? null;
}


/**
 * @param {string} text
 * @returns {string}
 */
function decode(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return '';
    }
}
