
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Tokens: the form, the header, the signature; see the header.
 */


#include "ngx_chat_token.h"

#include <string.h>

#ifdef NGX_HAVE_LIBJWT

#include <errno.h>

#include <jwt.h>
#include <openssl/err.h>

#include "ngx_chat_base64url.h"
#include "ngx_chat_json_string.h"


#define NGX_CHAT_TOKEN_PARTS  3

/*
 * Bytes of the signatures whose length is known, and of the longest one,
 * RFC 7518, 3.2.  HMAC, 3.3.  RSASSA-PKCS1-v1_5, 3.4.  ECDSA
 */
#define NGX_CHAT_TOKEN_HS256_LEN      32
#define NGX_CHAT_TOKEN_ES256_LEN      64
#define NGX_CHAT_TOKEN_RS256_LEN_MIN  (NGX_CHAT_TOKEN_RSA_MIN / 8)
#define NGX_CHAT_TOKEN_RS256_LEN_MAX  (NGX_CHAT_TOKEN_RSA_MAX / 8)


/* A token, taken apart. */

typedef struct {
    char                   text[NGX_CHAT_TOKEN_MAX + 1];    /* ends in a 0 */
    ngx_chat_str_t         parts[NGX_CHAT_TOKEN_PARTS];
    unsigned char          data[NGX_CHAT_TOKEN_MAX];
    ngx_chat_token_alg_e   alg;
    const ngx_chat_str_t  *kid;                             /* NULL: none */
    ngx_chat_json_t        header;
    ngx_chat_json_t        payload;
} ngx_chat_token_jws_t;


static ngx_chat_token_e ngx_chat_token_split(ngx_chat_token_jws_t *jws,
    const ngx_chat_str_t *text);
static ngx_chat_token_e ngx_chat_token_header(ngx_chat_token_jws_t *jws,
    unsigned typ);
static int ngx_chat_token_type_fits(const ngx_chat_json_t *header,
    unsigned typ);
static int ngx_chat_token_length_fits(const ngx_chat_token_jws_t *jws);
static ngx_chat_token_e ngx_chat_token_verify(const ngx_chat_token_jws_t *jws,
    const ngx_chat_token_key_t *keys, size_t nkeys);
static ngx_chat_token_e ngx_chat_token_try(const ngx_chat_token_jws_t *jws,
    const ngx_chat_token_key_t *key);

#endif


/* indexed by ngx_chat_token_alg_e */

static const ngx_chat_str_t  ngx_chat_token_algs[] = {
    NGX_CHAT_STR(""),
    NGX_CHAT_STR("HS256"),
    NGX_CHAT_STR("RS256"),
    NGX_CHAT_STR("ES256")
};


/* indexed by ngx_chat_token_e */

static const char *const  ngx_chat_token_reasons[] = {
    "is good",
    "cannot be checked, the module was built without libjwt",
    "is longer than 4096 bytes",
    "is not three parts of base64url",
    "has a header that is no strict JSON object",
    "has a payload that is no strict JSON object",
    "has \"crit\" or \"b64\" in its header",
    "has a \"typ\" other than JWT, or a \"cty\"",
    "names an algorithm for which there is no key",
    "names a key that is not known",
    "has a signature that does not fit",
    "cannot be checked for want of memory",
    "has no \"exp\"",
    "has a time that is no number of seconds",
    "has expired",
    "is not valid yet",
    "was issued in the future",
    "lives longer than allowed",
    "has another issuer",
    "is for another audience",
    "names no user whose id can be used",
    "has roles that are no strings"
};


ngx_chat_token_alg_e
ngx_chat_token_alg(const ngx_chat_str_t *name)
{
    ngx_chat_token_alg_e  alg;

    for (alg = NGX_CHAT_TOKEN_HS256; alg <= NGX_CHAT_TOKEN_ES256; alg++) {
        if (name->len == ngx_chat_token_algs[alg].len
            && memcmp(name->data, ngx_chat_token_algs[alg].data, name->len)
               == 0)
        {
            return alg;
        }
    }

    return NGX_CHAT_TOKEN_ALG_NONE;
}


const char *
ngx_chat_token_reason(ngx_chat_token_e why)
{
    return ngx_chat_token_reasons[why];
}


#ifndef NGX_HAVE_LIBJWT

int
ngx_chat_token_available(void)
{
    return 0;
}


ngx_chat_token_e
ngx_chat_token_check(ngx_chat_token_t *t, const ngx_chat_token_rules_t *rules,
    const ngx_chat_str_t *text, int64_t now)
{
    (void) t;
    (void) rules;
    (void) text;
    (void) now;

    return NGX_CHAT_TOKEN_UNAVAILABLE;
}

