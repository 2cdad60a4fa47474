
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The claims of tokens.
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
#include "ngx_chat_token.h"


#define NOW  1700000000

/* what each good token has */
#define EXP  "\"exp\":1700000060"
#define SUB  EXP ",\"sub\":\"ann\""


static ngx_chat_token_t        token;
static ngx_chat_token_rules_t  rules;


static int
setup(void **state)
{
    (void) state;

    memset(&token, 0xa5, sizeof(token));
    ngx_chat_token_rules_init(&rules);

    return 0;
}


static ngx_chat_token_e
claims_str(const ngx_chat_str_t *text)
{
    ngx_chat_str_t    exact;
    ngx_chat_json_t   json;
    ngx_chat_token_e  rc;

    exact = str_exact(text);

    rc = ngx_chat_token_object(&json, &exact)
         ? ngx_chat_token_claims(&token, &rules, &json, NOW)
         : NGX_CHAT_TOKEN_PAYLOAD;

    str_free(&exact);

    return rc;
}


static void
claims(const char *text, ngx_chat_token_e want)
{
    ngx_chat_str_t    s;
    ngx_chat_token_e  rc;

    s = str(text);
    rc = claims_str(&s);

    if (rc != want) {
        fail_msg("%s %s", text, ngx_chat_token_reason(rc));
    }
}


static void
test_a_good_token(void **state)
{
    (void) state;

    claims("{\"sub\":\"ann\",\"exp\":1700000060,\"iat\":1700000000,"
           "\"nbf\":1700000000,\"name\":\"Ann\\u00e9\","
           "\"roles\":[\"owner\",\"moderator\"],\"other\":{\"a\":[1]}}",
           NGX_CHAT_TOKEN_OK);

    assert_true(str_is(&token.user, "ann"));
    assert_true(str_is(&token.name, "Ann\xc3\xa9"));
    assert_true(str_is(&token.roles, "owner moderator"));
    assert_int_equal(token.exp, 1700000060);
    assert_int_equal(token.iat, 1700000000);

    claims("{" SUB "}", NGX_CHAT_TOKEN_OK);

    assert_true(str_is(&token.user, "ann"));
    assert_true(str_is(&token.name, ""));
    assert_true(str_is(&token.roles, ""));
    assert_int_equal(token.iat, -1);
}


static void
test_exp(void **state)
{
    (void) state;

    claims("{\"sub\":\"ann\"}", NGX_CHAT_TOKEN_NO_EXP);
    claims("{\"sub\":\"ann\",\"exp\":1700000000}", NGX_CHAT_TOKEN_EXPIRED);
    claims("{\"sub\":\"ann\",\"exp\":1700000000.9}", NGX_CHAT_TOKEN_EXPIRED);
    claims("{\"sub\":\"ann\",\"exp\":0}", NGX_CHAT_TOKEN_EXPIRED);
    claims("{\"sub\":\"ann\",\"exp\":1700000001}", NGX_CHAT_TOKEN_OK);
    claims("{\"sub\":\"ann\",\"exp\":1700000001.5}", NGX_CHAT_TOKEN_OK);
    assert_int_equal(token.exp, 1700000001);
}


static void
test_times_that_are_none(void **state)
{
    size_t                    i, j;
    char                      text[256];
    static const char *const  values[] = {
        "\"1700000060\"", "true", "null", "{}", "[1700000060]", "-1", "-0",
        "1.7e9", "17E8", "1700000060.5e0", "253402300800", "9e99",
        "99999999999999999999", "9223372036854775808",
        "18446744075409551676"
    };
    static const char *const  names[] = { "exp", "nbf", "iat" };

    (void) state;

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        for (j = 0; j < 3; j++) {
            snprintf(text, sizeof(text), "{\"sub\":\"ann\",\"%s\":%s%s}",
                     names[j], values[i], (j == 0) ? "" : "," EXP);
            claims(text, NGX_CHAT_TOKEN_TIME);
        }
    }
}


static void
test_T13_nbf(void **state)
{
    (void) state;

    claims("{" SUB ",\"nbf\":1700000030}", NGX_CHAT_TOKEN_OK);
    claims("{" SUB ",\"nbf\":1700000031}", NGX_CHAT_TOKEN_EARLY);
    claims("{" SUB ",\"nbf\":253402300799}", NGX_CHAT_TOKEN_EARLY);
    claims("{" SUB ",\"nbf\":0}", NGX_CHAT_TOKEN_OK);

    rules.skew = 0;
    claims("{" SUB ",\"nbf\":1700000000}", NGX_CHAT_TOKEN_OK);
    claims("{" SUB ",\"nbf\":1700000001}", NGX_CHAT_TOKEN_EARLY);
}


