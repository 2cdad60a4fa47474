
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The keys of tokens.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "token_sign.h"


#define SECRET  "0123456789abcdef0123456789abcdef"


static size_t  allocations;
static size_t  fail_at;            /* the allocation that fails, 0: none */


/* A fault has these words in it, NULL: there is none.  Returns the key. */

static ngx_chat_token_key_t
judge(ngx_chat_str_t bytes, ngx_chat_token_alg_e alg, const char *want)
{
    const char            *fault;
    ngx_chat_token_key_t   key, exact;

    key = key_of(bytes, "");
    key.alg = alg;

    exact = key;
    exact.bytes = str_exact(&bytes);
    fault = ngx_chat_token_key_fault(&exact);
    str_free(&exact.bytes);

    key.alg = exact.alg;

    if ((fault == NULL) != (want == NULL)
        || (fault != NULL && strstr(fault, want) == NULL))
    {
        fail_msg("\"%s\", not \"%s\"", fault, want);
    }

    assert_int_equal(ERR_peek_error(), 0);

    return key;
}


static void
judge_pkey(EVP_PKEY *pkey, const char *want)
{
    char  *pem;

    assert_non_null(pkey);
    pem = pem_of(pkey);
    (void) judge(str(pem), NGX_CHAT_TOKEN_ALG_NONE, want);

    free(pem);
    EVP_PKEY_free(pkey);
}


static void
test_the_algorithm_is_found(void **state)
{
    ngx_chat_token_key_t  key;

    (void) state;

    assert_int_equal(ngx_chat_token_available(), 1);

    key = judge(str(SECRET), NGX_CHAT_TOKEN_ALG_NONE, NULL);
    assert_int_equal(key.alg, NGX_CHAT_TOKEN_HS256);

    key = judge(str(RFC7515_RSA), NGX_CHAT_TOKEN_ALG_NONE, NULL);
    assert_int_equal(key.alg, NGX_CHAT_TOKEN_RS256);

    key = judge(str(RFC7515_EC), NGX_CHAT_TOKEN_ALG_NONE, NULL);
    assert_int_equal(key.alg, NGX_CHAT_TOKEN_ES256);

    key = judge(str("a key of ours\n" RFC7515_EC "\n\n"),
                NGX_CHAT_TOKEN_ALG_NONE, NULL);
    assert_int_equal(key.alg, NGX_CHAT_TOKEN_ES256);
}


static void
test_the_algorithm_may_be_given(void **state)
{
    (void) state;

    judge(str(SECRET), NGX_CHAT_TOKEN_HS256, NULL);
    judge(str(RFC7515_RSA), NGX_CHAT_TOKEN_RS256, NULL);
    judge(str(RFC7515_EC), NGX_CHAT_TOKEN_ES256, NULL);

    judge(str(SECRET), NGX_CHAT_TOKEN_RS256, "no key in PEM");
    judge(str(SECRET), NGX_CHAT_TOKEN_ES256, "no key in PEM");
    judge(str(RFC7515_RSA), NGX_CHAT_TOKEN_ES256, "another algorithm");
    judge(str(RFC7515_EC), NGX_CHAT_TOKEN_RS256, "another algorithm");
}


static void
test_T2_a_public_key_is_no_secret(void **state)
{
    int             n;
    EVP_PKEY       *pkey;
    unsigned char  *der;

    (void) state;

    judge(str(RFC7515_RSA), NGX_CHAT_TOKEN_HS256, "another algorithm");
    judge(str(RFC7515_EC), NGX_CHAT_TOKEN_HS256, "another algorithm");
    judge(str(RFC7515_RSA + 27), NGX_CHAT_TOKEN_ALG_NONE, "lines of PEM");
    judge(str(RFC7515_EC + 27), NGX_CHAT_TOKEN_HS256, "lines of PEM");
    judge(str("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlz\"}]}"),
          NGX_CHAT_TOKEN_ALG_NONE, "JSON");
    judge(str("\xef\xbb\xbf\r\n\t {\"keys\":[{\"kty\":\"RSA\"}]}"),
          NGX_CHAT_TOKEN_ALG_NONE, "kid=");
    judge(str("[{\"kty\":\"oct\",\"k\":\"0123456789012345678901234567\"}]"),
          NGX_CHAT_TOKEN_HS256, "JSON");
    judge(str("{\"keys\":[]}"), NGX_CHAT_TOKEN_ES256, "JSON");
    judge(str(" \t\r\n"), NGX_CHAT_TOKEN_ALG_NONE, "32");
    judge(str("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ ann@host"),
          NGX_CHAT_TOKEN_ALG_NONE, "SSH");
    judge(str("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY"),
          NGX_CHAT_TOKEN_ALG_NONE, "SSH");

    pkey = EVP_EC_gen("P-256");
    der = NULL;
    n = i2d_PUBKEY(pkey, &der);
    judge(str_of(der, (size_t) n), NGX_CHAT_TOKEN_ALG_NONE, "DER");
    judge(str_of(der, (size_t) n), NGX_CHAT_TOKEN_ES256, "no key in PEM");

    OPENSSL_free(der);
    EVP_PKEY_free(pkey);
}


