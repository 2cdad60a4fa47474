
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The record that workers exchange: what is written is read, no more.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_wire.h"


#define TWO_53  9007199254740992u


static ngx_chat_wire_t
sample(void)
{
    ngx_chat_wire_t  rec;

    memset(&rec, 0, sizeof(rec));

    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    rec.on = 1;
    rec.seq = TWO_53;
    rec.prev = 41;
    rec.time = 1790000000123;
    rec.count = 3;
    rec.epoch = str("k3f9");
    rec.user = str("ann");
    rec.name = str("Ann \xc3\xa9");
    rec.role = str("owner");
    rec.cid = str("c_1-x");
    rec.meta = str("{\"a\":[1]}");
    rec.enc = str("chat-e2e/1");
    rec.re = 7;
    rec.session = str("s1");
    rec.body = str("hello\n");

    return rec;
}


/* Writes header and payload into memory of just that size. */

static ngx_chat_str_t
record(const ngx_chat_wire_t *rec)
{
    size_t          head, n;
    unsigned char  *p;

    head = ngx_chat_wire_header(NULL, 0, rec);
    n = head + ngx_chat_wire_payload(NULL, 0, rec);
    p = malloc(n);
    assert_non_null(p);

    assert_int_equal(ngx_chat_wire_header(p, head, rec), head);
    assert_int_equal(ngx_chat_wire_payload(p + head, n - head, rec),
                     n - head);

    return str_of(p, n);
}


/* Parses a header as text and a payload's bytes. */

static int
parse(const char *header, const void *payload, size_t n)
{
    int               rc;
    size_t            head;
    unsigned char    *p;
    ngx_chat_wire_t   rec;

    head = strlen(header);
    p = malloc(head + n + (head + n == 0));
    assert_non_null(p);
    memcpy(p, header, head);
    memcpy(p + head, payload, n);
    rc = ngx_chat_wire_parse(&rec, p, head + n);
    free(p);

    return rc;
}


#define U        "U\0\0\0\1u"
#define M(text)  parse("M 2 1 3 e\n", text, sizeof(text) - 1)


static void
same_str(const ngx_chat_str_t *a, const ngx_chat_str_t *b)
{
    assert_int_equal(a->len, b->len);

    if (a->len != 0) {
        assert_memory_equal(a->data, b->data, a->len);
    }
}


static void
same(const ngx_chat_wire_t *a, const ngx_chat_wire_t *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->on, b->on);
    assert_true(a->seq == b->seq);
    assert_true(a->prev == b->prev);
    assert_true(a->time == b->time);
    assert_true(a->count == b->count);
    assert_true(a->re == b->re);
    same_str(&a->epoch, &b->epoch);
    same_str(&a->user, &b->user);
    same_str(&a->name, &b->name);
    same_str(&a->role, &b->role);
    same_str(&a->cid, &b->cid);
    same_str(&a->meta, &b->meta);
    same_str(&a->enc, &b->enc);
    same_str(&a->session, &b->session);
    same_str(&a->body, &b->body);
    assert_int_equal(b->room.len, 0);
}


static void
test_all_fields_come_back(void **state)
{
    ngx_chat_str_t   bytes;
    ngx_chat_wire_t  rec, back;

    (void) state;

    rec = sample();
    bytes = record(&rec);
    assert_true(ngx_chat_wire_parse(&back, bytes.data, bytes.len));
    same(&rec, &back);
    str_free(&bytes);
}


static void
test_each_kind(void **state)
{
    size_t            i;
    ngx_chat_str_t    bytes;
    ngx_chat_wire_t   rec, back;
    static const char kinds[] = "MTBJLY";

    (void) state;

    for (i = 0; kinds[i] != '\0'; i++) {
        memset(&rec, 0, sizeof(rec));
        rec.kind = (unsigned char) kinds[i];
        rec.time = 5;

        if (i < 3) {
            rec.seq = 1;
            rec.epoch = str("e");
        }

        bytes = record(&rec);
        assert_int_equal(ngx_chat_wire_parse(&back, bytes.data, bytes.len),
                         kinds[i] == 'T' || kinds[i] == 'B');
        str_free(&bytes);

        rec.user = str("u");
        bytes = record(&rec);
        assert_true(ngx_chat_wire_parse(&back, bytes.data, bytes.len));
        same(&rec, &back);
        str_free(&bytes);
    }
}


