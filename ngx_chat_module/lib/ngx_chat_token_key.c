
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The keys of tokens: which can be used, and for which algorithm.
 */


#include "ngx_chat_token.h"

#include <string.h>

#ifdef NGX_HAVE_LIBJWT

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>


#define NGX_CHAT_TOKEN_PEM       "-----BEGIN "
#define NGX_CHAT_TOKEN_PEM_KEY   "-----BEGIN PUBLIC KEY-----"
#define NGX_CHAT_TOKEN_PEM_END   "-----END PUBLIC KEY-----"

#define NGX_CHAT_TOKEN_JSON                                                   \
    "is JSON, a JWK or JWKS perhaps, which is not read: write each key of "   \
    "it into a file of its own, in PEM, and give its \"kid\" by \"kid=\""


/* how another kind of file begins, or what it has in it */

typedef struct {
    ngx_chat_str_t   mark;
    const char      *fault;
} ngx_chat_token_sign_t;


static const char *ngx_chat_token_secret_fault(ngx_chat_token_key_t *key);
static size_t ngx_chat_token_blank(const ngx_chat_str_t *bytes);
static const char *ngx_chat_token_pem_fault(ngx_chat_token_key_t *key);
static const char *ngx_chat_token_public_fault(ngx_chat_token_key_t *key,
    EVP_PKEY *pkey);
static const char *ngx_chat_token_type_fault(ngx_chat_token_key_t *key,
    ngx_chat_token_alg_e alg);
static int ngx_chat_token_is_der(const ngx_chat_str_t *bytes);
static int ngx_chat_token_is_p256(EVP_PKEY *pkey);
static const unsigned char *ngx_chat_token_find(const unsigned char *p,
    const unsigned char *end, const ngx_chat_str_t *what);


/* PEM that is not what is needed, the worst first */

static const ngx_chat_token_sign_t  ngx_chat_token_pem_signs[] = {
    { NGX_CHAT_STR("PRIVATE KEY-----"),
      "is a private key, which only who signs may have: "
      "\"openssl pkey -pubout\" makes the public one" },
    { NGX_CHAT_STR("-----BEGIN CERTIFICATE"),
      "is a certificate: \"openssl x509 -pubkey -noout\" "
      "makes a public key of it" },
    { NGX_CHAT_STR("-----BEGIN RSA PUBLIC KEY"),
      "is a key of PKCS #1: \"openssl rsa -RSAPublicKey_in -pubout\" "
      "makes the one needed" }
};


/*
 * What is public must never be taken for a secret: who knows it could sign
 * whatever they like.  A secret of chance does not begin so.
 */

static const ngx_chat_token_sign_t  ngx_chat_token_secret_signs[] = {
    { NGX_CHAT_STR("{"), NGX_CHAT_TOKEN_JSON },
    { NGX_CHAT_STR("["), NGX_CHAT_TOKEN_JSON },
    { NGX_CHAT_STR("ssh-"), "is a key of SSH: a key in PEM is needed" },
    { NGX_CHAT_STR("ecdsa-"), "is a key of SSH: a key in PEM is needed" },
    { NGX_CHAT_STR("MII"), "is a public key without the lines of PEM" },
    { NGX_CHAT_STR("MFkwEwYHKoZI"), "is a public key without the lines of PEM" }
};

#endif


const char *
ngx_chat_token_keys_fault(const ngx_chat_token_key_t *keys, size_t nkeys)
{
    size_t  i, j;

    if (nkeys > NGX_CHAT_TOKEN_KEYS_MAX) {
        return "are more than 8";
    }

    for (i = 1; i < nkeys; i++) {
        for (j = 0; keys[i].kid.len > 0 && j < i; j++) {
            if (keys[i].kid.len == keys[j].kid.len
                && memcmp(keys[i].kid.data, keys[j].kid.data, keys[i].kid.len)
                   == 0)
            {
                return "have the same kid twice";
            }
        }
    }

    return NULL;
}


#ifndef NGX_HAVE_LIBJWT