static void
test_T24_empty_short_and_long_secrets(void **state)
{
    ngx_chat_str_t  s;

    (void) state;

    judge(str(""), NGX_CHAT_TOKEN_ALG_NONE, "empty");
    judge(str("x"), NGX_CHAT_TOKEN_ALG_NONE, "less than 32 bytes");
    judge(str("0123456789abcdef"), NGX_CHAT_TOKEN_HS256, "less than 32 bytes");
    judge(str(&SECRET[1]), NGX_CHAT_TOKEN_HS256, "less than 32 bytes");
    judge(LIT("\0" "123456789abcdef0123456789abcde\xff"),
          NGX_CHAT_TOKEN_ALG_NONE, NULL);

    s = str_repeat("x", 16385);
    judge(s, NGX_CHAT_TOKEN_ALG_NONE, "longer than 16384 bytes");
    s.len--;
    judge(s, NGX_CHAT_TOKEN_ALG_NONE, NULL);
    str_free(&s);
}


static void
test_T24_other_keys(void **state)
{
    (void) state;

    judge_pkey(rsa_of(1024, 65537), "less than 2048 bits");
    judge_pkey(EVP_EC_gen("P-256"), NULL);
    judge_pkey(EVP_EC_gen("P-384"), "another curve");
    judge_pkey(EVP_EC_gen("secp256k1"), "another curve");
    judge_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "neither");
}


static void
test_T24_keys_of_RSA_PSS_and_with_other_parameters(void **state)
{
    EVP_PKEY      *pkey;
    EVP_PKEY_CTX  *ctx;

    (void) state;

    pkey = NULL;
    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA_PSS, NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) > 0);
    assert_true(EVP_PKEY_keygen(ctx, &pkey) > 0);
    EVP_PKEY_CTX_free(ctx);
    judge_pkey(pkey, "neither");

    pkey = NULL;
    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0);
    assert_true(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(
                    ctx, NID_X9_62_prime256v1) > 0);
    assert_true(EVP_PKEY_CTX_set_ec_param_enc(
                    ctx, OPENSSL_EC_EXPLICIT_CURVE) > 0);
    assert_true(EVP_PKEY_keygen(ctx, &pkey) > 0);
    EVP_PKEY_CTX_free(ctx);
    judge_pkey(pkey, "another curve");
}


/* A modulus of so many bits, which nobody has made of primes. */

static EVP_PKEY *
modulus_of(int bits)
{
    BIGNUM          *n;
    EVP_PKEY        *pkey;
    OSSL_PARAM      *params;
    EVP_PKEY_CTX    *ctx;
    OSSL_PARAM_BLD  *build;

    n = BN_new();
    pkey = NULL;
    build = OSSL_PARAM_BLD_new();
    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);

    assert_true(BN_set_bit(n, bits - 1) && BN_set_bit(n, 0));
    assert_true(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n));
    assert_true(OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, 3));

    params = OSSL_PARAM_BLD_to_param(build);

    assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
    assert_true(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params)
                > 0);

    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);

    return pkey;
}


static void
test_T24_size_of_RSA_keys(void **state)
{
    (void) state;

    judge_pkey(modulus_of(2047), "less than 2048 bits");
    judge_pkey(modulus_of(2048), NULL);
    judge_pkey(modulus_of(8192), NULL);
    judge_pkey(modulus_of(8193), "more than 8192 bits");
}