static void
test_the_bytes(void **state)
{
    unsigned char    buf[NGX_CHAT_WIRE_HEADER_MAX];
    ngx_chat_wire_t  rec;

    (void) state;

    rec = sample();
    assert_int_equal(ngx_chat_wire_header(buf, sizeof(buf), &rec), 41);
    assert_memory_equal(buf, "M 9007199254740992 41 1790000000123 k3f9\n", 41);

    rec.seq = UINT64_MAX;
    rec.prev = UINT64_MAX;
    rec.time = INT64_MAX;
    rec.epoch = str("0123456789abcdef");
    assert_in_range(ngx_chat_wire_header(buf, sizeof(buf), &rec), 80,
                    NGX_CHAT_WIRE_HEADER_MAX);

    memset(&rec, 0, sizeof(rec));
    rec.user = str("u");
    rec.count = 12;
    assert_int_equal(ngx_chat_wire_payload(buf, sizeof(buf), &rec), 14);
    assert_memory_equal(buf, "\1" U "C\0\0\0\2" "12", 14);
}


static void
test_every_size_of_buffer(void **state)
{
    size_t           size, need, head;
    unsigned char   *p, *q;
    ngx_chat_wire_t  rec;

    (void) state;

    rec = sample();
    head = ngx_chat_wire_header(NULL, 0, &rec);
    need = ngx_chat_wire_payload(NULL, 0, &rec);

    for (size = 0; size <= need; size++) {
        p = malloc(size + (size == 0));
        q = malloc(size + (size == 0));
        assert_non_null(p);
        assert_non_null(q);
        assert_int_equal(ngx_chat_wire_header(p, size, &rec), head);
        assert_int_equal(ngx_chat_wire_payload(q, size, &rec), need);
        free(p);
        free(q);
    }
}


static void
test_R18_cut_short_at_each_byte(void **state)
{
    size_t           n;
    ngx_chat_str_t   bytes, cut, part;
    ngx_chat_wire_t  rec, back;

    (void) state;

    rec = sample();
    bytes = record(&rec);

    for (n = 0; n < bytes.len; n++) {
        part = str_of(bytes.data, n);
        cut = str_exact(&part);

        /* whole fields may be missing, half ones not */

        if (ngx_chat_wire_parse(&back, cut.data, cut.len)) {
            assert_int_not_equal(back.user.len, 0);
            assert_true(back.body.len == 0);
        }

        str_free(&cut);
    }

    str_free(&bytes);
}


static void
test_R18_each_byte_changed(void **state)
{
    size_t           n;
    unsigned         bit;
    unsigned char   *p;
    ngx_chat_str_t   bytes;
    ngx_chat_wire_t  rec, back;

    (void) state;

    rec = sample();
    bytes = record(&rec);
    p = (unsigned char *) bytes.data;

    for (n = 0; n < bytes.len; n++) {
        for (bit = 0; bit < 8; bit++) {
            p[n] = (unsigned char) (p[n] ^ (1u << bit));

            if (ngx_chat_wire_parse(&back, p, bytes.len)) {
                assert_true(back.seq <= TWO_53);
                assert_true(back.body.len <= bytes.len);
            }

            p[n] = (unsigned char) (p[n] ^ (1u << bit));
        }
    }

    str_free(&bytes);
}


static void
test_R18_versions(void **state)
{
    (void) state;

    assert_true(M("\1" U));
    assert_false(M("\2" U));
    assert_false(M("\0" U));
    assert_false(M(""));
}


static void
test_R18_other_bytes(void **state)
{
    ngx_chat_str_t   t;
    ngx_chat_wire_t  rec;

    (void) state;

    assert_false(parse("", "", 0));
    assert_false(ngx_chat_wire_parse(&rec, NULL, 0));
    assert_false(parse("{\"op\":\"send\"}", "", 0));
    assert_false(parse("M", "", 0));
    assert_false(parse("M ", "", 0));
    assert_false(parse("\n\1", U, 6));

    t = str_repeat("0123456789abcdef", 655360);
    assert_false(ngx_chat_wire_parse(&rec, t.data, t.len));
    str_free(&t);
}