const char *
ngx_chat_token_key_fault(ngx_chat_token_key_t *key)
{
    (void) key;

    return "cannot be used, the module was built without libjwt";
}

#else

const char *
ngx_chat_token_key_fault(ngx_chat_token_key_t *key)
{
    const unsigned char          *end;
    static const ngx_chat_str_t   pem = NGX_CHAT_STR(NGX_CHAT_TOKEN_PEM);

    if (key->kid.len > NGX_CHAT_TOKEN_KID_MAX) {
        return "has a kid of more than 128 bytes";
    }

    if (key->bytes.len == 0) {
        return "is empty";
    }

    if (key->bytes.len > NGX_CHAT_TOKEN_KEY_MAX) {
        return "is longer than 16384 bytes";
    }

    end = key->bytes.data + key->bytes.len;

    if (ngx_chat_token_find(key->bytes.data, end, &pem) == NULL) {
        return ngx_chat_token_secret_fault(key);
    }

    return ngx_chat_token_pem_fault(key);
}


static const char *
ngx_chat_token_secret_fault(ngx_chat_token_key_t *key)
{
    size_t                 i, blank;
    const ngx_chat_str_t  *mark;

    blank = ngx_chat_token_blank(&key->bytes);

    for (i = 0; i < sizeof(ngx_chat_token_secret_signs)
                    / sizeof(ngx_chat_token_secret_signs[0]); i++)
    {
        mark = &ngx_chat_token_secret_signs[i].mark;

        if (key->bytes.len - blank >= mark->len
            && memcmp(key->bytes.data + blank, mark->data, mark->len) == 0)
        {
            return ngx_chat_token_secret_signs[i].fault;
        }
    }

    if (key->alg == NGX_CHAT_TOKEN_RS256 || key->alg == NGX_CHAT_TOKEN_ES256) {
        return "is no key in PEM";
    }

    if (ngx_chat_token_is_der(&key->bytes)) {
        return "is a public key in DER: one in PEM is needed";
    }

    if (key->bytes.len < NGX_CHAT_TOKEN_SECRET_MIN) {
        return "is a secret of less than 32 bytes";
    }

    key->alg = NGX_CHAT_TOKEN_HS256;

    return NULL;
}


/* How much white space, and which mark of UTF-8, stands before the rest. */

static size_t
ngx_chat_token_blank(const ngx_chat_str_t *bytes)
{
    size_t                        i;
    static const ngx_chat_str_t   bom = NGX_CHAT_STR("\xef\xbb\xbf");
    static const unsigned char    blanks[] = { ' ', '\t', '\r', '\n' };

    i = 0;

    if (bytes->len >= bom.len && memcmp(bytes->data, bom.data, bom.len) == 0) {
        i = bom.len;
    }

    while (i < bytes->len
           && memchr(blanks, bytes->data[i], sizeof(blanks)) != NULL)
    {
        i++;
    }

    return i;
}


/*
 * libjwt gets the same bytes, and asks at the terminal for the password of an
 * encrypted block.  So there is one block, and no header within it.
 */

