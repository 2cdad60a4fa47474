<?php

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */

/*
 * Asked about each message before it is stored: the body is what was said, as
 * JSON. 204 lets it pass, 200 with {"text": ...} stores that instead, 403 with
 * {"message": ...} refuses it with this sentence. What passes is kept in SQLite
 * by PDO, too.
 */

const NEVER = ['/\bcasino\b/iu'];
const MILDER = ['/\bdamn(ed)?\b/iu' => '****'];

$said = json_decode(file_get_contents('php://input'), true);

if (!is_array($said) || !isset($said['room'], $said['user']['id'])) {
    http_response_code(400);
    exit;
}

// what is sealed, or bytes, has no words
$text = $said['text'] ?? null;
$kept = $text;

if ($text !== null) {
    foreach (NEVER as $word) {
        if (preg_match($word, $text)) {
            answer(403, ['message' => 'Advertisements are not welcome here.']);
        }
    }

    $kept = preg_replace(array_keys(MILDER), array_values(MILDER), $text);
}

store($said, $kept);

if ($kept !== $text) {
    answer(200, ['text' => $kept]);
}

http_response_code(204);

function store($said, $text) {
    $db = new PDO('sqlite:' . $_SERVER['CHAT_DB'], null, null,
                  [PDO::ATTR_TIMEOUT => 2]);
    $db->exec('PRAGMA journal_mode = WAL');
    $db->exec('CREATE TABLE IF NOT EXISTS messages (at INTEGER, room TEXT,
               user TEXT, name TEXT, cid TEXT, text TEXT,
               UNIQUE (room, user, cid))');

    // who repeats a message says it once
    $db->prepare('INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?, ?)')
       ->execute([time(), $said['room'], $said['user']['id'],
                  $said['user']['name'] ?? '', $said['cid'] ?? null, $text]);
}

function answer($status, $body) {
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode($body, JSON_UNESCAPED_UNICODE));
}
