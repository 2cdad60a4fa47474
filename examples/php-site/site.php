<?php

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */

/*
 * A whole site: a login by session, the answer to auth_request, a page with a
 * room, a form that says something in the name of the site, and one that mutes.
 */

session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax',
               'use_strict_mode' => true]);

$path = $_SERVER['ROUTE'];
$post = $_SERVER['REQUEST_METHOD'] === 'POST';
$user = $_SESSION['user'] ?? null;

if ($path === '/auth') {
    // asked by nginx at each handshake
    if ($user === null) {
        http_response_code(401);
        exit;
    }

    header("X-User: $user[id]");
    header("X-Name: $user[name]");
    header('X-Roles: ' . ($user['admin'] ? 'moderator' : ''));
    http_response_code(204);
    exit;
}

if ($post && $path === '/login') {
    $name = trim(field('name'));

    // here a password would be looked at
    if ($name !== '') {
        session_regenerate_id(true);
        $_SESSION['user'] = ['id' => 'u-' . substr(md5($name), 0, 8),
                             'name' => $name, 'admin' => $name === 'admin'];
        $_SESSION['form'] = bin2hex(random_bytes(16));
    }

    back();
}

if ($post) {
    if ($user === null
        || !hash_equals($_SESSION['form'], field('form')))
    {
        http_response_code(403);
        exit('This form is of another session. Go back and reload the page.');
    }

    if ($path === '/order') {
        // an order came in: the room hears of it, once
        call('POST', '/rooms/shop/messages', [
            'text' => "$user[name] has ordered a teapot",
            'from' => ['id' => 'shop', 'name' => 'The shop'],
        ], bin2hex(random_bytes(16)));

    } elseif ($path === '/mute' && $user['admin']) {
        $who = 'u-' . substr(md5(field('name')), 0, 8);
        call('PUT', "/rooms/shop/mutes/$who", ['for' => 600,
             'reason' => 'asked to be quiet for ten minutes']);

    } elseif ($path === '/logout') {
        // the connections, too, that the session has opened
        call('DELETE', "/users/$user[id]/connections", []);
        session_destroy();

    } else {
        http_response_code(404);
        exit('There is nothing here.');
    }

    back();
}

/** A field of the form, where it is a text. */
function field(string $name): string
{
    return is_string($_POST[$name] ?? null) ? $_POST[$name] : '';
}

function call($method, $path, $body, $key = null) {
    $api = trim(file_get_contents($_SERVER['CHAT_KEY_FILE']));
    $header = ["Authorization: Bearer $api", 'Content-Type: application/json'];

    if ($key !== null) {
        // the same in each try: it is said once
        $header[] = "Idempotency-Key: $key";
    }

    for ($try = 0; $try < 3; $try++) {
        $answer = @file_get_contents($_SERVER['CHAT_API'] . $path, false,
            stream_context_create(['http' => [
                'method' => $method, 'header' => $header,
                'content' => json_encode($body ?: new stdClass()),
                'timeout' => 2, 'ignore_errors' => true]]));

        $status = (int) substr($http_response_header[0] ?? '', 9, 3);

        if ($status >= 200 && $status < 300) {
            return json_decode($answer, true);
        }

        if ($status !== 0 && $status !== 429 && $status < 500) {
            break;
        }

        usleep(100000 << $try);
    }

    error_log("chat: $method $path: $status $answer");
    http_response_code(502);
    exit('The chat did not take it. Try again.');
}

function back() {
    header('Location: /', true, 303);
    exit;
}

$e = fn ($text) => htmlspecialchars($text, ENT_QUOTES);

header('Content-Type: text/html; charset=utf-8');
header("Content-Security-Policy: default-src 'self'");
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A site in PHP</title>
<?php if ($user === null): ?>
<form method="post" action="/login">
  <label>Name <input name="name" required maxlength="32"></label>
  <button>Log in</button>
</form>
<?php else: ?>
<script type="module" src="/chat/embed.js"></script>
<form method="post">
  <input type="hidden" name="form" value="<?= $e($_SESSION['form']) ?>">
  You are <?= $e($user['name']) ?>.
  <button formaction="/order">Order a teapot</button>
  <button formaction="/logout">Log out</button>
<?php if ($user['admin']): ?>
  <input name="name" placeholder="name">
  <button formaction="/mute">Mute</button>
<?php endif ?>
</form>
<chat-room room="shop" heading="The shop"></chat-room>
<?php endif ?>
</html>