#else

int
ngx_chat_token_available(void)
{
    return 1;
}


/*
 * The payload is looked at before the signature, since libjwt parses it
 * first; it is believed afterwards.
 */

ngx_chat_token_e
ngx_chat_token_check(ngx_chat_token_t *t, const ngx_chat_token_rules_t *rules,
    const ngx_chat_str_t *text, int64_t now)
{
    ngx_chat_token_e      rc;
    ngx_chat_token_jws_t  jws;

    rc = ngx_chat_token_split(&jws, text);

    if (rc == NGX_CHAT_TOKEN_OK) {
        rc = ngx_chat_token_header(&jws, rules->typ);
    }

    if (rc == NGX_CHAT_TOKEN_OK) {
        rc = ngx_chat_token_verify(&jws, rules->keys, rules->nkeys);
    }

    if (rc == NGX_CHAT_TOKEN_OK) {
        rc = ngx_chat_token_claims(t, rules, &jws.payload, now);
    }

    return rc;
}


/* RFC 7515, 5.2.  Message Signature or MAC Validation, steps 1 to 7 */

static ngx_chat_token_e
ngx_chat_token_split(ngx_chat_token_jws_t *jws, const ngx_chat_str_t *text)
{
    char            *p, *dot, *end;
    size_t           i;
    unsigned char   *buf;
    ngx_chat_str_t   part;

    if (text->len > NGX_CHAT_TOKEN_MAX) {
        return NGX_CHAT_TOKEN_LONG;
    }

    if (text->len > 0) {
        memcpy(jws->text, text->data, text->len);
    }

    p = jws->text;
    end = p + text->len;
    buf = jws->data;

    *end = '\0';

    for (i = 0; i < NGX_CHAT_TOKEN_PARTS; i++) {
        dot = (i < NGX_CHAT_TOKEN_PARTS - 1)
              ? memchr(p, '.', (size_t) (end - p)) : end;

        if (dot == NULL) {
            return NGX_CHAT_TOKEN_FORM;
        }

        part.data = (const unsigned char *) p;
        part.len = (size_t) (dot - p);

        if (part.len == 0
            || !ngx_chat_base64url_decode(&jws->parts[i], buf, &part))
        {
            return NGX_CHAT_TOKEN_FORM;
        }

        buf += jws->parts[i].len;
        p = dot + 1;
    }

    if (!ngx_chat_token_object(&jws->header, &jws->parts[0])) {
        return NGX_CHAT_TOKEN_HEADER;
    }

    return ngx_chat_token_object(&jws->payload, &jws->parts[1])
           ? NGX_CHAT_TOKEN_OK : NGX_CHAT_TOKEN_PAYLOAD;
}


/*
 * What is not read here has no meaning: jku, jwk, x5u and x5c above all
 * (RFC 8725, 3.10.  Do Not Trust Received Claims).
 */

static ngx_chat_token_e
ngx_chat_token_header(ngx_chat_token_jws_t *jws, unsigned typ)
{
    ngx_chat_token_alg_e          a;
    const ngx_chat_str_t         *value;
    static const ngx_chat_str_t   alg = NGX_CHAT_STR("alg");
    static const ngx_chat_str_t   b64 = NGX_CHAT_STR("b64");
    static const ngx_chat_str_t   crit = NGX_CHAT_STR("crit");
    static const ngx_chat_str_t   kid = NGX_CHAT_STR("kid");

    if (ngx_chat_token_member(&jws->header, &crit) != NULL
        || ngx_chat_token_member(&jws->header, &b64) != NULL)
    {
        return NGX_CHAT_TOKEN_CRITICAL;
    }

    if (!ngx_chat_token_type_fits(&jws->header, typ)) {
        return NGX_CHAT_TOKEN_TYPE;
    }

    jws->kid = ngx_chat_token_member(&jws->header, &kid);
    value = ngx_chat_token_member(&jws->header, &alg);

    if (value == NULL) {
        return NGX_CHAT_TOKEN_ALG;
    }

    for (a = NGX_CHAT_TOKEN_HS256; a <= NGX_CHAT_TOKEN_ES256; a++) {
        if (ngx_chat_json_string_is(value, &ngx_chat_token_algs[a])) {
            jws->alg = a;
            return NGX_CHAT_TOKEN_OK;
        }
    }

    return NGX_CHAT_TOKEN_ALG;
}