static void
test_T13_iat(void **state)
{
    (void) state;

    claims("{" SUB ",\"iat\":1700000030}", NGX_CHAT_TOKEN_OK);
    claims("{" SUB ",\"iat\":1700000031}", NGX_CHAT_TOKEN_FUTURE);
    claims("{" SUB ",\"iat\":1699999999.99}", NGX_CHAT_TOKEN_OK);
    assert_int_equal(token.iat, 1699999999);
}


static void
test_T13_life(void **state)
{
    (void) state;

    claims("{\"sub\":\"a\",\"iat\":1699990000,\"exp\":1700076400}",
           NGX_CHAT_TOKEN_OK);
    claims("{\"sub\":\"a\",\"iat\":1699990000,\"exp\":1700076401}",
           NGX_CHAT_TOKEN_LIVES_LONG);
    claims("{\"sub\":\"a\",\"exp\":1700086400}", NGX_CHAT_TOKEN_OK);
    claims("{\"sub\":\"a\",\"exp\":1700086401}", NGX_CHAT_TOKEN_LIVES_LONG);
    claims("{\"sub\":\"a\",\"exp\":253402300799}", NGX_CHAT_TOKEN_LIVES_LONG);
    claims("{\"sub\":\"a\",\"iat\":0,\"exp\":1700000060}",
           NGX_CHAT_TOKEN_LIVES_LONG);

    rules.life = 600;
    claims("{\"sub\":\"a\",\"iat\":1699999900,\"exp\":1700000500}",
           NGX_CHAT_TOKEN_OK);
    claims("{\"sub\":\"a\",\"iat\":1699999900,\"exp\":1700000501}",
           NGX_CHAT_TOKEN_LIVES_LONG);
}


static void
test_T14_issuer(void **state)
{
    size_t                    i;
    static const char *const  bad[] = {
        "{" SUB "}", "{" SUB ",\"iss\":\"\"}",
        "{" SUB ",\"iss\":\"https://a\"}",
        "{" SUB ",\"iss\":\"https://a.test/\"}",
        "{" SUB ",\"iss\":\"HTTPS://a.test\"}",
        "{" SUB ",\"iss\":[\"https://a.test\"]}", "{" SUB ",\"iss\":null}",
        "{" SUB ",\"iss\":\"https://a.test\\u0000\"}"
    };

    (void) state;

    rules.issuer = str("https://a.test");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        claims(bad[i], NGX_CHAT_TOKEN_ISSUER);
    }

    claims("{" SUB ",\"iss\":\"https://a.test\"}", NGX_CHAT_TOKEN_OK);
    claims("{" SUB ",\"iss\":\"https:\\/\\/a.test\"}", NGX_CHAT_TOKEN_OK);
}


static void
test_T14_audience(void **state)
{
    size_t                    i;
    static const char *const  bad[] = {
        "{" SUB "}", "{" SUB ",\"aud\":\"\"}", "{" SUB ",\"aud\":\"cha\"}",
        "{" SUB ",\"aud\":\"chat2\"}", "{" SUB ",\"aud\":\"my chat\"}",
        "{" SUB ",\"aud\":\"CHAT\"}", "{" SUB ",\"aud\":[]}",
        "{" SUB ",\"aud\":[\"shop\",\"chat2\"]}",
        "{" SUB ",\"aud\":[[\"chat\"]]}", "{" SUB ",\"aud\":{\"chat\":1}}",
        "{" SUB ",\"aud\":[1,\"chat\"]}", "{" SUB ",\"aud\":null}",
        "{" SUB ",\"iss\":\"chat\"}"
    };

    (void) state;

    rules.audience = str("chat");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        claims(bad[i], NGX_CHAT_TOKEN_AUDIENCE);
    }

    claims("{" SUB ",\"aud\":\"chat\"}", NGX_CHAT_TOKEN_OK);
    claims("{" SUB ",\"aud\":[\"chat\"]}", NGX_CHAT_TOKEN_OK);
    claims("{" SUB ",\"aud\":[ \"shop\" , \"c\\u0068at\" ]}",
           NGX_CHAT_TOKEN_OK);

    rules.audience.len = 0;
    claims("{" SUB ",\"aud\":1}", NGX_CHAT_TOKEN_OK);
}