static void
test_R18_headers(void **state)
{
    unsigned                  i;
    static const char         payload[] = "\1" U;
    static const char *const  good[] = {
        "M 1 0 0 e\n", "M 9007199254740992 9007199254740991 0 Z9\n",
        "M 5 4 9007199254740992 0123456789abcdef\n", "Y 0 0 1 \n",
        "J 0 0 1 e\n", "L 0 0 1 \n", "T 2 1 1 e\n", "B 2 0 1 e\n"
    };
    static const char *const  bad[] = {
        "X 1 0 0 e\n", "m 1 0 0 e\n", "M1 0 0 e\n", "M  1 0 0 e\n",
        "M 1 0 0 e", "M 1 0 0\n", "M 1 0\n", "M 1\n", "M\n", "M 1 0 0 e \n",
        "M 1 0 0 \n", "M 0 0 0 e\n", "M 1 1 0 e\n", "M 1 2 0 e\n",
        "M -1 0 0 e\n", "M +1 0 0 e\n", "M 01 0 0 e\n", "M 1 00 0 e\n",
        "M 1. 0 0 e\n", "M 1e3 0 0 e\n", "M 0x1 0 0 e\n",
        "M 9007199254740993 0 0 e\n", "M 99999999999999999999 0 0 e\n",
        "M 1 0 9007199254740993 e\n", "M 1 0 -1 e\n",
        "M 1 0 0 0123456789abcdefg\n", "M 1 0 0 e-e\n", "M 1 0 0 \xc3\xa9\n",
        "M 1 0 0 e\r\n", "M 1 0 0 e[\n", "M 1 0 0 e@\n", "M 1 0 0 e`\n",
        "M 1 0 0 e{\n", "M 1 0 0 e:\n", "M 1 0 0 e/\n", "Y 1 0 0 \n",
        "Y 0 1 0 \n", "J 1 0 0 e\n", "M 1 : 0 e\n", "M 1 / 0 e\n", " \n"
    };

    (void) state;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(parse(good[i], payload, sizeof(payload) - 1));
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(parse(bad[i], payload, sizeof(payload) - 1));
    }
}


static void
test_R18_lengths_that_lie(void **state)
{
    (void) state;

    assert_true(M("\1" U "D\0\0\0\1x"));
    assert_true(M("\1" U "D\0\0\0\0"));
    assert_false(M("\1" U "D\0\0\0\2x"));
    assert_false(M("\1" U "D\xff\xff\xff\xffx"));
    assert_false(M("\1" U "D\0\0\1\1x"));
    assert_false(M("\1" U "D\0\0\0"));
    assert_false(M("\1" U "D"));
    assert_false(M("\1" U "D\0\1\0\0x"));
}


static void
test_tags_unknown_and_repeated(void **state)
{
    (void) state;

    assert_true(M("\1" U "z\0\0\0\1x"));
    assert_true(M("\1z\0\0\0\1x" U "z\0\0\0\1x\0\0\0\0\0\xff\0\0\0\1\xff"));
    assert_false(M("\1" U U));
    assert_false(M("\1" U "D\0\0\0\1xD\0\0\0\1x"));
    assert_false(M("\1" U "C\0\0\0\1" "1C\0\0\0\1" "1"));
    assert_false(M("\1z\0\0\0\2x"));
}


static void
test_who_sent_it_must_be_known(void **state)
{
    (void) state;

    assert_false(M("\1"));
    assert_false(M("\1U\0\0\0\0"));
    assert_true(parse("T 1 0 0 e\n", "\1", 1));
    assert_false(parse("Y 0 0 0 \n", "\1", 1));
}


static void
test_numbers_of_the_payload(void **state)
{
    (void) state;

    assert_true(M("\1" U "A\0\0\0\1" "0"));
    assert_true(M("\1" U "A\0\0\0\20" "9007199254740992"));
    assert_true(M("\1" U "O\0\0\0\1" "1"));
    assert_true(M("\1" U "O\0\0\0\1" "0"));
    assert_false(M("\1" U "O\0\0\0\1" "2"));
    assert_false(M("\1" U "O\0\0\0\1" "x"));
    assert_false(M("\1" U "O\0\0\0\0"));
    assert_false(M("\1" U "A\0\0\0\20" "9007199254740993"));
    assert_false(M("\1" U "A\0\0\0\21" "10000000000000000"));
    assert_false(M("\1" U "A\0\0\0\0"));
    assert_false(M("\1" U "A\0\0\0\2" "01"));
    assert_false(M("\1" U "C\0\0\0\2" "-1"));
    assert_false(M("\1" U "C\0\0\0\3" "1.5"));
}


static void
test_R18_invalid_utf8(void **state)
{
    size_t         i;
    char           payload[] = "\1" U "?\0\0\0\1?";
    static const char  tags[] = "NRISD";

    (void) state;

    for (i = 0; tags[i] != '\0'; i++) {
        payload[7] = tags[i];
        payload[12] = 'x';
        assert_true(parse("M 1 0 0 e\n", payload, 13));
        payload[12] = (char) 0xff;
        assert_false(parse("M 1 0 0 e\n", payload, 13));
        assert_false(parse("T 1 0 0 e\n", payload, 13));
        assert_int_equal(parse("B 1 0 0 e\n", payload, 13), tags[i] == 'D');
    }

    assert_false(M("\1U\0\0\0\1\x80"));
    assert_false(M("\1" U "D\0\0\0\2\xe2\x82"));
}


