
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The dialog in which people choose how the page looks, sounds and tells. */

import { choice, openDialog } from './dialog.js';
import { make } from './dom.js';
import { LANGUAGES, t } from './language.js';
import { recall, remember } from './memory.js';
import { allowed, askAllowed, chime } from './notify.js';
import { NOTIFY, notify, setNotify, setSound, setTheme, sound, theme, THEMES }
    from './prefs.js';


export function openSettings() {
    openDialog({ title: t('settings'), style: 'settings', content: [
        languages(), themes(), sounds(), ...notifications(),
        make('p', { class: 'hint' }, t('settings.kept')),
    ] });
}


/** Another language is read when the page is; what is typed is kept. */
function languages() {
    const { select, field } = choice(t('settings.language'),
        [['', t('settings.auto')],
         ...LANGUAGES.map(({ code, name }) =>
             /** @type {const} */ ([code, name]))],
        String(recall('language') ?? ''));

    for (const { code, tag } of LANGUAGES) {
        select.querySelector(`[value="${code}"]`)?.setAttribute('lang', tag);
    }

    select.addEventListener('change', () => {
        const { searchParams } = new URL(location.href);

        remember('language', select.value || null);

        if (searchParams.has('lang')) {
            searchParams.delete('lang');
            location.search = String(searchParams);
        } else {
            location.reload();
        }
    });
    return field;
}


function themes() {
    const { select, field } = choice(t('settings.theme'), THEMES.map((each) =>
        [each, t(`settings.theme.${each}`)]), theme());

    select.addEventListener('change', () => setTheme(
        THEMES.find((each) => each === select.value) ?? 'auto'));
    return field;
}


function sounds() {
    const box = make('input', { type: 'checkbox', role: 'switch' });

    box.checked = sound();
    box.addEventListener('change', () => {
        setSound(box.checked);

        if (box.checked) {
            chime(true);
        }
    });
    return make('label', { class: 'field switch' },
                make('span', {}, t('settings.sound')), box);
}


/** The browser is asked when somebody chooses to be told, not before. */
function notifications() {
    const { select, field } = choice(t('settings.notify'),
        NOTIFY.map((each) => [each, t(`settings.notify.${each}`)]),
        allowed() === 'granted' ? notify() : 'off');
    const hint = make('p', { class: 'hint', role: 'status' });

    const tell = () => {
        const state = allowed();

        hint.textContent = state === 'none' ? t('settings.notify.none')
            : state === 'denied' ? t('settings.notify.denied')
            : t('settings.notify.hint');
    };

    select.disabled = allowed() === 'none';
    select.addEventListener('change', async () => {
        const wanted = NOTIFY.find((each) => each === select.value) ?? 'off';

        if (wanted !== 'off' && await askAllowed() !== 'granted') {
            select.value = 'off';
        } else {
            setNotify(wanted);
        }

        tell();
    });

    tell();
    return [field, hint];
}