static void
test_T15_user(void **state)
{
    size_t                    i;
    char                      text[2048];
    static const char *const  bad[] = {
        "{" EXP "}", "{" EXP ",\"sub\":\"\"}", "{" EXP ",\"sub\":{}}",
        "{" EXP ",\"sub\":7}", "{" EXP ",\"sub\":null}",
        "{" EXP ",\"sub\":[\"ann\"]}", "{" EXP ",\"sub\":true}",
        "{" EXP ",\"sub\":\"a\\u0000b\"}", "{" EXP ",\"sub\":\"a\\nb\"}",
        "{" EXP ",\"sub\":\"a\\u007f\"}", "{" EXP ",\"sub\":\"\\u0085\"}",
        "{" EXP ",\"sub\":\" ann\"}", "{" EXP ",\"sub\":\"ann \"}",
        "{" EXP ",\"sub\":\"a\\u202eb\"}", "{" EXP ",\"sub\":\"\\uffff\"}",
        "{" EXP ",\"Sub\":\"ann\"}"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        claims(bad[i], NGX_CHAT_TOKEN_USER);
    }

    sprintf(text, "{" EXP ",\"sub\":\"%0128d\"}", 0);
    claims(text, NGX_CHAT_TOKEN_OK);
    sprintf(text, "{" EXP ",\"sub\":\"%0129d\"}", 0);
    claims(text, NGX_CHAT_TOKEN_USER);
    sprintf(text, "{" EXP ",\"sub\":\"%01024d\"}", 0);
    claims(text, NGX_CHAT_TOKEN_USER);
}


static void
test_claims_of_other_names(void **state)
{
    (void) state;

    rules.user_claim = str("https://site.test/claims/user-of-the-chat");
    rules.name_claim = str("email");
    rules.roles_claim = str("email");

    claims("{" EXP ",\"https://site.test/claims/user-of-the-chat\":\"ann\","
           "\"\\u0065mail\":\"a@b.c\",\"name\":\"Ann\",\"sub\":\"bob\"}",
           NGX_CHAT_TOKEN_OK);

    assert_true(str_is(&token.user, "ann"));
    assert_true(str_is(&token.name, "a@b.c"));
    assert_true(str_is(&token.roles, "a@b.c"));

    rules.name_claim.len = 0;
    rules.roles_claim.len = 0;

    claims("{" EXP ",\"https://site.test/claims/user-of-the-chat\":\"ann\","
           "\"\":\"x\",\"name\":\"Ann\"}", NGX_CHAT_TOKEN_OK);

    assert_true(str_is(&token.name, ""));
    assert_true(str_is(&token.roles, ""));
}


static void
test_names_that_cannot_be_shown_are_none(void **state)
{
    size_t                    i;
    static const char *const  bad[] = {
        "{" SUB ",\"name\":\"\"}", "{" SUB ",\"name\":7}",
        "{" SUB ",\"name\":null}", "{" SUB ",\"name\":\"a\\tb\"}",
        "{" SUB ",\"name\":\"a\\u0000\"}", "{" SUB ",\"name\":\" a\"}",
        "{" SUB ",\"name\":\"\\u202e\"}", "{" SUB ",\"name\":[\"a\"]}",
        "{" SUB ",\"name\":\"012345678901234567890123456789012\"}"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        claims(bad[i], NGX_CHAT_TOKEN_OK);
        assert_int_equal(token.name.len, 0);
    }

    claims("{" SUB ",\"name\":\"\\ud83d\\ude00 Ann\"}", NGX_CHAT_TOKEN_OK);
    assert_true(str_is(&token.name, "\xf0\x9f\x98\x80 Ann"));

    /* in form NFC, which is what has a length */

    claims("{" SUB ",\"name\":\"Zoe\\u0308\"}", NGX_CHAT_TOKEN_OK);
    assert_true(str_is(&token.name, "Zo\xc3\xab"));

    claims("{" SUB ",\"name\":\"e\\u0308e\\u0308e\\u0308e\\u0308e\\u0308"
           "e\\u0308e\\u0308e\\u0308e\\u0308e\\u0308e\\u0308e\\u0308e\\u0308"
           "e\\u0308e\\u0308e\\u0308e\\u0308\"}", NGX_CHAT_TOKEN_OK);
    assert_int_equal(token.name.len, 2 * 17);
}


static void
roles(const char *value, const char *want)
{
    char  text[512];

    snprintf(text, sizeof(text), "{" SUB ",\"roles\":%s}", value);
    claims(text, NGX_CHAT_TOKEN_OK);

    if (!str_is(&token.roles, want)) {
        fail_msg("%s gave \"%.*s\"", value, (int) token.roles.len,
                 token.roles.data);
    }
}


static void
test_roles(void **state)
{
    (void) state;

    roles("[]", "");
    roles("\"\"", "");
    roles("\"   \"", "");
    roles("[\"\"]", "");
    roles("[\"a\"]", "a");
    roles("[\"a\",\"b\",\"c\"]", "a b c");
    roles("\"a b  c \"", "a b c");
    roles("\" a\"", "a");
    roles("\"\\u0061 \\u0062\"", "a b");
    roles("[\"app:admin\",\"x/y\"]", "app:admin x/y");

    /* what is no role for a configuration is left out, the others stay */

    roles("[\"a b\",\"c\"]", "c");
    roles("[\"a\",\"\\u0000\",\"c\"]", "a c");
    roles("[\"\\u00e9\",\"\",\"c\",\"d,e\"]", "c");
    roles("\"a,b c\\td e\"", "e");
    roles("\"\\u00e9\\u00e9 owner\"", "owner");

    claims("{" SUB ",\"roles\":1}", NGX_CHAT_TOKEN_ROLES);
    claims("{" SUB ",\"roles\":null}", NGX_CHAT_TOKEN_ROLES);
    claims("{" SUB ",\"roles\":{\"a\":true}}", NGX_CHAT_TOKEN_ROLES);
    claims("{" SUB ",\"roles\":[\"a\",1]}", NGX_CHAT_TOKEN_ROLES);
    claims("{" SUB ",\"roles\":[[\"a\"]]}", NGX_CHAT_TOKEN_ROLES);
}