static void
test_meta_must_be_an_object(void **state)
{
    (void) state;

    assert_true(M("\1" U "J\0\0\0\2{}"));
    assert_true(M("\1" U "J\0\0\0\7{\"a\":1}"));
    assert_false(M("\1" U "J\0\0\0\2[]"));
    assert_false(M("\1" U "J\0\0\0\1" "1"));
    assert_false(M("\1" U "J\0\0\0\0"));
    assert_false(M("\1" U "J\0\0\0\3{}}"));
    assert_false(M("\1" U "J\0\0\0\1{"));
    assert_false(M("\1" U "J\0\0\0\7{\"\xff\":1}"));
    assert_false(M("\1" U "J\0\0\0\7{\"a\":\n}"));
}


static void
test_a_store_may_append_a_field(void **state)
{
    int               n;
    size_t            len;
    unsigned char     buf[128];
    ngx_chat_wire_t   rec, back;

    (void) state;

    memset(&rec, 0, sizeof(rec));
    rec.user = str("u");
    rec.name = str("U");

    n = snprintf((char *) buf, sizeof(buf), "J 0 0 17 e\n");
    len = (size_t) n;
    len += ngx_chat_wire_payload(buf + len, sizeof(buf) - len, &rec);
    memcpy(buf + len, "C\0\0\0\2" "42", 7);

    assert_true(ngx_chat_wire_parse(&back, buf, len + 7));
    assert_int_equal(back.count, 42);
    assert_int_equal(back.kind, NGX_CHAT_WIRE_ENTER);
}


/* What is edited or deleted was said before. */

static void
test_changes(void **state)
{
    ngx_chat_str_t   bytes;
    ngx_chat_wire_t  rec, back;

    (void) state;

    rec = sample();
    rec.kind = NGX_CHAT_WIRE_EDIT;
    rec.ref = 41;
    bytes = record(&rec);
    assert_true(ngx_chat_wire_parse(&back, bytes.data, bytes.len));
    same(&rec, &back);
    assert_true(back.ref == 41);
    assert_false(back.deleted);
    free((void *) (uintptr_t) bytes.data);

    rec.deleted = 1;
    rec.body = str("");
    bytes = record(&rec);
    assert_true(ngx_chat_wire_parse(&back, bytes.data, bytes.len));
    assert_true(back.deleted);
    free((void *) (uintptr_t) bytes.data);

#define R(kind, text)  parse(kind " 2 1 3 e\n", text, sizeof(text) - 1)

    assert_true(R("E", "\1" U "F\0\0\0\0011"));
    assert_true(R("D", "\1" U "F\0\0\0\0011"));
    assert_false(R("E", "\1" U));
    assert_false(R("D", "\1" U "F\0\0\0\0010"));
    assert_false(R("D", "\1" U "F\0\0\0\0012"));
    assert_false(R("E", "\1F\0\0\0\0011"));
    assert_false(R("E", "\1" U "F\0\0\0\2-1"));
    assert_true(R("M", "\1" U "Z\0\0\0\0011"));
    assert_false(R("M", "\1" U "Z\0\0\0\0010"));
    assert_false(R("M", "\1" U "Z\0\0\0\0011Z\0\0\0\0011"));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_all_fields_come_back),
        cmocka_unit_test(test_each_kind),
        cmocka_unit_test(test_the_bytes),
        cmocka_unit_test(test_every_size_of_buffer),
        cmocka_unit_test(test_R18_cut_short_at_each_byte),
        cmocka_unit_test(test_R18_each_byte_changed),
        cmocka_unit_test(test_R18_versions),
        cmocka_unit_test(test_R18_other_bytes),
        cmocka_unit_test(test_R18_headers),
        cmocka_unit_test(test_R18_lengths_that_lie),
        cmocka_unit_test(test_tags_unknown_and_repeated),
        cmocka_unit_test(test_who_sent_it_must_be_known),
        cmocka_unit_test(test_numbers_of_the_payload),
        cmocka_unit_test(test_R18_invalid_utf8),
        cmocka_unit_test(test_meta_must_be_an_object),
        cmocka_unit_test(test_a_store_may_append_a_field),
        cmocka_unit_test(test_changes)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
