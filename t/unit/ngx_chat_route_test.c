
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The paths of the HTTP API: what each means, and what none may be.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_route.h"


static ngx_chat_route_t  route;
static unsigned char     buf[2048];


/* Below the prefix "/chat/api", in memory of just its size. */

static ngx_chat_code_e
at(const char *text, unsigned encoded)
{
    ngx_chat_str_t   s;
    ngx_chat_path_t  path;
    ngx_chat_code_e  rc;

    s = str(text);

    path.text = str_exact(&s);
    path.prefix = str("/chat/api");
    path.encoded = encoded & 1;

    rc = ngx_chat_route(&route, buf, &path);

    str_free(&path.text);

    if (rc == NGX_CHAT_CODE_OK) {
        assert_null(route.why);

    } else {
        assert_non_null(route.why);
    }

    return rc;
}


static void
is(const char *rest, ngx_chat_route_e resource, const char *room,
    const char *user)
{
    char  text[300];

    strcpy(text, "/chat/api/v1");
    strcat(text, rest);

    if (at(text, 1) != NGX_CHAT_CODE_OK) {
        fail_msg("%s: %s", text, route.why);
    }

    assert_int_equal(route.resource, resource);
    assert_true(str_is(&route.room, room));
    assert_true(str_is(&route.user, user));
}


static void
test_each_resource(void **state)
{
    (void) state;

    is("/me", NGX_CHAT_ROUTE_ME, "", "");
    is("/rooms", NGX_CHAT_ROUTE_ROOMS, "", "");
    is("/rooms/lobby", NGX_CHAT_ROUTE_ROOM, "lobby", "");
    is("/rooms/lobby/messages", NGX_CHAT_ROUTE_MESSAGES, "lobby", "");
    is("/rooms/lobby/events", NGX_CHAT_ROUTE_EVENTS, "lobby", "");
    is("/rooms/lobby/members", NGX_CHAT_ROUTE_MEMBERS, "lobby", "");
    is("/rooms/lobby/members/ann", NGX_CHAT_ROUTE_MEMBER, "lobby", "ann");
    is("/rooms/lobby/bans/u:ann", NGX_CHAT_ROUTE_BAN, "lobby", "ann");
    is("/rooms/lobby/mutes/ann", NGX_CHAT_ROUTE_MUTE, "lobby", "ann");
    is("/rooms/lobby/roles/ann", NGX_CHAT_ROUTE_ROLE, "lobby", "ann");
    is("/rooms/lobby/acts", NGX_CHAT_ROUTE_ACTS, "lobby", "");
    is("/users/ann/connections", NGX_CHAT_ROUTE_CONNECTIONS, "", "ann");

    is("/rooms/lobby/messages/9007199254740992", NGX_CHAT_ROUTE_MESSAGE,
       "lobby", "");
    assert_int_equal(route.seq, 9007199254740992);

    is("/rooms/lobby/bans/i:2001:db8::1", NGX_CHAT_ROUTE_BAN, "lobby", "");
    assert_true(str_is(&route.ip, "2001:db8::1"));

    is("/rooms/*/bans/u:ann", NGX_CHAT_ROUTE_BAN, "*", "ann");
    is("/rooms/~raw/members/ann", NGX_CHAT_ROUTE_MEMBER, "~raw", "ann");
}


static void
test_names_are_decoded(void **state)
{
    (void) state;

    is("/users/a%2Fb/connections", NGX_CHAT_ROUTE_CONNECTIONS, "", "a/b");
    is("/rooms/%6cobby/members/%C3%A4", NGX_CHAT_ROUTE_MEMBER, "lobby",
       "\xc3\xa4");
    is("/users/a%25b/connections", NGX_CHAT_ROUTE_CONNECTIONS, "", "a%b");

    assert_int_equal(at("/%63hat/api/v1/me", 1), NGX_CHAT_CODE_OK);

    /* a path that was decoded before is not decoded again */

    assert_int_equal(at("/chat/api/v1/users/a%25b/connections", 0),
                     NGX_CHAT_CODE_OK);
    assert_true(str_is(&route.user, "a%25b"));
}


static void
test_the_prefix_may_end_in_a_slash(void **state)
{
    ngx_chat_path_t  path;

    (void) state;

    path.text = str("/api/v1/me");
    path.prefix = str("/api/");
    path.encoded = 1;

    assert_int_equal(ngx_chat_route(&route, buf, &path), NGX_CHAT_CODE_OK);

    path.prefix = str("/");
    path.text = str("/v1/me");

    assert_int_equal(ngx_chat_route(&route, buf, &path), NGX_CHAT_CODE_OK);
}


