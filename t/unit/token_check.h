
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the tests that check tokens share: keys of each algorithm, and checking
 * a token that was made for it.
 */


#ifndef TOKEN_CHECK_H_INCLUDED
#define TOKEN_CHECK_H_INCLUDED


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "token_sign.h"


#define NOW      1700000000
#define PAYLOAD  "{\"sub\":\"ann\",\"exp\":1700000060}"
#define SECRET   "0123456789abcdef0123456789abcdef"
#define OTHER    "0123456789abcdef0123456789abcdeF"

#define HS256    "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define RS256    "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define ES256    "{\"alg\":\"ES256\",\"typ\":\"JWT\"}"

#define ALL(list, want)  all(list, sizeof(list) / sizeof((list)[0]), want)


static EVP_PKEY                *rsa;
static EVP_PKEY                *ec;
static ngx_chat_str_t           rsa_pem;
static ngx_chat_str_t           ec_pem;
static ngx_chat_token_key_t     keys[4];
static ngx_chat_token_rules_t   rules;
static ngx_chat_token_t         token;


static inline int
group_setup(void **state)
{
    (void) state;

    rsa = rsa_of(2048, 65537);
    ec = EVP_EC_gen("P-256");
    rsa_pem = str(pem_of(rsa));
    ec_pem = str(pem_of(ec));

    return 0;
}


static inline int
group_teardown(void **state)
{
    (void) state;

    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    str_free(&rsa_pem);
    str_free(&ec_pem);

    return 0;
}


/* Exactly these keys, NULL: no more. */

static inline void
use(const ngx_chat_str_t *first, const ngx_chat_str_t *second)
{
    keys[0] = key_of(*first, "");
    rules.nkeys = 1;
    assert_null(ngx_chat_token_key_fault(&keys[0]));

    if (second != NULL) {
        keys[1] = key_of(*second, "");
        rules.nkeys = 2;
        assert_null(ngx_chat_token_key_fault(&keys[1]));
    }
}


static inline int
setup(void **state)
{
    (void) state;

    memset(&token, 0xa5, sizeof(token));
    ngx_chat_token_rules_init(&rules);

    keys[0] = key_of(str(SECRET), "");
    keys[1] = key_of(rsa_pem, "");
    keys[2] = key_of(ec_pem, "");

    rules.keys = keys;
    rules.nkeys = 3;

    assert_null(ngx_chat_token_key_fault(&keys[0]));
    assert_null(ngx_chat_token_key_fault(&keys[1]));
    assert_null(ngx_chat_token_key_fault(&keys[2]));

    return 0;
}


static inline ngx_chat_token_e
check_str(const ngx_chat_str_t *text)
{
    ngx_chat_str_t    exact;
    ngx_chat_token_e  rc;

    exact = str_exact(text);
    rc = ngx_chat_token_check(&token, &rules, &exact, NOW);
    str_free(&exact);

    /* nothing is left for nginx to find at the next connection */

    assert_int_equal(ERR_peek_error(), 0);

    return rc;
}


static inline ngx_chat_token_e
check_bytes(const void *data, size_t len)
{
    ngx_chat_str_t  s;

    s = str_of(data, len);

    return check_str(&s);
}


static inline void
check(const char *text, ngx_chat_token_e want)
{
    ngx_chat_str_t    s;
    ngx_chat_token_e  rc;

    s = str(text);
    rc = check_str(&s);

    if (rc != want) {
        fail_msg("token %s, not %s: %s", ngx_chat_token_reason(rc),
                 ngx_chat_token_reason(want), text);
    }
}


/* A token that is freed then. */

static inline void
check_made(char *text, ngx_chat_token_e want)
{
    check(text, want);
    free(text);
}


/* Signed with the secret. */

static inline void
header(const char *text, ngx_chat_token_e want)
{
    ngx_chat_str_t  secret;

    secret = str(SECRET);
    check_made(sign_secret(text, PAYLOAD, &secret), want);
}


static inline void
all(const char *const *headers, size_t n, ngx_chat_token_e want)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        header(headers[i], want);
    }
}


static inline char *
good(void)
{
    ngx_chat_str_t  secret;

    secret = str(SECRET);

    return sign_secret(HS256, PAYLOAD, &secret);
}


#endif /* TOKEN_CHECK_H_INCLUDED */
