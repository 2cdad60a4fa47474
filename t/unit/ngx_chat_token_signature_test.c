
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The signatures of tokens.
 */


#include "token_check.h"


static void
test_good_tokens(void **state)
{
    (void) state;

    check_made(good(), NGX_CHAT_TOKEN_OK);
    assert_true(str_is(&token.user, "ann"));
    assert_int_equal(token.exp, 1700000060);

    check_made(sign_pkey(RS256, PAYLOAD, rsa), NGX_CHAT_TOKEN_OK);
    assert_true(str_is(&token.user, "ann"));

    check_made(sign_pkey(ES256, PAYLOAD, ec), NGX_CHAT_TOKEN_OK);
    assert_true(str_is(&token.user, "ann"));
}


#define RFC7515_PAYLOAD                                                       \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGx"    \
    "lLmNvbS9pc19yb290Ijp0cnVlfQ."

static void
test_tokens_of_rfc_7515(void **state)
{
    size_t                       i;
    ngx_chat_str_t               s, key;
    static const unsigned char   secret[] = {
        0x03, 0x23, 0x35, 0x4b, 0x2b, 0x0f, 0xa5, 0xbc, 0x83, 0x7e, 0x06,
        0x65, 0x77, 0x7b, 0xa6, 0x8f, 0x5a, 0xb3, 0x28, 0xe6, 0xf0, 0x54,
        0xc9, 0x28, 0xa9, 0x0f, 0x84, 0xb2, 0xd2, 0x50, 0x2e, 0xbf, 0xd3,
        0xfb, 0x5a, 0x92, 0xd2, 0x06, 0x47, 0xef, 0x96, 0x8a, 0xb4, 0xc3,
        0x77, 0x62, 0x3d, 0x22, 0x3d, 0x2e, 0x21, 0x72, 0x05, 0x2e, 0x4f,
        0x08, 0xc0, 0xcd, 0x9a, 0xf5, 0x67, 0xd0, 0x80, 0xa3
    };
    static const char *const     tokens[] = {
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" RFC7515_PAYLOAD
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "eyJhbGciOiJSUzI1NiJ9" RFC7515_PAYLOAD
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
        "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
        "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
        "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
        "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
        "p0igcN_IoypGlUPQGe77Rw",
        "eyJhbGciOiJFUzI1NiJ9" RFC7515_PAYLOAD
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
        "pmWQxfKTUJqPP3-Kg6NU1Q"
    };

    (void) state;

    rules.user_claim = str("iss");

    for (i = 0; i < 3; i++) {
        key = (i == 0) ? str_of(secret, sizeof(secret))
                       : str((i == 1) ? RFC7515_RSA : RFC7515_EC);
        use(&key, NULL);
        s = str(tokens[i]);

        assert_int_equal(ngx_chat_token_check(&token, &rules, &s, 1300819379),
                         NGX_CHAT_TOKEN_OK);
        assert_true(str_is(&token.user, "joe"));

        assert_int_equal(ngx_chat_token_check(&token, &rules, &s, 1300819380),
                         NGX_CHAT_TOKEN_EXPIRED);
    }
}


static void
test_T2_public_keys_as_secrets(void **state)
{
    ngx_chat_str_t  other;

    (void) state;

    use(&rsa_pem, &ec_pem);
    check_made(sign_secret(HS256, PAYLOAD, &rsa_pem), NGX_CHAT_TOKEN_ALG);
    check_made(sign_secret(HS256, PAYLOAD, &ec_pem), NGX_CHAT_TOKEN_ALG);

    keys[0].kid = str("k");
    check_made(sign_secret("{\"alg\":\"HS256\",\"kid\":\"k\"}", PAYLOAD,
                           &rsa_pem), NGX_CHAT_TOKEN_ALG);

    other = str(OTHER);
    use(&rsa_pem, &other);
    check_made(sign_secret(HS256, PAYLOAD, &rsa_pem),
               NGX_CHAT_TOKEN_SIGNATURE);
}


static void
test_T3_the_algorithm_is_the_keys(void **state)
{
    ngx_chat_str_t            secret;
    static const char *const  headers[] = {
        "{\"alg\":\"HS384\"}", "{\"alg\":\"HS512\"}", "{\"alg\":\"RS384\"}",
        "{\"alg\":\"RS512\"}", "{\"alg\":\"ES384\"}", "{\"alg\":\"ES512\"}",
        "{\"alg\":\"PS256\"}", "{\"alg\":\"EdDSA\"}", "{\"alg\":\"ES256K\"}"
    };

    (void) state;

    ALL(headers, NGX_CHAT_TOKEN_ALG);

    check_made(sign_pkey(RS256, PAYLOAD, ec), NGX_CHAT_TOKEN_SIGNATURE);
    check_made(sign_pkey(ES256, PAYLOAD, rsa), NGX_CHAT_TOKEN_SIGNATURE);
    check_made(sign_pkey(HS256, PAYLOAD, rsa), NGX_CHAT_TOKEN_SIGNATURE);
    check_made(sign_pkey(HS256, PAYLOAD, ec), NGX_CHAT_TOKEN_SIGNATURE);

    secret = str(SECRET);
    use(&secret, NULL);
    check_made(sign_pkey(RS256, PAYLOAD, rsa), NGX_CHAT_TOKEN_ALG);
    check_made(sign_pkey(ES256, PAYLOAD, ec), NGX_CHAT_TOKEN_ALG);

    use(&rsa_pem, NULL);
    check_made(good(), NGX_CHAT_TOKEN_ALG);
    check_made(sign_pkey(ES256, PAYLOAD, ec), NGX_CHAT_TOKEN_ALG);

    use(&ec_pem, NULL);
    check_made(sign_pkey(RS256, PAYLOAD, rsa), NGX_CHAT_TOKEN_ALG);
    check_made(sign_pkey("{\"alg\":\"EdDSA\"}", PAYLOAD, ec),
               NGX_CHAT_TOKEN_ALG);

    rules.nkeys = 0;
    check_made(good(), NGX_CHAT_TOKEN_ALG);
}