static void
test_A3_there_is_nothing(void **state)
{
    size_t  i;

    static const char *const  paths[] = {
        "", "/", "/chat/api", "/chat/api/v1", "/chat/api/v1/",
        "/chat/api/v2/me",
        "/chat/apiv1/me", "/chat/api/v1/me/", "/chat/api/v1//me",
        "/chat/api/v1/room", "/chat/api/v1/rooms/", "/chat/api/v1/rooms/a/b",
        "/chat/api/v1/rooms/a/messages/1/2", "/chat/api/v1/rooms//messages",
        "/chat/api/v1/rooms/a/messages/0", "/chat/api/v1/rooms/a/messages/01",
        "/chat/api/v1/rooms/a/messages/x", "/chat/api/v1/ME",
        "/chat/api/v1/rooms/a/messages/9007199254740993",
        "/chat/api/v1/rooms/a/messages/99999999999999999",
        "/chat/api/v1/rooms%2Fa", "/chat%/api/v1/me"
    };

    (void) state;

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {

        if (at(paths[i], 1) != NGX_CHAT_CODE_NOT_FOUND) {
            fail_msg("%s", paths[i]);
        }
    }
}


static void
test_A3_no_path(void **state)
{
    size_t          i;
    char            text[2000];

    static const char *const  paths[] = {
        "/chat/api/v1/./me", "/chat/api/v1/../me", "/chat/api/v1/%2e%2e/me",
        "/chat/api/v1/rooms/a%00b", "/chat/api/v1/rooms/a%0Ab",
        "/chat/api/v1/rooms/a%7fb", "/chat/api/v1/rooms/%ff",
        "/chat/api/v1/rooms/%C0%AF", "/chat/api/v1/rooms/a%2Fb",
        "/chat/api/v1/rooms/a%2", "/chat/api/v1/rooms/a%zz",
        "/chat/api/v1/rooms/a/bans/ann", "/chat/api/v1/rooms/a/bans/u:",
        "/chat/api/v1/rooms/a/bans/x:ann"
    };

    (void) state;

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {

        if (at(paths[i], 1) != NGX_CHAT_CODE_BAD_REQUEST) {
            fail_msg("%s", paths[i]);
        }
    }

    memset(text, 'a', sizeof(text));
    memcpy(text, "/chat/api/v1/", 13);
    text[1024] = '\0';

    assert_int_equal(at(text, 1), NGX_CHAT_CODE_NOT_FOUND);

    text[1024] = 'a';
    text[1025] = '\0';

    assert_int_equal(at(text, 1), NGX_CHAT_CODE_BAD_REQUEST);
}


static void
test_A6_names_that_nobody_has(void **state)
{
    size_t  i;

    static const char *const  paths[] = {
        "/chat/api/v1/rooms/a%20b", "/chat/api/v1/rooms/-a",
        "/chat/api/v1/rooms/*", "/chat/api/v1/rooms/~a",
        "/chat/api/v1/rooms/**/acts", "/chat/api/v1/rooms/~/acts",
        "/chat/api/v1/users/%20/connections"
    };

    (void) state;

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {

        if (at(paths[i], 1) != NGX_CHAT_CODE_INVALID_NAME) {
            fail_msg("%s", paths[i]);
        }
    }
}


static void
test_escape(void **state)
{
    size_t          n;
    ngx_chat_str_t  s;

    (void) state;

    s = str("a/\xc3\xa4 ~");
    n = ngx_chat_route_escape(NULL, 0, &s);

    assert_int_equal(n, 14);
    assert_int_equal(ngx_chat_route_escape(buf, n, &s), n);
    assert_memory_equal(buf, "a%2F%C3%A4%20~", n);

    assert_string_equal(ngx_chat_route_template(NGX_CHAT_ROUTE_ROOM),
                        "/rooms/{room}");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_each_resource),
        cmocka_unit_test(test_names_are_decoded),
        cmocka_unit_test(test_the_prefix_may_end_in_a_slash),
        cmocka_unit_test(test_A3_there_is_nothing),
        cmocka_unit_test(test_A3_no_path),
        cmocka_unit_test(test_A6_names_that_nobody_has),
        cmocka_unit_test(test_escape)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
