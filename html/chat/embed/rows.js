
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How the messages in <chat-room> look, and those who wrote them. */

/** @param {(light: string, dark: string) => string} value */
const people = (value) => `
.author { color: ${value('hsl(var(--hue, 170) 62% 30%)',
                         'hsl(var(--hue, 170) 60% 75%)')}; }
.avatar { background: ${value('hsl(var(--hue, 170) 60% 88%)',
                              'hsl(var(--hue, 170) 32% 26%)')};
    color: ${value('hsl(var(--hue, 170) 60% 24%)',
                   'hsl(var(--hue, 170) 65% 84%)')}; }
`;

const DEGREES = [168, 200, 225, 260, 290, 320, 345, 10, 28, 45, 95, 140];

const HUES = DEGREES.map((degrees, i) =>
    `.hue-${i} { --hue: ${degrees}; }`).join('\n');

export const PEOPLE_LIGHT = people((light) => light);

export const PEOPLE_DARK = people((light, dark) =>
    `light-dark(${light}, ${dark})`);

export const ROWS = `
${HUES}

.group {
    display: flex;
    gap: 8px;
    max-inline-size: 88%;
    margin-block-end: 12px;
}

.group.mine {
    margin-inline-start: auto;
    justify-content: flex-end;
}

.avatar {
    display: inline-flex;
    flex: none;
    align-items: center;
    justify-content: center;
    inline-size: 30px;
    block-size: 30px;
    margin-block-start: 2px;
    border-radius: 50%;
    font-size: 12px;
    font-weight: 600;
    -webkit-user-select: none;
    user-select: none;
}

.messages, .group.pending {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    justify-content: flex-start;
    gap: 3px;
    min-inline-size: 0;
}

.mine .messages, .group.pending {
    align-items: flex-end;
}

.group.pending:empty {
    display: none;
}

.settled:has(> .mine:last-child) + .pending {
    margin-block-start: -9px;
}

.author {
    max-inline-size: 100%;
    overflow: hidden;
    padding: 0 2px;
    font-size: 13px;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
}

.message {
    position: relative;
    max-inline-size: 100%;
    padding: 6px 11px;
    border-radius: var(--radius);
    background: var(--card);
}

.mine .message {
    background: var(--mine);
    color: var(--mine-text);
}

.text {
    display: inline;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
    white-space: pre-wrap;
}

.message:has(> .text:dir(ltr)) { direction: ltr; }
.message:has(> .text:dir(rtl)) { direction: rtl; }

.fate, .note span {
    unicode-bidi: plaintext;
}

.text.big {
    font-size: 2em;
    line-height: 1.2;
}

.text a {
    color: inherit;
    text-decoration: underline;
    text-underline-offset: 2px;
}

.text a[data-host]::after {
    content: " [" attr(data-host) "]";
    font-size: .85em;
}

.text code {
    padding: 0 3px;
    border-radius: 4px;
    background: color-mix(in srgb, currentColor 12%, transparent);
    font: .9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}

.text pre {
    max-block-size: 300px;
    overflow: auto;
    margin: 4px 0;
    padding: 6px 8px;
    border-radius: 8px;
    background: color-mix(in srgb, currentColor 12%, transparent);
    white-space: pre;
}

.text pre code {
    padding: 0;
    background: none;
}

.broken {
    display: inline;
    font-style: italic;
}

.foot, .stamp {
    -webkit-user-select: none;
    user-select: none;
}

.stamp {
    float: inline-end;
    margin: 5px 0 -3px;
    margin-inline-start: 10px;
    font-size: 11px;
    font-variant-numeric: tabular-nums;
    opacity: .85;
}

.mark {
    margin-inline-start: 4px;
}

.message[data-state="sending"] {
    opacity: .75;
}

.fate {
    display: block;
    font-size: 12px;
    text-align: end;
}

.mine .message[data-state="failed"] {
    border: 1px solid var(--bad);
    background: var(--bad-back);
    color: var(--text);
}

.fate.bad {
    color: var(--bad);
    font-size: 13px;
    text-align: start;
}

.ways {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    justify-content: flex-end;
    font-size: 13px;
}

.note {
    margin: 6px 0 14px;
    color: var(--soft);
    font-size: 12.5px;
    text-align: center;
}
`;