/* A key that was never judged could have no bytes: libjwt checks nothing. */

static void
test_T3_a_key_without_bytes(void **state)
{
    (void) state;

    rules.nkeys = 1;
    keys[0].bytes.len = 0;
    check_made(good(), NGX_CHAT_TOKEN_SIGNATURE);

    keys[0] = key_of(str(SECRET), "");
    check_made(good(), NGX_CHAT_TOKEN_ALG);
}


static void
test_T4_each_byte_counts(void **state)
{
    char    *made[3], *text, c;
    size_t   i, j;

    (void) state;

    made[0] = good();
    made[1] = sign_pkey(RS256, PAYLOAD, rsa);
    made[2] = sign_pkey(ES256, PAYLOAD, ec);

    for (i = 0; i < 3; i++) {
        text = made[i];

        for (j = 0; j < strlen(text); j += 5) {
            c = text[j];
            text[j] = (c == 'A') ? 'B' : 'A';
            assert_int_not_equal(check_bytes(text, strlen(text)),
                                 NGX_CHAT_TOKEN_OK);
            text[j] = c;
        }

        check(text, NGX_CHAT_TOKEN_OK);
        free(text);
    }
}


/* A token of the EC key with these numbers as signature. */

static void
check_numbers(const char *r, const char *s)
{
    int              n;
    char            *text;
    size_t           i;
    BIGNUM          *number;
    const char      *hex[2];
    unsigned char    raw[64];
    ngx_chat_str_t   h, p;

    hex[0] = r;
    hex[1] = s;

    for (i = 0; i < 2; i++) {
        number = NULL;
        assert_true(BN_hex2bn(&number, hex[i]) > 0);
        n = BN_bn2binpad(number, raw + 32 * i, 32);
        assert_int_equal(n, 32);
        BN_free(number);
    }

    h = str(ES256);
    p = str(PAYLOAD);
    text = unsigned_token(&h, &p);
    check_made(add_signature(text, raw, 64), NGX_CHAT_TOKEN_SIGNATURE);
}

#define P256_N  "ffffffff00000000ffffffffffffffff"                            \
                "bce6faada7179e84f3b9cac2fc632551"


static void
test_T6_numbers_of_ES256(void **state)
{
    (void) state;

    check_numbers("0", "0");
    check_numbers("0", "1");
    check_numbers("1", "0");
    check_numbers("1", "1");
    check_numbers(P256_N, "1");
    check_numbers("1", P256_N);
    check_numbers(P256_N, P256_N);
    check_numbers("ffffffff00000000ffffffffffffffff"
                  "bce6faada7179e84f3b9cac2fc632552",
                  "ffffffffffffffffffffffffffffffff"
                  "ffffffffffffffffffffffffffffffff");
}


static void
test_T6_form_of_ES256(void **state)
{
    char            *text;
    size_t           n, i, start;
    ngx_chat_str_t   h, p;
    unsigned char    der[1024], raw[66];

    static const size_t  lengths[] = { 1, 32, 62, 63, 65 };

    (void) state;

    h = str(ES256);
    p = str(PAYLOAD);
    text = unsigned_token(&h, &p);
    start = strlen(text);
    n = sign_bytes(der, text, ec);

    memset(raw, 0, sizeof(raw));
    raw_signature(raw + 1, der, n);

    check(add_signature(text, der, n), NGX_CHAT_TOKEN_SIGNATURE);
    text[start] = '\0';
    check(add_signature(text, raw + 1, 64), NGX_CHAT_TOKEN_OK);

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        text[start] = '\0';
        check(add_signature(text, raw + 1, lengths[i]),
              NGX_CHAT_TOKEN_SIGNATURE);
    }

    /* a zero in front of both numbers, which other forms would allow */

    text[start] = '\0';
    check(add_signature(text, raw, 66), NGX_CHAT_TOKEN_SIGNATURE);

    free(text);
}


