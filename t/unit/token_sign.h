
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the tests of tokens share: keys, their PEM, and signing by OpenSSL.
 */


#ifndef TOKEN_SIGN_H_INCLUDED
#define TOKEN_SIGN_H_INCLUDED


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "chat_str.h"
#include "ngx_chat_token.h"


/* RFC 7515, A.2.1 and A.3.1, as PEM */

#define RFC7515_RSA                                                           \
    "-----BEGIN PUBLIC KEY-----\n"                                            \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"      \
    "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"      \
    "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"      \
    "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"      \
    "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"      \
    "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"      \
    "oQIDAQAB\n"                                                              \
    "-----END PUBLIC KEY-----\n"

#define RFC7515_EC                                                            \
    "-----BEGIN PUBLIC KEY-----\n"                                            \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"      \
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"          \
    "-----END PUBLIC KEY-----\n"


static inline ngx_chat_token_key_t
key_of(ngx_chat_str_t bytes, const char *kid)
{
    ngx_chat_token_key_t  key;

    key.alg = NGX_CHAT_TOKEN_ALG_NONE;
    key.kid = str(kid);
    key.bytes = bytes;

    return key;
}


static inline char *
pem_of(EVP_PKEY *pkey)
{
    BIO   *bio;
    long   n;
    char  *data, *pem;

    bio = BIO_new(BIO_s_mem());

    if (bio == NULL || !PEM_write_bio_PUBKEY(bio, pkey)) {
        abort();
    }

    n = BIO_get_mem_data(bio, &data);
    pem = strndup(data, (size_t) n);
    BIO_free(bio);

    return pem;
}


static inline EVP_PKEY *
rsa_of(unsigned bits, unsigned long e)
{
    BIGNUM        *exponent;
    EVP_PKEY      *pkey;
    EVP_PKEY_CTX  *ctx;

    pkey = NULL;
    exponent = BN_new();
    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);

    if (!BN_set_word(exponent, e)
        || EVP_PKEY_keygen_init(ctx) <= 0
        || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int) bits) <= 0
        || EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, exponent) <= 0
        || EVP_PKEY_keygen(ctx, &pkey) <= 0)
    {
        abort();
    }

    EVP_PKEY_CTX_free(ctx);
    BN_free(exponent);

    return pkey;
}


/* Writes n bytes as base64url, and a zero; returns what follows. */

static inline char *
base64url(char *out, const void *data, size_t n)
{
    size_t                i, j;
    uint32_t              bits;
    const unsigned char  *p;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789-_";

    p = data;

    for (i = 0; i < n; i += 3) {
        bits = (uint32_t) p[i] << 16;
        bits |= (i + 1 < n) ? (uint32_t) p[i + 1] << 8 : 0;
        bits |= (i + 2 < n) ? p[i + 2] : 0;

        for (j = 0; j < ((n - i < 3) ? n - i + 1 : 4); j++) {
            *out++ = alphabet[(bits >> (18 - 6 * j)) & 0x3f];
        }
    }

    *out = '\0';

    return out;
}


/* "<header>.<payload>", with room for a signature; to be freed. */

static inline char *
unsigned_token(const ngx_chat_str_t *header, const ngx_chat_str_t *payload)
{
    char  *token, *p;

    token = malloc(2 * (header->len + payload->len) + 4096);

    if (token == NULL) {
        abort();
    }

    p = base64url(token, header->data, header->len);
    *p++ = '.';
    (void) base64url(p, payload->data, payload->len);

    return token;
}


static inline char *
add_signature(char *token, const void *signature, size_t n)
{
    char  *p;

    p = token + strlen(token);
    *p++ = '.';
    (void) base64url(p, signature, n);

    return token;
}


static inline char *
sign_secret(const char *header, const char *payload,
    const ngx_chat_str_t *secret)
{
    char            *token;
    unsigned         n;
    unsigned char    md[EVP_MAX_MD_SIZE];
    ngx_chat_str_t   h, p;

    h = str(header);
    p = str(payload);
    token = unsigned_token(&h, &p);

    if (HMAC(EVP_sha256(), secret->data, (int) secret->len,
             (unsigned char *) token, strlen(token), md, &n) == NULL)
    {
        abort();
    }

    return add_signature(token, md, n);
}


/* The two numbers of a signature in DER, 32 bytes each. */

static inline void
raw_signature(unsigned char raw[64], const unsigned char *der, size_t n)
{
    ECDSA_SIG  *sig;

    sig = d2i_ECDSA_SIG(NULL, &der, (long) n);

    if (sig == NULL
        || BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) != 32
        || BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) != 32)
    {
        abort();
    }

    ECDSA_SIG_free(sig);
}


/* Signs text as OpenSSL does, an EC key in DER; returns the length. */

static inline size_t
sign_bytes(unsigned char out[1024], const char *text, EVP_PKEY *pkey)
{
    size_t       n;
    EVP_MD_CTX  *md;

    n = 1024;
    md = EVP_MD_CTX_new();

    if (EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, pkey) <= 0
        || EVP_DigestSign(md, out, &n, (const unsigned char *) text,
                          strlen(text)) <= 0)
    {
        abort();
    }

    EVP_MD_CTX_free(md);

    return n;
}


static inline char *
sign_pkey(const char *header, const char *payload, EVP_PKEY *pkey)
{
    char            *token;
    size_t           n;
    unsigned char    sig[1024], raw[64];
    ngx_chat_str_t   h, p;

    h = str(header);
    p = str(payload);
    token = unsigned_token(&h, &p);
    n = sign_bytes(sig, token, pkey);

    if (EVP_PKEY_base_id(pkey) != EVP_PKEY_EC) {
        return add_signature(token, sig, n);
    }

    raw_signature(raw, sig, n);

    return add_signature(token, raw, sizeof(raw));
}


#endif /* TOKEN_SIGN_H_INCLUDED */
