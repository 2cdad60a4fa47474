
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Tokens: their form, their size, their header.
 */


#include "token_check.h"


static void
test_T1_alg_none(void **state)
{
    size_t                    i;
    char                     *text;
    ngx_chat_str_t            h, p;
    static const char *const  headers[] = {
        "{\"alg\":\"none\"}", "{\"alg\":\"None\"}", "{\"alg\":\"nONE\"}",
        "{\"alg\":\"\"}", "{}", "{\"alg\":null}", "{\"alg\":0}",
        "{\"alg\":[\"HS256\"]}", "{\"alg\":\"HS256\\u0000\"}",
        "{\"alg\":\"hs256\"}", "{\"alg\":\"Hs256\"}", "{\"Alg\":\"HS256\"}",
        "{\"alg\":\" HS256\"}"
    };

    (void) state;

    ALL(headers, NGX_CHAT_TOKEN_ALG);

    /* as nobody has signed them, with an empty signature and another */

    for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        h = str(headers[i]);
        p = str(PAYLOAD);
        text = unsigned_token(&h, &p);
        check(text, NGX_CHAT_TOKEN_FORM);
        add_signature(text, "", 0);
        check(text, NGX_CHAT_TOKEN_FORM);
        strcat(text, "AA");
        check_made(text, NGX_CHAT_TOKEN_ALG);
    }
}


static void
test_T4_cut_and_longer(void **state)
{
    char    *text, *made[3];
    size_t   i, n, cut;

    (void) state;

    made[0] = good();
    made[1] = sign_pkey(RS256, PAYLOAD, rsa);
    made[2] = sign_pkey(ES256, PAYLOAD, ec);

    for (i = 0; i < 3; i++) {
        text = made[i];
        n = strlen(text);

        strcat(text, "A");
        assert_int_not_equal(check_bytes(text, n + 1), NGX_CHAT_TOKEN_OK);
        strcat(text, "AAA");
        check(text, NGX_CHAT_TOKEN_SIGNATURE);

        for (cut = 1; cut < n; cut += 7) {
            assert_int_not_equal(check_bytes(text, n - cut),
                                 NGX_CHAT_TOKEN_OK);
        }

        free(text);
    }
}


static void
test_T4_another_form(void **state)
{
    char            *text, copy[4096];
    size_t           i;
    ngx_chat_str_t   s;

    static const char *const  ends[] = {
        "=", "==", " ", "\n", "\r\n", ".", ".x", "+", "/", "\xc3\xa9"
    };
    static const char *const  forms[] = {
        "", ".", "..", "...", "a.b", "a..b", ".a.b", "a.b.", "eyJ9.eyJ9.eyJ9"
    };

    (void) state;

    text = good();

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(copy, sizeof(copy), "%s%s", text, ends[i]);
        check(copy, NGX_CHAT_TOKEN_FORM);
        snprintf(copy, sizeof(copy), "%s%s", ends[i], text);
        check(copy, NGX_CHAT_TOKEN_FORM);
    }

    for (i = 0; i < sizeof(forms) / sizeof(forms[0]) - 1; i++) {
        check(forms[i], NGX_CHAT_TOKEN_FORM);
    }

    check(forms[i], NGX_CHAT_TOKEN_HEADER);

    /* the other alphabet, and a zero with more behind it */

    snprintf(copy, sizeof(copy), "%s", text);

    for (i = 0; copy[i] != '\0'; i++) {
        copy[i] = (copy[i] == '-') ? '+' : copy[i];
    }

    copy[strlen(copy) - 2] = '/';
    check(copy, NGX_CHAT_TOKEN_FORM);

    snprintf(copy, sizeof(copy), "%s", text);
    s = str_of(copy, strlen(copy) + 1);
    assert_int_equal(check_str(&s), NGX_CHAT_TOKEN_FORM);
    strcpy(copy + s.len, "AAAA");
    s.len += 4;
    assert_int_equal(check_str(&s), NGX_CHAT_TOKEN_FORM);

    free(text);
}


/* The last character of a signature has bits that mean nothing. */

static void
test_T4_one_form_only(void **state)
{
    char    *text;
    size_t   n;

    (void) state;

    text = sign_pkey(RS256, PAYLOAD, rsa);
    n = strlen(text);

    assert_non_null(strchr("AQgw", text[n - 1]));
    text[n - 1]++;
    check(text, NGX_CHAT_TOKEN_FORM);

    free(text);
}


