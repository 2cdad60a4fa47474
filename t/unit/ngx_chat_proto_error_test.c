
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Codes, and faults as JSON, into buffers of any size.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto_writer.h"


static int64_t          error_id;
static ngx_chat_code_e  error_code;
static const char      *error_message;
static uint32_t         error_retry;
static int64_t          error_until;


static size_t
error(unsigned char *buf, size_t size)
{
    ngx_chat_error_t  e;

    e.id = error_id;
    e.code = error_code;
    e.message = error_message;
    e.retry_after = error_retry;
    e.until = error_until;

    return ngx_chat_proto_error(buf, size, &e);
}


static void
test_errors(void **state)
{
    (void) state;

    error_id = 7;
    error_code = NGX_CHAT_CODE_RATE_LIMITED;
    error_message = "Wait.";
    error_retry = 3980;
    writes(error, "{\"id\":7,\"error\":{\"code\":\"rate_limited\","
           "\"status\":429,\"message\":\"Wait.\",\"retry_after\":3.98,"
           "\"temporary\":true}}");

    error_id = 0;
    error_code = NGX_CHAT_CODE_BAD_REQUEST;
    error_message = NULL;
    error_retry = 0;
    writes(error, "{\"ev\":\"error\",\"error\":{\"code\":\"bad_request\","
           "\"status\":400,\"message\":\"The command is malformed.\"}}");

    error_id = 8;
    error_code = NGX_CHAT_CODE_BANNED;
    error_until = 1700000000000;
    writes(error, "{\"id\":8,\"error\":{\"code\":\"banned\",\"status\":403,"
           "\"message\":\"You are banned.\",\"until\":1700000000000}}");
    error_until = 0;
}


static void
test_seconds(void **state)
{
    size_t  i;
    char    want[128];
    static const struct {
        uint32_t     ms;
        const char  *seconds;
    } rows[] = {
        { 1, "0.001" }, { 10, "0.01" }, { 100, "0.1" }, { 999, "0.999" },
        { 1000, "1" }, { 1001, "1.001" }, { 20500, "20.5" },
        { 4294967295u, "4294967.295" }
    };

    (void) state;

    error_id = 1;
    error_code = NGX_CHAT_CODE_FORBIDDEN;
    error_message = "m";

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        error_retry = rows[i].ms;
        snprintf(want, sizeof(want), "{\"id\":1,\"error\":{\"code\":"
                 "\"forbidden\",\"status\":403,\"message\":\"m\","
                 "\"retry_after\":%s}}", rows[i].seconds);
        writes(error, want);
    }
}


static void
test_each_code_has_its_row(void **state)
{
    unsigned                  i, j;
    const ngx_chat_code_t    *row;
    static const char *const  names[NGX_CHAT_CODE_COUNT] = {
        [NGX_CHAT_CODE_OK] = "ok",
        [NGX_CHAT_CODE_BAD_REQUEST] = "bad_request",
        [NGX_CHAT_CODE_UNKNOWN_OP] = "unknown_op",
        [NGX_CHAT_CODE_UNAUTHORIZED] = "unauthorized",
        [NGX_CHAT_CODE_FORBIDDEN] = "forbidden",
        [NGX_CHAT_CODE_NOT_MEMBER] = "not_member",
        [NGX_CHAT_CODE_TOO_MANY_ROOMS] = "too_many_rooms",
        [NGX_CHAT_CODE_EPOCH_CHANGED] = "epoch_changed",
        [NGX_CHAT_CODE_GONE] = "gone",
        [NGX_CHAT_CODE_TOO_LARGE] = "too_large",
        [NGX_CHAT_CODE_CID_REUSED] = "cid_reused",
        [NGX_CHAT_CODE_INVALID_TEXT] = "invalid_text",
        [NGX_CHAT_CODE_INVALID_NAME] = "invalid_name",
        [NGX_CHAT_CODE_REJECTED] = "rejected",
        [NGX_CHAT_CODE_RATE_LIMITED] = "rate_limited",
        [NGX_CHAT_CODE_INTERNAL] = "internal",
        [NGX_CHAT_CODE_TOKEN_EXPIRED] = "token_expired",
        [NGX_CHAT_CODE_BANNED] = "banned",
        [NGX_CHAT_CODE_MUTED] = "muted",
        [NGX_CHAT_CODE_LOCKED] = "locked",
        [NGX_CHAT_CODE_NOT_FOUND] = "not_found",
        [NGX_CHAT_CODE_ROOM_FULL] = "room_full",
        [NGX_CHAT_CODE_SLOW_MODE] = "slow_mode",
        [NGX_CHAT_CODE_UNAVAILABLE] = "unavailable"
    };

    (void) state;

    for (i = 0; i < NGX_CHAT_CODE_COUNT; i++) {
        row = ngx_chat_proto_code((ngx_chat_code_e) i);
        assert_string_equal(row->name, names[i]);
        assert_in_range(row->status, 200, 503);
        assert_int_equal(row->message[strlen(row->message) - 1], '.');

        for (j = 0; j < i; j++) {
            assert_string_not_equal(names[i], names[j]);
        }
    }
}


static void
test_codes_of_the_log(void **state)
{
    size_t  i;
    static const struct {
        ngx_chat_code_e  code;
        unsigned         status;
        const char      *todo;
    } rows[] = {
        { NGX_CHAT_CODE_EPOCH_CHANGED, 409, "join it again" },
        { NGX_CHAT_CODE_GONE, 410, "Ask for the latest" },
        { NGX_CHAT_CODE_CID_REUSED, 422, "Send with a new one" }
    };

    (void) state;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ngx_chat_proto_code(rows[i].code)->status,
                         rows[i].status);
        assert_int_equal(ngx_chat_proto_code(rows[i].code)->temporary, 0);
        assert_non_null(strstr(ngx_chat_proto_code(rows[i].code)->message,
                               rows[i].todo));
    }
}


static unsigned  status;


static size_t
problem(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_problem(buf, size, status, "forbidden",
                                  "the \"Origin\" is not allowed");
}


static void
test_problems(void **state)
{
    size_t                i;
    unsigned char         buf[256];
    static const unsigned statuses[] = {
        400, 401, 404, 405, 409, 413, 414, 415, 422, 425, 426, 429, 500, 501,
        502, 503, 504
    };

    (void) state;

    status = 403;
    writes(problem, "{\"type\":\"about:blank\",\"title\":\"Forbidden\","
           "\"status\":403,\"detail\":\"the \\\"Origin\\\" is not allowed\","
           "\"code\":\"forbidden\"}");

    status = 599;
    writes(problem, "{\"type\":\"about:blank\",\"title\":\"Error\","
           "\"status\":599,\"detail\":\"the \\\"Origin\\\" is not allowed\","
           "\"code\":\"forbidden\"}");

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        status = statuses[i];
        assert_in_range(problem(buf, sizeof(buf) - 1), 80, 200);
        buf[80] = '\0';
        assert_null(strstr((char *) buf, "\"Error\""));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_each_code_has_its_row),
        cmocka_unit_test(test_codes_of_the_log),
        cmocka_unit_test(test_problems),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
