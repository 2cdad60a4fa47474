
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Tokens: JSON Web Tokens (RFC 7519) in compact form, signed with HS256,
 * RS256 or ES256, and the keys that check them.
 *
 * Each key has one algorithm, found or judged when the key is configured.  A
 * token is checked with the keys of the algorithm that it names, and nothing
 * else in it says how it is checked (RFC 8725, 3.1.  Perform Algorithm
 * Verification).  libjwt checks the signature and nothing else.
 */


#ifndef NGX_CHAT_TOKEN_H_INCLUDED
#define NGX_CHAT_TOKEN_H_INCLUDED


#include "ngx_chat_json.h"
#include "ngx_chat_name.h"
#include "ngx_chat_str.h"
#include "ngx_chat_text.h"


#define NGX_CHAT_TOKEN_MAX         4096     /* bytes of a token */
#define NGX_CHAT_TOKEN_KEYS_MAX    8
#define NGX_CHAT_TOKEN_KEY_MAX     16384    /* bytes of a key */
#define NGX_CHAT_TOKEN_KID_MAX     128      /* bytes */
#define NGX_CHAT_TOKEN_SECRET_MIN  32       /* bytes, RFC 7518, 3.2 */
#define NGX_CHAT_TOKEN_RSA_MIN     2048     /* bits, RFC 7518, 3.3 */
#define NGX_CHAT_TOKEN_RSA_MAX     8192     /* bits; a check takes time */
#define NGX_CHAT_TOKEN_SKEW        30       /* seconds */
#define NGX_CHAT_TOKEN_LIFE        86400    /* seconds */

/* Bytes of the longest header or payload, decoded: three of four. */
#define NGX_CHAT_TOKEN_PART_MAX    3072

/* Bytes of the longest display name. */
#define NGX_CHAT_TOKEN_NAME_MAX    (4 * NGX_CHAT_TEXT_NAME_MAX)


typedef enum {
    NGX_CHAT_TOKEN_OK = 0,
    NGX_CHAT_TOKEN_UNAVAILABLE,    /* built without libjwt */
    NGX_CHAT_TOKEN_LONG,
    NGX_CHAT_TOKEN_FORM,           /* not three parts of strict base64url */
    NGX_CHAT_TOKEN_HEADER,         /* no strict JSON object in UTF-8 */
    NGX_CHAT_TOKEN_PAYLOAD,        /* the same */
    NGX_CHAT_TOKEN_CRITICAL,       /* crit, or b64 */
    NGX_CHAT_TOKEN_TYPE,           /* typ, or cty */
    NGX_CHAT_TOKEN_ALG,
    NGX_CHAT_TOKEN_KID,
    NGX_CHAT_TOKEN_SIGNATURE,
    NGX_CHAT_TOKEN_MEMORY,
    NGX_CHAT_TOKEN_NO_EXP,
    NGX_CHAT_TOKEN_TIME,           /* exp, nbf or iat is no time */
    NGX_CHAT_TOKEN_EXPIRED,
    NGX_CHAT_TOKEN_EARLY,          /* nbf */
    NGX_CHAT_TOKEN_FUTURE,         /* iat */
    NGX_CHAT_TOKEN_LIVES_LONG,
    NGX_CHAT_TOKEN_ISSUER,
    NGX_CHAT_TOKEN_AUDIENCE,
    NGX_CHAT_TOKEN_USER,
    NGX_CHAT_TOKEN_ROLES
} ngx_chat_token_e;


typedef enum {
    NGX_CHAT_TOKEN_ALG_NONE = 0,   /* of a key: to be found */
    NGX_CHAT_TOKEN_HS256,
    NGX_CHAT_TOKEN_RS256,
    NGX_CHAT_TOKEN_ES256
} ngx_chat_token_alg_e;


typedef struct {
    ngx_chat_token_alg_e         alg;
    ngx_chat_str_t               kid;      /* len 0: none */
    ngx_chat_str_t               bytes;    /* a secret, or a public key, PEM */
} ngx_chat_token_key_t;


/* What the configuration asks of a token; claims are members by name. */

typedef struct {
    const ngx_chat_token_key_t  *keys;     /* judged, without a fault */
    size_t                       nkeys;
    ngx_chat_str_t               issuer;         /* len 0: anyone */
    ngx_chat_str_t               audience;       /* len 0: anyone */
    ngx_chat_str_t               user_claim;
    ngx_chat_str_t               name_claim;     /* len 0: none */
    ngx_chat_str_t               roles_claim;    /* len 0: none */
    int64_t                      skew;     /* seconds that clocks may differ */
    int64_t                      life;     /* seconds from iat to exp */
    unsigned                     typ:1;    /* "typ" must be there */
} ngx_chat_token_rules_t;


/*
 * What a token says.  The strings stand in the struct itself: it must not be
 * copied.
 */

typedef struct {
    int64_t                      exp;      /* seconds since 1970 */
    int64_t                      iat;      /* -1: the token does not say */
    ngx_chat_str_t               user;
    ngx_chat_str_t               name;     /* len 0: none that can be shown */
    ngx_chat_str_t               roles;    /* with one space between them */
    unsigned char                user_data[NGX_CHAT_NAME_USER_MAX];
    unsigned char                name_data[NGX_CHAT_TOKEN_NAME_MAX];
    unsigned char                roles_data[NGX_CHAT_TOKEN_PART_MAX];
} ngx_chat_token_t;


/* Returns 1 if the module was built with libjwt. */
int ngx_chat_token_available(void);

/* Sets what holds without configuration: "sub", "name", "roles", no keys. */
void ngx_chat_token_rules_init(ngx_chat_token_rules_t *rules);

/* Returns the algorithm of this name, or NGX_CHAT_TOKEN_ALG_NONE. */
ngx_chat_token_alg_e ngx_chat_token_alg(const ngx_chat_str_t *name);

/*
 * Judges a key, and sets its algorithm if it has none.  Returns NULL, or what
 * is wrong with it, to be told behind the key's name.  The newline at a
 * secret's end must be gone.
 */
const char *ngx_chat_token_key_fault(ngx_chat_token_key_t *key);

/* The same for all keys together, which have no faults of their own. */
const char *ngx_chat_token_keys_fault(const ngx_chat_token_key_t *keys,
    size_t nkeys);

/*
 * Checks a token at the time now, seconds since 1970, and sets t.  All that
 * is not NGX_CHAT_TOKEN_OK refuses the token, and t is of no use.
 */
ngx_chat_token_e ngx_chat_token_check(ngx_chat_token_t *t,
    const ngx_chat_token_rules_t *rules, const ngx_chat_str_t *text,
    int64_t now);

/*
 * The last step of it, for a payload whose signature fits and that
 * ngx_chat_token_object() has taken.
 */
ngx_chat_token_e ngx_chat_token_claims(ngx_chat_token_t *t,
    const ngx_chat_token_rules_t *rules, const ngx_chat_json_t *payload,
    int64_t now);

/*
 * Returns 1 if the text is one strict JSON object in UTF-8, of at most
 * NGX_CHAT_TOKEN_PART_MAX bytes, and sets json.
 */
int ngx_chat_token_object(ngx_chat_json_t *json, const ngx_chat_str_t *text);

/* Returns the value of the member of this name, or NULL. */
const ngx_chat_str_t *ngx_chat_token_member(const ngx_chat_json_t *json,
    const ngx_chat_str_t *name);

/* What is wrong with a token, to be told behind "token"; never of its text. */
const char *ngx_chat_token_reason(ngx_chat_token_e why);


#endif /* NGX_CHAT_TOKEN_H_INCLUDED */