static void
test_T8_kid(void **state)
{
    ngx_chat_str_t            other;
    static const char *const  unknown[] = {
        "{\"alg\":\"HS256\",\"kid\":\"c\"}",
        "{\"alg\":\"HS256\",\"kid\":\"A\"}",
        "{\"alg\":\"HS256\",\"kid\":\"\"}",
        "{\"alg\":\"HS256\",\"kid\":\"a\\u0000\"}",
        "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}",
        "{\"alg\":\"HS256\",\"kid\":\"' OR 1=1 --\"}",
        "{\"alg\":\"HS256\",\"kid\":7}",
        "{\"alg\":\"HS256\",\"kid\":null}",
        "{\"alg\":\"HS256\",\"kid\":[\"a\"]}"
    };

    (void) state;

    other = str(OTHER);

    keys[0].kid = str("a");
    keys[3] = key_of(other, "b");
    assert_null(ngx_chat_token_key_fault(&keys[3]));
    rules.nkeys = 4;

    header("{\"alg\":\"HS256\",\"kid\":\"a\"}", NGX_CHAT_TOKEN_OK);
    header("{\"alg\":\"HS256\",\"kid\":\"\\u0061\"}", NGX_CHAT_TOKEN_OK);
    header("{\"alg\":\"HS256\",\"kid\":\"b\"}", NGX_CHAT_TOKEN_SIGNATURE);
    header("{\"alg\":\"RS256\",\"kid\":\"a\"}", NGX_CHAT_TOKEN_ALG);
    ALL(unknown, NGX_CHAT_TOKEN_KID);

    /* without one, each key of the algorithm */

    header(HS256, NGX_CHAT_TOKEN_OK);
    check_made(sign_secret(HS256, PAYLOAD, &other), NGX_CHAT_TOKEN_OK);

    other = str(SECRET "x");
    check_made(sign_secret(HS256, PAYLOAD, &other), NGX_CHAT_TOKEN_SIGNATURE);
    check_made(sign_secret("{\"alg\":\"HS256\",\"kid\":\"c\"}", PAYLOAD,
                           &other), NGX_CHAT_TOKEN_KID);
}


static void
test_T8_a_kid_that_is_long(void **state)
{
    char  text[4096];

    (void) state;

    sprintf(text, "{\"alg\":\"HS256\",\"kid\":\"%02000d\"}", 0);
    header(text, NGX_CHAT_TOKEN_KID);
}


static void
test_T9_keys_in_the_header(void **state)
{
    ngx_chat_str_t            other;
    const char *const         text = "{\"alg\":\"HS256\","
        "\"jku\":\"https://evil.test/\",\"x5u\":\"http://evil.test/\","
        "\"jwk\":{\"kty\":\"oct\",\"k\":\"MDEy\"},\"x5c\":[\"MIIB\"],"
        "\"x5t\":\"x\"}";

    (void) state;

    header(text, NGX_CHAT_TOKEN_OK);

    other = str(OTHER);
    check_made(sign_secret(text, PAYLOAD, &other), NGX_CHAT_TOKEN_SIGNATURE);
}


static void
test_T10_critical(void **state)
{
    static const char *const  headers[] = {
        "{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}",
        "{\"alg\":\"HS256\",\"crit\":[]}",
        "{\"alg\":\"HS256\",\"crit\":null}",
        "{\"alg\":\"HS256\",\"\\u0063rit\":[\"x\"]}",
        "{\"alg\":\"HS256\",\"b64\":false}",
        "{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}",
        "{\"alg\":\"HS256\",\"b64\":true}"
    };

    (void) state;

    ALL(headers, NGX_CHAT_TOKEN_CRITICAL);
}


static void
test_T11_type(void **state)
{
    static const char *const  good[] = {
        "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"typ\":\"jwt\"}"
    };
    static const char *const  bad[] = {
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWS\"}",
        "{\"alg\":\"HS256\",\"typ\":\"\"}", "{\"alg\":\"HS256\",\"typ\":1}",
        "{\"alg\":\"HS256\",\"typ\":12345}",
        "{\"alg\":\"HS256\",\"typ\":null}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"cty\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"cty\":\"\"}"
    };

    (void) state;

    ALL(good, NGX_CHAT_TOKEN_OK);
    ALL(bad, NGX_CHAT_TOKEN_TYPE);
    header("{\"alg\":\"HS256\"}", NGX_CHAT_TOKEN_OK);

    rules.typ = 1;
    ALL(good, NGX_CHAT_TOKEN_OK);
    ALL(bad, NGX_CHAT_TOKEN_TYPE);
    header("{\"alg\":\"HS256\"}", NGX_CHAT_TOKEN_TYPE);
}


static void
test_T16_T17_header(void **state)
{
    static const char *const  headers[] = {
        "x", "[]", "\"HS256\"", "{\"alg\":\"HS256\"", "{\"alg\":\"HS256\"}x",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":\"none\",\"\\u0061lg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"x\":\"\xff\"}",
        "{\"alg\":\"HS256\",\"x\":[[[[[[1]]]]]]}",
        "\xef\xbb\xbf{\"alg\":\"HS256\"}"
    };

    (void) state;

    ALL(headers, NGX_CHAT_TOKEN_HEADER);
}


