
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Writing JSON into buffers of any size.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "chat_str.h"
#include "ngx_chat_json_out.h"


static const char *
written(const ngx_chat_str_t *s)
{
    static char          buf[512];
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, (unsigned char *) buf, sizeof(buf) - 1);
    ngx_chat_json_out_string(&out, s);
    assert_true(out.len < sizeof(buf));
    buf[out.len] = '\0';

    return buf;
}


static void
escapes(const char *from, const char *to)
{
    ngx_chat_str_t  s;

    s = str(from);
    assert_string_equal(written(&s), to);
}


static void
test_strings(void **state)
{
    ngx_chat_str_t  s;

    (void) state;

    escapes("", "\"\"");
    escapes("plain", "\"plain\"");
    escapes("\"", "\"\\\"\"");
    escapes("a\\b/c", "\"a\\\\b/c\"");
    escapes("\n\r\t\b\f\x1f\x01", "\"\\n\\r\\t\\u0008\\u000c\\u001f\\u0001\"");
    escapes("\x7f", "\"\x7f\"");
    escapes("\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"");
    escapes("a\xe2\x80\xa8" "b\xe2\x80\xa9" "c", "\"a\\u2028b\\u2029c\"");
    escapes("\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\xe2\x82\xac",
            "\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\xe2\x82\xac\"");
    escapes("<script>'&", "\"<script>'&\"");

    s = LIT("a\0b");
    assert_string_equal(written(&s), "\"a\\u0000b\"");
    s = str_of(NULL, 0);
    assert_string_equal(written(&s), "\"\"");
}


static void
test_cut_utf8_is_not_read_past(void **state)
{
    ngx_chat_str_t  s, exact;

    (void) state;

    s = str("\xe2\x80");
    exact = str_exact(&s);
    assert_string_equal(written(&exact), "\"\xe2\x80\"");
    exact.len = 1;
    assert_string_equal(written(&exact), "\"\xe2\"");
    str_free(&exact);
}


static void
test_each_byte_comes_back(void **state)
{
    cJSON           *tree;
    unsigned         c;
    unsigned char    text[3];
    ngx_chat_str_t   s;

    (void) state;

    for (c = 1; c < 0x80; c++) {
        text[0] = (unsigned char) c;
        text[1] = 'x';
        text[2] = (unsigned char) c;
        s = str_of(text, 3);

        tree = cJSON_Parse(written(&s));
        assert_non_null(tree);
        assert_int_equal(strlen(tree->valuestring), 3);
        assert_memory_equal(tree->valuestring, text, 3);
        cJSON_Delete(tree);
    }
}


static void
test_numbers(void **state)
{
    size_t                i;
    char                  want[32];
    unsigned char         buf[32];
    ngx_chat_json_out_t   out;
    static const int64_t  numbers[] = {
        0, 1, -1, 9, 10, 42, 1234567890, 9007199254740992, -9007199254740992,
        INT64_MAX, INT64_MIN
    };

    (void) state;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        snprintf(want, sizeof(want), "%lld", (long long) numbers[i]);
        ngx_chat_json_out_init(&out, buf, sizeof(buf));
        ngx_chat_json_out_number(&out, numbers[i]);
        assert_int_equal(out.len, strlen(want));
        assert_memory_equal(buf, want, out.len);
    }
}


static void
test_every_size_of_buffer(void **state)
{
    size_t               size;
    unsigned char       *buf;
    static const char    want[] = "{\"a\\n\\u2028\\\"\":-12,\"b\":true,false";
    ngx_chat_json_out_t  out;

    (void) state;

    for (size = 0; size <= sizeof(want); size++) {
        buf = malloc(size + (size == 0));
        assert_non_null(buf);

        ngx_chat_json_out_init(&out, (size == 0) ? NULL : buf, size);
        ngx_chat_json_out_lit(&out, "{");
        ngx_chat_json_out_text(&out, "a\n\xe2\x80\xa8\"");
        ngx_chat_json_out_lit(&out, ":");
        ngx_chat_json_out_number(&out, -12);
        ngx_chat_json_out_lit(&out, ",");
        ngx_chat_json_out_text(&out, "b");
        ngx_chat_json_out_lit(&out, ":");
        ngx_chat_json_out_bool(&out, 1);
        ngx_chat_json_out_lit(&out, ",");
        ngx_chat_json_out_bool(&out, 0);
        ngx_chat_json_out_raw(&out, NULL, 0);

        assert_int_equal(out.len, sizeof(want) - 1);

        if (size >= out.len) {
            assert_memory_equal(buf, want, out.len);
        }

        free(buf);
    }
}


static void
test_compact(void **state)
{
    size_t          size, need;
    unsigned char  *buf;
    ngx_chat_str_t  s;

    (void) state;

    s = str(" { \"a b\" :\t[ 1 ,\r\n \"\\\" \\\\\" , \"\\\\\" ] ,"
            "\"c\": \" \" } ");
    need = strlen("{\"a b\":[1,\"\\\" \\\\\",\"\\\\\"],\"c\":\" \"}");

    for (size = 0; size <= need; size++) {
        buf = malloc(size + (size == 0));
        assert_non_null(buf);
        assert_int_equal(ngx_chat_json_out_compact(buf, size, &s), need);

        if (size == need) {
            assert_memory_equal(buf, "{\"a b\":[1,\"\\\" \\\\\",\"\\\\\"],"
                                     "\"c\":\" \"}", need);
        }

        free(buf);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_cut_utf8_is_not_read_past),
        cmocka_unit_test(test_each_byte_comes_back),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_every_size_of_buffer),
        cmocka_unit_test(test_compact),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