/* As many as a payload has room for. */

static void
test_many_roles(void **state)
{
    char    text[NGX_CHAT_TOKEN_PART_MAX + 1], *p;
    size_t  n;

    (void) state;

    p = text + sprintf(text, "{" SUB ",\"roles\":[\"a\"");

    for (n = 1; p + 6 < text + NGX_CHAT_TOKEN_PART_MAX; n++) {
        p += sprintf(p, ",\"a\"");
    }

    strcpy(p, "]}");
    claims(text, NGX_CHAT_TOKEN_OK);
    assert_int_equal(token.roles.len, 2 * n - 1);

    n = (size_t) sprintf(text, "{" SUB ",\"roles\":\"");
    sprintf(text + n, "%0*d\"}", (int) (NGX_CHAT_TOKEN_PART_MAX - n - 2), 0);
    claims(text, NGX_CHAT_TOKEN_OK);
    assert_int_equal(token.roles.len, NGX_CHAT_TOKEN_PART_MAX - n - 2);
}


static void
test_T16_repeated_claims(void **state)
{
    (void) state;

    claims("{" SUB ",\"exp\":1700000061}", NGX_CHAT_TOKEN_PAYLOAD);
    claims("{" SUB ",\"\\u0065xp\":1700000061}", NGX_CHAT_TOKEN_PAYLOAD);
    claims("{" SUB ",\"sub\":\"ann\"}", NGX_CHAT_TOKEN_PAYLOAD);
    claims("{" SUB ",\"x\":{\"y\":1,\"y\":1}}", NGX_CHAT_TOKEN_PAYLOAD);
}


static void
test_T17_no_json_object(void **state)
{
    char                      text[4096];
    size_t                    i;
    ngx_chat_str_t            s;
    static const char *const  bad[] = {
        "", "x", "1", "null", "\"a\"", "[]", "[{" SUB "}]", "{" SUB,
        "{" SUB "}x",
        "{" SUB ",}", "{" SUB "}{}", "{'sub':'ann'}", "\xef\xbb\xbf{" SUB "}",
        "{" SUB ",\"a\":[[[[[[1]]]]]]}", "{" SUB ",\"a\":\"\xff\"}",
        "{" SUB ",\"a\":\"\xc0\x80\"}", "{" SUB ",\"a\":\"\xed\xa0\x80\"}",
        "{" SUB ",\"a\":\"\\ud800\"}", "{" SUB ",\"a\":\"\n\"}",
        "{" SUB ",\"\\u0000\":1}", "{" SUB "}\xc3"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        claims(bad[i], NGX_CHAT_TOKEN_PAYLOAD);
    }

    s = LIT("{" SUB "}\0");
    assert_int_equal(claims_str(&s), NGX_CHAT_TOKEN_PAYLOAD);
    s = LIT("{" SUB ",\"a\":\"\0\"}");
    assert_int_equal(claims_str(&s), NGX_CHAT_TOKEN_PAYLOAD);

    sprintf(text, "{" SUB "%*s}", 3072, "");
    claims(text, NGX_CHAT_TOKEN_PAYLOAD);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_a_good_token, setup),
        cmocka_unit_test_setup(test_exp, setup),
        cmocka_unit_test_setup(test_times_that_are_none, setup),
        cmocka_unit_test_setup(test_T13_nbf, setup),
        cmocka_unit_test_setup(test_T13_iat, setup),
        cmocka_unit_test_setup(test_T13_life, setup),
        cmocka_unit_test_setup(test_T14_issuer, setup),
        cmocka_unit_test_setup(test_T14_audience, setup),
        cmocka_unit_test_setup(test_T15_user, setup),
        cmocka_unit_test_setup(test_claims_of_other_names, setup),
        cmocka_unit_test_setup(test_names_that_cannot_be_shown_are_none,
                               setup),
        cmocka_unit_test_setup(test_roles, setup),
        cmocka_unit_test_setup(test_many_roles, setup),
        cmocka_unit_test_setup(test_T16_repeated_claims, setup),
        cmocka_unit_test_setup(test_T17_no_json_object, setup),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