/* A payload is looked at before the signature, and believed behind it. */

static void
test_T16_T17_payload(void **state)
{
    ngx_chat_str_t            secret, other;
    size_t                    i;
    static const char *const  payloads[] = {
        "x", "[]", "{\"sub\":\"ann\",\"exp\":1700000060,\"exp\":1700000061}",
        "{\"sub\":\"ann\",\"exp\":1700000060,\"x\":[[[[[[1]]]]]]}",
        "{\"sub\":\"\xc3\",\"exp\":1700000060}"
    };

    (void) state;

    secret = str(SECRET);
    other = str(OTHER);

    for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        check_made(sign_secret(HS256, payloads[i], &secret),
                   NGX_CHAT_TOKEN_PAYLOAD);
    }

    check_made(sign_secret(HS256, "{}", &secret), NGX_CHAT_TOKEN_NO_EXP);
    check_made(sign_secret(HS256, "{}", &other), NGX_CHAT_TOKEN_SIGNATURE);
    check_made(sign_secret(HS256, "{\"sub\":\"a\",\"exp\":1}", &other),
               NGX_CHAT_TOKEN_SIGNATURE);
}


static void
test_T18_size(void **state)
{
    int              n;
    char             payload[4096], *text;
    ngx_chat_str_t   secret, s;

    (void) state;

    secret = str(SECRET);

    for (n = 2880; n < 2990; n++) {
        sprintf(payload, "{\"sub\":\"ann\",\"exp\":1700000060,\"x\":\"%0*d\"}",
                n, 0);
        text = sign_secret(HS256, payload, &secret);
        check(text, (strlen(text) <= 4096) ? NGX_CHAT_TOKEN_OK
                                           : NGX_CHAT_TOKEN_LONG);
        free(text);
    }

    s = str_repeat("A", 4096);
    assert_int_equal(check_str(&s), NGX_CHAT_TOKEN_FORM);
    str_free(&s);
    s = str_repeat("A", 4097);
    assert_int_equal(check_str(&s), NGX_CHAT_TOKEN_LONG);
    str_free(&s);
    s = str_repeat("A", 100000);
    assert_int_equal(check_str(&s), NGX_CHAT_TOKEN_LONG);
    str_free(&s);
}


static void
test_names_of_algorithms(void **state)
{
    ngx_chat_str_t  s;

    (void) state;

    s = str("HS256");
    assert_int_equal(ngx_chat_token_alg(&s), NGX_CHAT_TOKEN_HS256);
    s = str("RS256");
    assert_int_equal(ngx_chat_token_alg(&s), NGX_CHAT_TOKEN_RS256);
    s = str("ES256");
    assert_int_equal(ngx_chat_token_alg(&s), NGX_CHAT_TOKEN_ES256);
    s = str("none");
    assert_int_equal(ngx_chat_token_alg(&s), NGX_CHAT_TOKEN_ALG_NONE);
    s = str("");
    assert_int_equal(ngx_chat_token_alg(&s), NGX_CHAT_TOKEN_ALG_NONE);
}


static void
test_each_reason_has_a_sentence(void **state)
{
    int          i;
    const char  *reason;

    (void) state;

    for (i = NGX_CHAT_TOKEN_OK; i <= NGX_CHAT_TOKEN_ROLES; i++) {
        reason = ngx_chat_token_reason((ngx_chat_token_e) i);
        assert_non_null(reason);
        assert_int_not_equal(reason[strlen(reason) - 1], '.');
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_T1_alg_none, setup),
        cmocka_unit_test_setup(test_T4_cut_and_longer, setup),
        cmocka_unit_test_setup(test_T4_another_form, setup),
        cmocka_unit_test_setup(test_T4_one_form_only, setup),
        cmocka_unit_test_setup(test_T8_kid, setup),
        cmocka_unit_test_setup(test_T8_a_kid_that_is_long, setup),
        cmocka_unit_test_setup(test_T9_keys_in_the_header, setup),
        cmocka_unit_test_setup(test_T10_critical, setup),
        cmocka_unit_test_setup(test_T11_type, setup),
        cmocka_unit_test_setup(test_T16_T17_header, setup),
        cmocka_unit_test_setup(test_T16_T17_payload, setup),
        cmocka_unit_test_setup(test_T18_size, setup),
        cmocka_unit_test_setup(test_names_of_algorithms, setup),
        cmocka_unit_test_setup(test_each_reason_has_a_sentence, setup),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
