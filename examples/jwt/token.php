<?php

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */

/*
 * POST with name= logs in, in place of the site's own login; GET is the token
 * of who is logged in, ?alg=RS256 with the other key.
 */

session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax',
               'use_strict_mode' => true]);
header('Cache-Control: no-store');

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $name = trim(field('name'));

    if ($name === '') {
        http_response_code(422);
        exit('Say a name.');
    }

    // another id for who is somebody else now
    session_regenerate_id(true);
    $_SESSION['user'] = 'u-' . substr(md5($name), 0, 8);
    $_SESSION['name'] = $name;
    http_response_code(204);
    exit;
}

if (!isset($_SESSION['user'])) {
    http_response_code(401);
    exit('Log in first.');
}

header('Content-Type: text/plain');
echo token($_GET['alg'] ?? 'HS256', [
    'iss' => 'https://site.example',
    'aud' => 'chat',
    'sub' => $_SESSION['user'],
    'name' => $_SESSION['name'],
    'roles' => $_SESSION['name'] === 'admin' ? ['moderator'] : [],
    'iat' => time(),
    'exp' => time() + 300,
]);

function token($alg, $claims) {
    $keys = $_SERVER['KEYS'];
    $said = part(json_encode(['alg' => $alg, 'typ' => 'JWT'])) . '.'
            . part(json_encode($claims));

    if ($alg === 'HS256') {
        $secret = trim(file_get_contents("$keys/hs256"));
        return $said . '.' . part(hash_hmac('sha256', $said, $secret, true));
    }

    if ($alg === 'RS256') {
        $key = openssl_pkey_get_private("file://$keys/rs256.pem");
        openssl_sign($said, $signature, $key, OPENSSL_ALGO_SHA256);
        return $said . '.' . part($signature);
    }

    http_response_code(404);
    exit('There is no key of this algorithm.');
}

function part($bytes) {
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}


/** A field of the form, where it is a text. */
function field(string $name): string
{
    return is_string($_POST[$name] ?? null) ? $_POST[$name] : '';
}
