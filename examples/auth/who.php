<?php

// Who is logged in, for nginx: 204 and headers, or 401.

// no new session for a stranger
if (isset($_COOKIE[session_name()])) {
    session_start(['read_and_close' => true]);
}

if (!isset($_SESSION['user_id'])) {
    http_response_code(401);
    exit;
}

http_response_code(204);
header('X-User: ' . $_SESSION['user_id']);
header('X-Name: ' . $_SESSION['user_name']);
header('X-Roles: ' . implode(',', $_SESSION['roles'] ?? []));
