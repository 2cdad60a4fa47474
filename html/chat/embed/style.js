
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How <chat-room> looks.  One sheet for all elements of a page, adopted by
 * their shadow roots: it needs no request and no leave of a style-src.
 *
 * Nothing comes in from the page but --chat-* and the direction: "all:
 * initial" stops what inherits, the shadow root stops the rest.  Lengths are
 * px and em, for the page's root may have any font size.
 */

import { PEOPLE_DARK, PEOPLE_LIGHT, ROWS } from './rows.js';

const LIGHT_DARK = [
    ['back', '#ffffff', '#141b19'],
    ['panel', '#f6f8f7', '#1a2320'],
    ['card', '#eef2f0', '#24302c'],
    ['line', '#d9e0dd', '#33403c'],
    ['text', '#16211d', '#e7eeeb'],
    ['soft', '#56645e', '#a3b5ae'],
    ['accent', '#0f766e', '#3bb3a6'],
    ['accent-text', '#ffffff', '#06201c'],
    ['mine', '#0f766e', '#17655d'],
    ['mine-text', '#ffffff', '#f2fbf9'],
    ['bad', '#b42318', '#ff9b8f'],
    ['bad-back', '#fdecea', '#3a1c19'],
    ['busy', '#7d4b00', '#f3c371'],
    ['busy-back', '#fff4de', '#35290f'],
];

/** @param {(light: string, dark: string) => string} value */
const colours = (value) => LIGHT_DARK.map(([name, light, dark]) =>
    `--${name}: var(--chat-${name}, ${value(light, dark)});`).join('\n');

