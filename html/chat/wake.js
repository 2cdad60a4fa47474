
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* When a page comes back to life: its network is there, or it is looked at. */


/**
 * Where there is no page, nothing is listened to.
 *
 * @param {() => void} fn
 * @returns {() => void} its undo
 */
export function onWake(fn) {
    const { document, addEventListener, removeEventListener } = globalThis;

    const look = () => {
        if (!document.hidden) {
            fn();
        }
    };

    addEventListener?.('online', fn);
    document?.addEventListener('visibilitychange', look);

    return () => {
        removeEventListener?.('online', fn);
        document?.removeEventListener('visibilitychange', look);
    };
}