/*
 * RFC 7519, 5.1.  "typ": upper case is only recommended.  A "cty" belongs to
 * a token within the token.
 */

static int
ngx_chat_token_type_fits(const ngx_chat_json_t *header, unsigned typ)
{
    size_t                        i;
    const ngx_chat_str_t         *value;
    static const ngx_chat_str_t   name = NGX_CHAT_STR("typ");
    static const ngx_chat_str_t   cty = NGX_CHAT_STR("cty");
    static const char             jwt[] = "\"jwt\"";

    if (ngx_chat_token_member(header, &cty) != NULL) {
        return 0;
    }

    value = ngx_chat_token_member(header, &name);

    if (value == NULL) {
        return !typ;
    }

    if (value->len != sizeof(jwt) - 1) {
        return 0;
    }

    for (i = 0; i < value->len; i++) {
        if ((value->data[i] | 0x20) != jwt[i]) {
            return 0;
        }
    }

    return 1;
}


/*
 * libjwt would find out as well, but for a key that nobody could have used
 * with this signature there is no reason to ask it.
 */

static int
ngx_chat_token_length_fits(const ngx_chat_token_jws_t *jws)
{
    size_t  len;

    len = jws->parts[NGX_CHAT_TOKEN_PARTS - 1].len;

    switch (jws->alg) {

    case NGX_CHAT_TOKEN_HS256:
        return len == NGX_CHAT_TOKEN_HS256_LEN;

    case NGX_CHAT_TOKEN_ES256:
        return len == NGX_CHAT_TOKEN_ES256_LEN;

    default:
        return len >= NGX_CHAT_TOKEN_RS256_LEN_MIN
               && len <= NGX_CHAT_TOKEN_RS256_LEN_MAX;
    }
}


/*
 * A token with a kid is checked with the key of this kid or with none.
 * Without one it may be any key's of its algorithm.
 */

static ngx_chat_token_e
ngx_chat_token_verify(const ngx_chat_token_jws_t *jws,
    const ngx_chat_token_key_t *keys, size_t nkeys)
{
    size_t            i;
    ngx_chat_token_e  rc;

    rc = (jws->kid != NULL) ? NGX_CHAT_TOKEN_KID : NGX_CHAT_TOKEN_ALG;

    for (i = 0; i < nkeys; i++) {
        if (jws->kid != NULL
            && (keys[i].kid.len == 0
                || !ngx_chat_json_string_is(jws->kid, &keys[i].kid)))
        {
            continue;
        }

        if (keys[i].alg != jws->alg) {
            if (jws->kid != NULL) {
                return NGX_CHAT_TOKEN_ALG;
            }

            continue;
        }

        rc = ngx_chat_token_try(jws, &keys[i]);

        if (rc != NGX_CHAT_TOKEN_SIGNATURE) {
            break;
        }
    }

    return rc;
}


/*
 * jwt_decode() takes the algorithm from the token.  What the header names has
 * been compared with the key's; that libjwt has read the same is compared
 * again.  An empty key would make it check nothing.  It leaves OpenSSL's
 * errors behind, which nginx would take for those of a connection.
 */

static ngx_chat_token_e
ngx_chat_token_try(const ngx_chat_token_jws_t *jws,
    const ngx_chat_token_key_t *key)
{
    int               rc;
    jwt_t            *jwt;
    ngx_chat_token_e  why;

    /* indexed by ngx_chat_token_alg_e */

    static const jwt_alg_t  algs[] = {
        JWT_ALG_NONE, JWT_ALG_HS256, JWT_ALG_RS256, JWT_ALG_ES256
    };

    if (key->bytes.len < NGX_CHAT_TOKEN_SECRET_MIN
        || key->bytes.len > NGX_CHAT_TOKEN_KEY_MAX
        || !ngx_chat_token_length_fits(jws))
    {
        return NGX_CHAT_TOKEN_SIGNATURE;
    }

    (void) ERR_set_mark();

    rc = jwt_decode(&jwt, jws->text, key->bytes.data, (int) key->bytes.len);

    (void) ERR_pop_to_mark();

    if (rc != 0) {
        return (rc == ENOMEM) ? NGX_CHAT_TOKEN_MEMORY
                              : NGX_CHAT_TOKEN_SIGNATURE;
    }

    why = (jwt_get_alg(jwt) == algs[key->alg]) ? NGX_CHAT_TOKEN_OK
                                               : NGX_CHAT_TOKEN_SIGNATURE;
    jwt_free(jwt);

    return why;
}

#endif
