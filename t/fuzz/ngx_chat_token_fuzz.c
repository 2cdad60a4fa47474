
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Tokens: as they come, with the keys of RFC 7515; or a header and, behind a
 * zero, a payload that the holder of the secret signs.  Nobody else is let in.
 */


#include "ngx_chat_token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>


#define NOW     1300819379
#define SECRET  "0123456789abcdef0123456789abcdef"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* RFC 7515, A.2.1 and A.3.1 */

static const ngx_chat_token_key_t  keys[] = {
    { NGX_CHAT_TOKEN_HS256, NGX_CHAT_STR("k"), NGX_CHAT_STR(SECRET) },
    { NGX_CHAT_TOKEN_RS256, NGX_CHAT_STR(""), NGX_CHAT_STR(
      "-----BEGIN PUBLIC KEY-----\n"
      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
      "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
      "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
      "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
      "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
      "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
      "oQIDAQAB\n"
      "-----END PUBLIC KEY-----\n") },
    { NGX_CHAT_TOKEN_ES256, NGX_CHAT_STR(""), NGX_CHAT_STR(
      "-----BEGIN PUBLIC KEY-----\n"
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
      "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
      "-----END PUBLIC KEY-----\n") }
};


static ngx_chat_token_e
check(ngx_chat_token_t *t, const ngx_chat_str_t *text)
{
    ngx_chat_token_e        rc;
    ngx_chat_token_rules_t  rules;

    static const ngx_chat_str_t  iss = NGX_CHAT_STR("iss");

    ngx_chat_token_rules_init(&rules);
    rules.user_claim = iss;
    rules.keys = keys;
    rules.nkeys = sizeof(keys) / sizeof(keys[0]);

    rc = ngx_chat_token_check(t, &rules, text, NOW);

    if (ERR_peek_error() != 0
        || (rc == NGX_CHAT_TOKEN_OK && !ngx_chat_name_user_valid(&t->user)))
    {
        abort();
    }

    return rc;
}


static unsigned char *
base64url(unsigned char *out, const uint8_t *p, size_t n)
{
    size_t    i, j;
    uint32_t  bits;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789-_";

    for (i = 0; i < n; i += 3) {
        bits = (uint32_t) p[i] << 16;
        bits |= (i + 1 < n) ? (uint32_t) p[i + 1] << 8 : 0;
        bits |= (i + 2 < n) ? p[i + 2] : 0;

        for (j = 0; j < ((n - i < 3) ? n - i + 1 : 4); j++) {
            *out++ = (unsigned char) alphabet[(bits >> (18 - 6 * j)) & 0x3f];
        }
    }

    return out;
}


static void
check_signed(const uint8_t *data, size_t header, size_t size)
{
    unsigned           n;
    unsigned char     *buf, *p, md[EVP_MAX_MD_SIZE];
    ngx_chat_str_t     text;
    ngx_chat_token_e   rc;
    ngx_chat_token_t   t;

    buf = malloc(2 * size + 128);

    if (buf == NULL) {
        abort();
    }

    p = base64url(buf, data, header);
    *p++ = '.';
    p = base64url(p, data + header + 1, size - header - 1);

    HMAC(EVP_sha256(), SECRET, sizeof(SECRET) - 1, buf, (size_t) (p - buf),
         md, &n);

    *p++ = '.';
    p = base64url(p, md, n);

    text.data = buf;
    text.len = (size_t) (p - buf);
    rc = check(&t, &text);

    if (rc == NGX_CHAT_TOKEN_OK) {
        buf[text.len - 2] = (buf[text.len - 2] == 'A') ? 'B' : 'A';

        if (check(&t, &text) != NGX_CHAT_TOKEN_SIGNATURE) {
            abort();
        }
    }

    free(buf);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t     *zero;
    ngx_chat_str_t     text;
    ngx_chat_token_t   t;

    zero = (size > 0) ? memchr(data, '\0', size) : NULL;

    if (zero != NULL) {
        check_signed(data, (size_t) (zero - data), size);
        return 0;
    }

    text.data = data;
    text.len = size;
    (void) check(&t, &text);

    return 0;
}
