/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Logs in, and shows a room that asks for a token when it needs one. */


import '/chat/embed.js';


const form = /** @type {HTMLFormElement} */ (document.getElementById('login'));
const room = /** @type {any} */ (document.createElement('chat-room'));


form.addEventListener('submit', async (event) => {
    event.preventDefault();

    const data = new FormData(form);
    const alg = String(data.get('alg'));
    const answer = await fetch('token', {
        method: 'POST',
        body: new URLSearchParams({ name: String(data.get('name')) }),
    });

    if (!answer.ok) {
        alert(await answer.text());
        return;
    }

    room.token = async () => (await fetch(`token?alg=${alg}`)).text();
    room.setAttribute('room', 'lobby');
    form.replaceWith(room);
});