static void
test_T7_length_of_RS256(void **state)
{
    char            *text;
    size_t           n, start;
    EVP_PKEY        *larger;
    ngx_chat_str_t   h, p;
    unsigned char    sig[1024 + 2];

    (void) state;

    h = str(RS256);
    p = str(PAYLOAD);
    text = unsigned_token(&h, &p);
    start = strlen(text);

    memset(sig, 0, sizeof(sig));
    n = sign_bytes(sig + 1, text, rsa);
    assert_int_equal(n, 256);

    check(add_signature(text, sig + 1, n), NGX_CHAT_TOKEN_OK);
    text[start] = '\0';
    check(add_signature(text, sig, n + 1), NGX_CHAT_TOKEN_SIGNATURE);
    text[start] = '\0';
    check(add_signature(text, sig + 1, n + 1), NGX_CHAT_TOKEN_SIGNATURE);
    text[start] = '\0';
    check(add_signature(text, sig + 1, n - 1), NGX_CHAT_TOKEN_SIGNATURE);
    text[start] = '\0';
    check(add_signature(text, sig + 1, 1), NGX_CHAT_TOKEN_SIGNATURE);

    memset(sig, 0, sizeof(sig));
    text[start] = '\0';
    check(add_signature(text, sig, 256), NGX_CHAT_TOKEN_SIGNATURE);
    sig[255] = 1;
    text[start] = '\0';
    check(add_signature(text, sig, 256), NGX_CHAT_TOKEN_SIGNATURE);
    memset(sig, 0xff, sizeof(sig));
    text[start] = '\0';
    check(add_signature(text, sig, 256), NGX_CHAT_TOKEN_SIGNATURE);

    larger = rsa_of(2048 + 256, 65537);
    text[start] = '\0';
    n = sign_bytes(sig, text, larger);
    check(add_signature(text, sig, n), NGX_CHAT_TOKEN_SIGNATURE);

    EVP_PKEY_free(larger);
    free(text);
}


/*
 * Writes the cube root of 00 01 ff.. 00 <DER of the hash> <anything>: with
 * e = 3, who does not look at the end takes it for a signature.
 */

static void
forge(unsigned char sig[256], const char *text)
{
    int             bit;
    BN_CTX         *ctx;
    BIGNUM         *root, *cube, *want;
    unsigned        n;
    unsigned char   block[256];

    static const unsigned char  sha256[] = {
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
        0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20
    };

    memset(block, 0xff, sizeof(block));
    block[0] = 0;
    block[1] = 1;
    block[10] = 0;
    memcpy(block + 11, sha256, sizeof(sha256));
    EVP_Digest(text, strlen(text), block + 11 + sizeof(sha256), &n,
               EVP_sha256(), NULL);

    ctx = BN_CTX_new();
    want = BN_bin2bn(block, sizeof(block), NULL);
    root = BN_new();
    cube = BN_new();

    for (bit = 700; bit >= 0; bit--) {
        BN_set_bit(root, bit);
        BN_sqr(cube, root, ctx);
        BN_mul(cube, cube, root, ctx);

        if (BN_cmp(cube, want) > 0) {
            BN_clear_bit(root, bit);
        }
    }

    /* the cube begins with all that a careless check looks at */

    BN_sqr(cube, root, ctx);
    BN_mul(cube, cube, root, ctx);
    assert_int_equal(BN_bn2binpad(cube, sig, 256), 256);
    assert_memory_equal(sig, block, 11 + sizeof(sha256) + 32);
    assert_int_equal(BN_bn2binpad(root, sig, 256), 256);

    BN_free(want);
    BN_free(root);
    BN_free(cube);
    BN_CTX_free(ctx);
}


static void
test_T7_padding_forged_with_e_3(void **state)
{
    char            *text;
    EVP_PKEY        *e3;
    ngx_chat_str_t   h, p, pem;
    unsigned char    sig[256];

    (void) state;

    e3 = rsa_of(2048, 3);
    pem = str(pem_of(e3));
    use(&pem, NULL);

    check_made(sign_pkey(RS256, PAYLOAD, e3), NGX_CHAT_TOKEN_OK);

    h = str(RS256);
    p = str(PAYLOAD);
    text = unsigned_token(&h, &p);
    forge(sig, text);
    check_made(add_signature(text, sig, 256), NGX_CHAT_TOKEN_SIGNATURE);

    str_free(&pem);
    EVP_PKEY_free(e3);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_good_tokens, setup),
        cmocka_unit_test_setup(test_tokens_of_rfc_7515, setup),
        cmocka_unit_test_setup(test_T2_public_keys_as_secrets, setup),
        cmocka_unit_test_setup(test_T3_the_algorithm_is_the_keys, setup),
        cmocka_unit_test_setup(test_T3_a_key_without_bytes, setup),
        cmocka_unit_test_setup(test_T4_each_byte_counts, setup),
        cmocka_unit_test_setup(test_T6_numbers_of_ES256, setup),
        cmocka_unit_test_setup(test_T6_form_of_ES256, setup),
        cmocka_unit_test_setup(test_T7_length_of_RS256, setup),
        cmocka_unit_test_setup(test_T7_padding_forged_with_e_3, setup),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
