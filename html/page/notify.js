
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Tells of messages that nobody sees: a notification, a sound. */

import { t, words } from '../chat/ui/language.js';
import { mentions } from './mention.js';
import { notify, sound } from './prefs.js';

const TEXT_MOST = 140;                  /* characters */
const QUIET = 1000;                     /* ms between two sounds */
const NOTES = [660, 880];               /* Hz */
const NOTE = 0.12;                      /* s */
const LOUD = 0.12;                      /* of 1 */

/** @type {AudioContext | null} */
let audio = null;

let last = 0;

/**
 * @typedef {object} Heard
 * @property {string} room
 * @property {string} name  who said it
 * @property {string} text
 * @property {boolean} secret  its text is shown in the page only
 * @property {string} me    one's own name
 * @property {boolean} seen  whether the room is in view
 * @property {() => void} open  shows the room
 */


/** @returns {NotificationPermission | 'none'} */
export function allowed() {
    return 'Notification' in globalThis ? Notification.permission : 'none';
}


/** @returns {Promise<NotificationPermission | 'none'>} */
export async function askAllowed() {
    return allowed() === 'default' ? Notification.requestPermission()
                                   : allowed();
}


/** @param {Heard} heard */
export function tellOf({ room, name, text, secret, me, seen, open }) {
    const mentioned = mentions(text, me);
    const wanted = notify();

    if (seen) {
        return;
    }

    if (sound()) {
        chime();
    }

    if (allowed() !== 'granted' || !document.hidden || wanted === 'off'
        || (wanted === 'mentions' && !mentioned))
    {
        return;
    }

    show(mentioned ? t('notify.mentioned', { name, room })
                   : t('notify.title', { name, room }), room,
         secret ? '' : text, open);
}


/**
 * @param {string} title
 * @param {string} room
 * @param {string} text
 * @param {() => void} open
 */
function show(title, room, text, open) {
    try {
        const notification = new Notification(title, { tag: `chat ${room}`,
            body: [...text].slice(0, TEXT_MOST).join(''),
            lang: words.language.tag, dir: 'auto', icon: 'page/icon.svg' });

        notification.onclick = () => {
            focus();
            open();
            notification.close();
        };

    } catch {
        /* telephones want a service worker for it; the badge tells, too */
    }
}


/**
 * Two soft notes; nothing where the browser wants a click before.
 *
 * @param {boolean} [sample]  somebody wants to know how it sounds
 */
export function chime(sample = false) {
    const now = Date.now();

    if (!sample && now - last < QUIET) {
        return;
    }

    last = sample ? last : now;

    try {
        audio ??= new AudioContext();
        void audio.resume();
        NOTES.forEach((pitch, i) => note(/** @type {any} */ (audio), pitch,
                                         i * NOTE));
    } catch {
        /* no sound device */
    }
}


/**
 * @param {AudioContext} context
 * @param {number} pitch
 * @param {number} delay  s
 */
function note(context, pitch, delay) {
    const start = context.currentTime + delay;
    const source = context.createOscillator();
    const volume = context.createGain();

    source.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(LOUD, start + NOTE / 8);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE * 2);
    source.connect(volume).connect(context.destination);
    source.start(start);
    source.stop(start + NOTE * 2);
}