static const char *
ngx_chat_token_pem_fault(ngx_chat_token_key_t *key)
{
    BIO                          *bio;
    size_t                        i;
    EVP_PKEY                     *pkey;
    const char                   *fault;
    const unsigned char          *p, *start, *end;
    static const ngx_chat_str_t   any = NGX_CHAT_STR(NGX_CHAT_TOKEN_PEM);
    static const ngx_chat_str_t   begin = NGX_CHAT_STR(NGX_CHAT_TOKEN_PEM_KEY);
    static const ngx_chat_str_t   last = NGX_CHAT_STR(NGX_CHAT_TOKEN_PEM_END);

    p = key->bytes.data;
    end = p + key->bytes.len;

    for (i = 0; i < sizeof(ngx_chat_token_pem_signs)
                    / sizeof(ngx_chat_token_pem_signs[0]); i++)
    {
        if (ngx_chat_token_find(p, end, &ngx_chat_token_pem_signs[i].mark)
            != NULL)
        {
            return ngx_chat_token_pem_signs[i].fault;
        }
    }

    start = ngx_chat_token_find(p, end, &begin);

    if (start == NULL) {
        return "is PEM without a public key";
    }

    if (ngx_chat_token_find(p, end, &any) != start
        || ngx_chat_token_find(start + 1, end, &any) != NULL)
    {
        return "has more than one key in it";
    }

    end = ngx_chat_token_find(start, end, &last);

    if (end == NULL || memchr(start, ':', (size_t) (end - start)) != NULL) {
        return "is damaged PEM";
    }

    (void) ERR_set_mark();

    bio = BIO_new_mem_buf(key->bytes.data, (int) key->bytes.len);
    pkey = (bio != NULL) ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;

    fault = (pkey != NULL) ? ngx_chat_token_public_fault(key, pkey)
                           : "is damaged PEM";

    EVP_PKEY_free(pkey);
    (void) BIO_free(bio);
    (void) ERR_pop_to_mark();

    return fault;
}


static const char *
ngx_chat_token_public_fault(ngx_chat_token_key_t *key, EVP_PKEY *pkey)
{
    int  bits;

    switch (EVP_PKEY_base_id(pkey)) {

    case EVP_PKEY_RSA:
        bits = EVP_PKEY_bits(pkey);

        if (bits < NGX_CHAT_TOKEN_RSA_MIN) {
            return "is an RSA key of less than 2048 bits";
        }

        if (bits > NGX_CHAT_TOKEN_RSA_MAX) {
            return "is an RSA key of more than 8192 bits";
        }

        return ngx_chat_token_type_fault(key, NGX_CHAT_TOKEN_RS256);

    case EVP_PKEY_EC:
        if (!ngx_chat_token_is_p256(pkey)) {
            return "is an EC key of another curve than P-256";
        }

        return ngx_chat_token_type_fault(key, NGX_CHAT_TOKEN_ES256);

    default:
        return "is neither an RSA key nor an EC key";
    }
}


static const char *
ngx_chat_token_type_fault(ngx_chat_token_key_t *key, ngx_chat_token_alg_e alg)
{
    if (key->alg != NGX_CHAT_TOKEN_ALG_NONE && key->alg != alg) {
        return "is a public key for another algorithm";
    }

    key->alg = alg;

    return NULL;
}


static int
ngx_chat_token_is_der(const ngx_chat_str_t *bytes)
{
    X509                 *x509;
    EVP_PKEY             *pkey;
    const unsigned char  *p;

    (void) ERR_set_mark();

    p = bytes->data;
    pkey = d2i_PUBKEY(NULL, &p, (long) bytes->len);

    p = bytes->data;
    x509 = d2i_X509(NULL, &p, (long) bytes->len);

    (void) ERR_pop_to_mark();

    EVP_PKEY_free(pkey);
    X509_free(x509);

    return pkey != NULL || x509 != NULL;
}


/*
 * RFC 5480, 2.1.1.  Unrestricted Algorithm Identifier and Parameters: the
 * beginning of the DER of each key of this curve, in every version of OpenSSL.
 */

static int
ngx_chat_token_is_p256(EVP_PKEY *pkey)
{
    int             len, same;
    unsigned char  *der;

    static const unsigned char  p256[] = {
        0x30, 0x13,
        0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
    };

    der = NULL;
    len = i2d_PUBKEY(pkey, &der);

    if (len <= 0) {
        return 0;
    }

    /* behind the two bytes of the sequence around it */

    same = (size_t) len >= 2 + sizeof(p256)
           && memcmp(der + 2, p256, sizeof(p256)) == 0;

    OPENSSL_free(der);

    return same;
}


static const unsigned char *
ngx_chat_token_find(const unsigned char *p, const unsigned char *end,
    const ngx_chat_str_t *what)
{
    while ((size_t) (end - p) >= what->len) {
        if (memcmp(p, what->data, what->len) == 0) {
            return p;
        }

        p++;
    }

    return NULL;
}

#endif