export const CSS = `
:host {
    display: block;
    block-size: 480px;
    max-inline-size: 100%;
}

:host([hidden]) {
    display: none;
}

.room {
    all: initial;
    ${colours((light) => light)}
    --radius: var(--chat-radius, 14px);
    display: flex;
    flex-direction: column;
    box-sizing: border-box;
    inline-size: 100%;
    block-size: 100%;
    min-block-size: 220px;
    overflow: hidden;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--back);
    color: var(--text);
    color-scheme: inherit;
    container-type: inline-size;
    font: var(--chat-font-size, 15px)/1.45
        var(--chat-font, system-ui, -apple-system, "Segoe UI", Roboto,
            "Noto Sans", "PingFang SC", "Microsoft YaHei",
            "Noto Sans CJK SC", sans-serif);
    text-align: start;
    -webkit-user-select: text;
    user-select: text;
    -webkit-text-size-adjust: 100%;
    -webkit-tap-highlight-color: transparent;
}

${PEOPLE_LIGHT}

@supports (color: light-dark(#000, #fff)) {
    .room {
        ${colours((light, dark) => `light-dark(${light}, ${dark})`)}
    }

    ${PEOPLE_DARK}
}

.room[data-theme="light"] { color-scheme: light; }
.room[data-theme="dark"] { color-scheme: dark; }
.room[data-theme="auto"] { color-scheme: light dark; }

${ROWS}

*, *::before, *::after {
    box-sizing: border-box;
}

[hidden] {
    display: none !important;
}

p, ul {
    margin: 0;
    padding: 0;
}

button, input, textarea {
    margin: 0;
    color: inherit;
    font: inherit;
    letter-spacing: inherit;
}

button {
    cursor: pointer;
}

svg {
    inline-size: 20px;
    block-size: 20px;
    fill: none;
    stroke: currentColor;
    stroke-linecap: round;
    stroke-linejoin: round;
    stroke-width: 1.8;
}

:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
}

/* a language of the page that runs the other way mirrors the element, not its
   sentences */
.title, .state span, .notice span, .empty, .why, .typing, .wrong,
.naming label, p.foot span {
    unicode-bidi: plaintext;
}

.unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
}

.head {
    display: flex;
    flex: none;
    align-items: center;
    gap: 10px;
    min-block-size: 46px;
    padding: 6px 14px;
    border-block-end: 1px solid var(--line);
    background: var(--panel);
}

.title {
    flex: 1 1 auto;
    min-inline-size: 0;
    overflow: hidden;
    font-weight: 650;
    text-overflow: ellipsis;
    white-space: nowrap;
}

.state, .count {
    display: inline-flex;
    flex: none;
    align-items: center;
    gap: 6px;
    color: var(--soft);
    font-size: 12.5px;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
}

.count svg {
    inline-size: 16px;
    block-size: 16px;
}

.state::before {
    inline-size: 8px;
    block-size: 8px;
    border-radius: 50%;
    background: var(--soft);
    content: "";
}

.state[data-mood="good"]::before { background: #1fa971; }
.state[data-mood="busy"]::before { background: #e0a029; }
.state[data-mood="bad"]::before { background: #e0503f; }

.notice {
    display: flex;
    flex: none;
    align-items: center;
    justify-content: space-between;
    gap: 10px;
    padding: 8px 14px;
    background: var(--bad-back);
    color: var(--bad);
    font-size: 13px;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
}

.notice[data-mood="busy"] {
    background: var(--busy-back);
    color: var(--busy);
}

.notice button {
    flex: none;
    padding: 3px 10px;
    border: 1px solid currentColor;
    border-radius: 8px;
    background: none;
}

.logs {
    position: relative;
    flex: 1;
    min-block-size: 0;
}

.log {
    block-size: 100%;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 14px 14px 4px;
    scrollbar-gutter: stable;
    scrollbar-width: thin;
}

.log:focus-visible {
    outline-offset: -2px;
}

.older {
    display: block;
    margin: 0 auto 12px;
    padding: 3px 14px;
    border: 1px solid var(--line);
    border-radius: 14px;
    background: none;
    color: var(--accent);
    font-size: 13px;
    font-weight: 600;
}

.older:disabled {
    border-color: transparent;
    color: var(--soft);
    cursor: default;
    font-weight: 400;
}

.empty {
    padding: 24px 8px;
    color: var(--soft);
    text-align: center;
}

.down {
    position: absolute;
    inset-block-end: 8px;
    inset-inline: 0;
    inline-size: fit-content;
    margin-inline: auto;
    padding: 4px 14px;
    border: 0;
    border-radius: 14px;
    background: var(--accent);
    box-shadow: 0 2px 10px rgb(0 0 0 / 25%);
    color: var(--accent-text);
    font-size: 13px;
    font-weight: 600;
}

.why {
    margin: 0 12px 12px;
    padding: 8px 12px;
    border-radius: var(--radius);
    background: var(--panel);
    color: var(--soft);
    font-size: 13px;
    text-align: center;
}

.typing {
    flex: none;
    block-size: 22px;
    overflow: hidden;
    padding: 0 16px;
    color: var(--soft);
    font-size: 12.5px;
    text-overflow: ellipsis;
    white-space: nowrap;
}

.composer {
    display: flex;
    flex: none;
    align-items: flex-end;
    gap: 6px;
    margin: 0 10px 10px;
    padding: 3px 3px 3px 6px;
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) + 4px);
    background: var(--panel);
}

.composer:dir(rtl) {
    padding: 3px 6px 3px 3px;
}

.composer:focus-within {
    border-color: var(--accent);
    box-shadow: 0 0 0 1px var(--accent);
}

.composer textarea {
    flex: 1;
    min-inline-size: 0;
    max-block-size: 120px;
    padding: 7px;
    border: 0;
    outline: 0;
    background: none;
    resize: none;
}

.composer textarea::placeholder {
    color: var(--soft);
    opacity: 1;
}

.send {
    display: inline-flex;
    flex: none;
    align-items: center;
    justify-content: center;
    inline-size: 36px;
    block-size: 36px;
    border: 0;
    border-radius: calc(var(--radius) + 1px);
    background: var(--accent);
    color: var(--accent-text);
}

.send:disabled, .composer textarea:disabled {
    cursor: not-allowed;
    opacity: .6;
}

.send:dir(rtl) svg {
    transform: scaleX(-1);
}

.gone, .edited {
    color: var(--soft);
    font-style: italic;
}

.edited {
    margin-inline-start: 6px;
    font-size: 11px;
}

p.foot {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 6px;
    margin: -4px 16px 8px;
    color: var(--soft);
    font-size: 12.5px;
}

p.foot bdi {
    color: var(--text);
    font-weight: 600;
    overflow-wrap: anywhere;
}

.naming {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px;
    margin: 0 12px 10px;
    font-size: 13px;
}

.naming label {
    flex: 1 0 100%;
    color: var(--soft);
}

.naming input {
    flex: 1 1 130px;
    min-inline-size: 0;
    padding: 5px 9px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--panel);
}

.naming button {
    padding: 5px 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: none;
}

.naming button[type="submit"] {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--accent-text);
}

.wrong {
    flex: 1 0 100%;
    color: var(--bad);
}

.wrong:empty {
    display: none;
}

.link, .way {
    padding: 1px 3px;
    border: 0;
    background: none;
    color: var(--accent);
    font-weight: 600;
    text-decoration: underline;
    text-underline-offset: 2px;
}

@container (max-width: 379px) {
    .head, .notice { padding-inline: 10px; }
    .log { padding-inline: 8px; }
    .state[data-mood="good"] span { display: none; }
    .group { max-inline-size: 96%; }
    .group > .avatar { display: none; }
}

@media (prefers-reduced-motion: no-preference) {
    .down, .notice { animation: appear .2s both; }
}

@keyframes appear {
    from { opacity: 0; }
}

@media (forced-colors: active) {
    .message, .avatar { border: 1px solid; }
}
`;