static void
test_T24_private_keys(void **state)
{
    BIO       *bio;
    int        i;
    long       n;
    char      *data;
    EVP_PKEY  *pkey;

    (void) state;

    for (i = 0; i < 3; i++) {
        pkey = EVP_EC_gen("P-256");
        bio = BIO_new(BIO_s_mem());

        if (i == 2) {
            PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0,
                                                 NULL, NULL);
        } else {
            PEM_write_bio_PKCS8PrivateKey(bio, pkey,
                                          i ? EVP_aes_128_cbc() : NULL,
                                          "pass", i ? 4 : 0, NULL, NULL);
        }

        PEM_write_bio_PUBKEY(bio, pkey);

        n = BIO_get_mem_data(bio, &data);
        assert_true(n > 0);
        judge(str_of(data, (size_t) n), NGX_CHAT_TOKEN_ALG_NONE, "private");

        BIO_free(bio);
        EVP_PKEY_free(pkey);
    }
}


static void
test_T24_bad_PEM(void **state)
{
    size_t          i;
    char            text[sizeof(RFC7515_RSA)];
    ngx_chat_str_t  s;

    (void) state;

    judge(str("-----BEGIN "), NGX_CHAT_TOKEN_ALG_NONE, "without a public");
    judge(str("-----BEGIN PUBLIC KEY-----"), NGX_CHAT_TOKEN_ALG_NONE,
          "damaged");
    judge(str("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
          NGX_CHAT_TOKEN_ALG_NONE, "damaged");
    judge(str("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"),
          NGX_CHAT_TOKEN_ALG_NONE, "damaged");
    judge(str("-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n"
              "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
              "MIIB\n-----END PUBLIC KEY-----\n"),
          NGX_CHAT_TOKEN_ALG_NONE, "damaged");
    judge(str("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"),
          NGX_CHAT_TOKEN_ALG_NONE, "certificate");
    judge(str("-----BEGIN RSA PUBLIC KEY-----\nMIIB\n"
              "-----END RSA PUBLIC KEY-----"),
          NGX_CHAT_TOKEN_ALG_NONE, "PKCS #1");
    judge(str("-----BEGIN EC PARAMETERS-----\nMIIB\n"
              "-----END EC PARAMETERS-----"),
          NGX_CHAT_TOKEN_ALG_NONE, "without a public");
    judge(str(RFC7515_RSA RFC7515_EC), NGX_CHAT_TOKEN_ALG_NONE,
          "more than one");
    judge(str("-----BEGIN X-----\n" RFC7515_EC), NGX_CHAT_TOKEN_ALG_NONE,
          "more than one");

    /* cut short anywhere */

    for (i = 27; i < sizeof(RFC7515_RSA) - 2; i++) {
        s = str_of(RFC7515_RSA, i);
        judge(s, NGX_CHAT_TOKEN_ALG_NONE, "damaged");
    }

    strcpy(text, RFC7515_RSA);
    text[100] = '!';
    judge(str(text), NGX_CHAT_TOKEN_ALG_NONE, "damaged");

    /* a point that is not on the curve */

    strcpy(text, RFC7515_EC);
    text[100] = (text[100] == 'x') ? 'y' : 'x';
    judge(str(text), NGX_CHAT_TOKEN_ALG_NONE, "damaged");
}


static void
test_T24_kid(void **state)
{
    ngx_chat_token_key_t  keys[9];

    (void) state;

    keys[0] = key_of(str(SECRET), "");
    keys[0].kid = str_repeat("k", 129);
    assert_non_null(strstr(ngx_chat_token_key_fault(&keys[0]), "128"));
    keys[0].kid.len--;
    assert_null(ngx_chat_token_key_fault(&keys[0]));
    str_free(&keys[0].kid);

    keys[0] = key_of(str(SECRET), "a");
    keys[1] = key_of(str(SECRET), "");
    keys[2] = key_of(str(SECRET), "");
    keys[3] = key_of(str(SECRET), "A");
    keys[4] = key_of(str(SECRET), "a");

    assert_null(ngx_chat_token_keys_fault(keys, 0));
    assert_null(ngx_chat_token_keys_fault(keys, 1));
    assert_null(ngx_chat_token_keys_fault(keys, 4));
    assert_string_equal(ngx_chat_token_keys_fault(keys, 5),
                        "have the same kid twice");
    assert_string_equal(ngx_chat_token_keys_fault(keys, 9),
                        "are more than 8");
}


static void *
allocate(size_t n, const char *file, int line)
{
    (void) file;
    (void) line;

    return (++allocations == fail_at) ? NULL : malloc(n);
}


static void *
reallocate(void *p, size_t n, const char *file, int line)
{
    (void) file;
    (void) line;

    return (++allocations == fail_at) ? NULL : realloc(p, n);
}


static void
release(void *p, const char *file, int line)
{
    (void) file;
    (void) line;

    free(p);
}


/*
 * OpenSSL allocates three thousand times for a key: the first ones fail each,
 * then one in so many.
 */

static size_t
next_failure(size_t at)
{
    return at + 1 + at / 50;
}


static void
test_allocations_of_a_key_fail(void **state)
{
    size_t                i, total;
    const char           *fault;
    ngx_chat_token_key_t  key;

    static const char *const  pems[] = { RFC7515_RSA, RFC7515_EC };

    (void) state;

    for (i = 0; i < 2; i++) {
        allocations = 0;
        key = key_of(str(pems[i]), "");
        assert_null(ngx_chat_token_key_fault(&key));
        total = allocations;
        assert_true(total > 0);

        for (fail_at = 1; fail_at <= total; fail_at = next_failure(fail_at)) {
            allocations = 0;
            key = key_of(str(pems[i]), "");
            fault = ngx_chat_token_key_fault(&key);

            /* it can do without some of them */

            assert_true((fault == NULL)
                        == (key.alg != NGX_CHAT_TOKEN_ALG_NONE));
            assert_int_equal(ERR_peek_error(), 0);
        }

        fail_at = 0;
    }
}


/*
 * Only of RS256: without memory libjwt leaks an ES256 signature, and compares
 * an HS256 signature with bytes that nobody has set.
 */

static void
test_allocations_of_a_check_fail(void **state)
{
    int                      good;
    char                    *text;
    size_t                   total;
    EVP_PKEY                *pkey, *other;
    ngx_chat_str_t           pem, s;
    ngx_chat_token_e         rc;
    ngx_chat_token_t         t;
    ngx_chat_token_key_t     key;
    ngx_chat_token_rules_t   rules;

    (void) state;

    pkey = rsa_of(2048, 65537);
    other = rsa_of(2048, 65537);
    pem = str(pem_of(pkey));
    key = key_of(pem, "");
    assert_null(ngx_chat_token_key_fault(&key));

    ngx_chat_token_rules_init(&rules);
    rules.keys = &key;
    rules.nkeys = 1;

    for (good = 0; good < 2; good++) {
        text = sign_pkey("{\"alg\":\"RS256\"}", "{\"sub\":\"ann\",\"exp\":60}",
                         good ? pkey : other);
        s = str(text);

        allocations = 0;
        rc = ngx_chat_token_check(&t, &rules, &s, 0);
        assert_int_equal(rc == NGX_CHAT_TOKEN_OK, good);
        total = allocations;

        for (fail_at = 1; fail_at <= total; fail_at = next_failure(fail_at)) {
            allocations = 0;
            rc = ngx_chat_token_check(&t, &rules, &s, 0);
            assert_true(good || rc != NGX_CHAT_TOKEN_OK);
            assert_int_equal(ERR_peek_error(), 0);
        }

        fail_at = 0;
        free(text);
    }

    str_free(&pem);
    EVP_PKEY_free(pkey);
    EVP_PKEY_free(other);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_the_algorithm_is_found),
        cmocka_unit_test(test_the_algorithm_may_be_given),
        cmocka_unit_test(test_T2_a_public_key_is_no_secret),
        cmocka_unit_test(test_T24_empty_short_and_long_secrets),
        cmocka_unit_test(test_T24_other_keys),
        cmocka_unit_test(test_T24_keys_of_RSA_PSS_and_with_other_parameters),
        cmocka_unit_test(test_T24_size_of_RSA_keys),
        cmocka_unit_test(test_T24_private_keys),
        cmocka_unit_test(test_T24_bad_PEM),
        cmocka_unit_test(test_T24_kid),
        cmocka_unit_test(test_allocations_of_a_key_fail),
        cmocka_unit_test(test_allocations_of_a_check_fail),
    };

    if (!CRYPTO_set_mem_functions(allocate, reallocate, release)) {
        return 1;
    }

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
