
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a token claims: for how long, from whom, for whom, and about which
 * user.
 */


#include "ngx_chat_token.h"

#include <string.h>

#include "ngx_chat_json_string.h"
#include "ngx_chat_text_like.h"
#include "ngx_chat_utf8.h"


/* the last second of the year 9999; nothing overflows with it */
#define NGX_CHAT_TOKEN_TIME_MAX  INT64_C(253402300799)


static ngx_chat_token_e ngx_chat_token_times(ngx_chat_token_t *t,
    const ngx_chat_token_rules_t *rules, const ngx_chat_json_t *payload,
    int64_t now);
static int ngx_chat_token_time(const ngx_chat_json_t *payload,
    const ngx_chat_str_t *name, int64_t *seconds);
static int ngx_chat_token_audience_fits(const ngx_chat_str_t *value,
    const ngx_chat_str_t *audience);
static int ngx_chat_token_user(ngx_chat_token_t *t,
    const ngx_chat_str_t *value);
static void ngx_chat_token_name(ngx_chat_token_t *t,
    const ngx_chat_str_t *value);
static int ngx_chat_token_roles(ngx_chat_token_t *t,
    const ngx_chat_str_t *value);
static void ngx_chat_token_role_list(ngx_chat_token_t *t,
    const ngx_chat_str_t *value);
static void ngx_chat_token_role(ngx_chat_token_t *t, const unsigned char *p,
    size_t n);


static const ngx_chat_str_t  ngx_chat_token_aud = NGX_CHAT_STR("aud");
static const ngx_chat_str_t  ngx_chat_token_exp = NGX_CHAT_STR("exp");
static const ngx_chat_str_t  ngx_chat_token_iat = NGX_CHAT_STR("iat");
static const ngx_chat_str_t  ngx_chat_token_iss = NGX_CHAT_STR("iss");
static const ngx_chat_str_t  ngx_chat_token_nbf = NGX_CHAT_STR("nbf");


void
ngx_chat_token_rules_init(ngx_chat_token_rules_t *rules)
{
    static const ngx_chat_str_t  sub = NGX_CHAT_STR("sub");
    static const ngx_chat_str_t  name = NGX_CHAT_STR("name");
    static const ngx_chat_str_t  roles = NGX_CHAT_STR("roles");

    memset(rules, 0, sizeof(*rules));

    rules->user_claim = sub;
    rules->name_claim = name;
    rules->roles_claim = roles;
    rules->skew = NGX_CHAT_TOKEN_SKEW;
    rules->life = NGX_CHAT_TOKEN_LIFE;
}


int
ngx_chat_token_object(ngx_chat_json_t *json, const ngx_chat_str_t *text)
{
    return text->len <= NGX_CHAT_TOKEN_PART_MAX
           && ngx_chat_utf8_valid(text->data, text->len)
           && ngx_chat_json_scan_long_keys(json, text->data, text->len)
              == NGX_CHAT_JSON_OK
           && json->object;
}


const ngx_chat_str_t *
ngx_chat_token_member(const ngx_chat_json_t *json, const ngx_chat_str_t *name)
{
    size_t  i;

    for (i = 0; i < json->nmembers; i++) {
        if (ngx_chat_json_string_is(&json->members[i].key, name)) {
            return &json->members[i].value;
        }
    }

    return NULL;
}


ngx_chat_token_e
ngx_chat_token_claims(ngx_chat_token_t *t, const ngx_chat_token_rules_t *rules,
    const ngx_chat_json_t *payload, int64_t now)
{
    ngx_chat_token_e       rc;
    const ngx_chat_str_t  *value;

    rc = ngx_chat_token_times(t, rules, payload, now);

    if (rc != NGX_CHAT_TOKEN_OK) {
        return rc;
    }

    value = ngx_chat_token_member(payload, &ngx_chat_token_iss);

    if (rules->issuer.len > 0
        && (value == NULL || !ngx_chat_json_string_is(value, &rules->issuer)))
    {
        return NGX_CHAT_TOKEN_ISSUER;
    }

    value = ngx_chat_token_member(payload, &ngx_chat_token_aud);

    if (rules->audience.len > 0
        && (value == NULL
            || !ngx_chat_token_audience_fits(value, &rules->audience)))
    {
        return NGX_CHAT_TOKEN_AUDIENCE;
    }

    value = ngx_chat_token_member(payload, &rules->user_claim);

    if (value == NULL || !ngx_chat_token_user(t, value)) {
        return NGX_CHAT_TOKEN_USER;
    }

    value = (rules->name_claim.len > 0)
            ? ngx_chat_token_member(payload, &rules->name_claim) : NULL;

    ngx_chat_token_name(t, value);

    value = (rules->roles_claim.len > 0)
            ? ngx_chat_token_member(payload, &rules->roles_claim) : NULL;

    return ngx_chat_token_roles(t, value) ? NGX_CHAT_TOKEN_OK
                                          : NGX_CHAT_TOKEN_ROLES;
}


/*
 * RFC 7519, 4.1.4 to 4.1.6.  A token that has expired has expired: the skew
 * is for clocks that see it before it was made.
 */

static ngx_chat_token_e
ngx_chat_token_times(ngx_chat_token_t *t, const ngx_chat_token_rules_t *rules,
    const ngx_chat_json_t *payload, int64_t now)
{
    int64_t  nbf, born;

    if (!ngx_chat_token_time(payload, &ngx_chat_token_exp, &t->exp)
        || !ngx_chat_token_time(payload, &ngx_chat_token_nbf, &nbf)
        || !ngx_chat_token_time(payload, &ngx_chat_token_iat, &t->iat))
    {
        return NGX_CHAT_TOKEN_TIME;
    }

    if (t->exp < 0) {
        return NGX_CHAT_TOKEN_NO_EXP;
    }

    if (t->exp <= now) {
        return NGX_CHAT_TOKEN_EXPIRED;
    }

    if (nbf > now + rules->skew) {
        return NGX_CHAT_TOKEN_EARLY;
    }

    if (t->iat > now + rules->skew) {
        return NGX_CHAT_TOKEN_FUTURE;
    }

    born = (t->iat < 0) ? now : t->iat;

    return (t->exp - born > rules->life) ? NGX_CHAT_TOKEN_LIVES_LONG
                                         : NGX_CHAT_TOKEN_OK;
}


/*
 * Sets the seconds of a time without their fraction, -1 if there is none.
 * RFC 7519, 2.  NumericDate; no number of a real clock has an exponent.
 */

static int
ngx_chat_token_time(const ngx_chat_json_t *payload, const ngx_chat_str_t *name,
    int64_t *seconds)
{
    size_t                 i;
    const ngx_chat_str_t  *value;

    *seconds = -1;

    value = ngx_chat_token_member(payload, name);

    if (value == NULL) {
        return 1;
    }

    *seconds = 0;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < '0' || value->data[i] > '9') {
            break;
        }

        *seconds = *seconds * 10 + (value->data[i] - '0');

        if (*seconds > NGX_CHAT_TOKEN_TIME_MAX) {
            return 0;
        }
    }

    if (i > 0 && i < value->len && value->data[i] == '.') {
        i++;

        while (i < value->len
               && value->data[i] >= '0' && value->data[i] <= '9')
        {
            i++;
        }
    }

    return i == value->len;
}


/* RFC 7519, 4.1.3.  "aud": a string, or an array of strings. */

static int
ngx_chat_token_audience_fits(const ngx_chat_str_t *value,
    const ngx_chat_str_t *audience)
{
    ngx_chat_str_t  rest, element;

    if (*value->data != '[') {
        return ngx_chat_json_string_is(value, audience);
    }

    rest = *value;

    while (ngx_chat_json_string_next(&rest, &element)
           == NGX_CHAT_JSON_STRING_FOUND)
    {
        if (ngx_chat_json_string_is(&element, audience)) {
            return 1;
        }
    }

    return 0;
}


static int
ngx_chat_token_user(ngx_chat_token_t *t, const ngx_chat_str_t *value)
{
    t->user.data = t->user_data;
    t->user.len = ngx_chat_json_string_read(t->user_data,
                                            sizeof(t->user_data), value);

    return t->user.len <= sizeof(t->user_data)
           && ngx_chat_name_user_valid(&t->user);
}


/* A name that cannot be shown is none: people choose theirs elsewhere. */

static void
ngx_chat_token_name(ngx_chat_token_t *t, const ngx_chat_str_t *value)
{
    ngx_chat_str_t  wish;
    unsigned char   buf[NGX_CHAT_TEXT_LIKE_NAME_MAX];

    t->name.data = t->name_data;
    t->name.len = 0;

    if (value == NULL) {
        return;
    }

    wish.data = buf;
    wish.len = ngx_chat_json_string_read(buf, sizeof(buf), value);

    if (wish.len > sizeof(buf)
        || ngx_chat_text_name_shown(&wish, t->name_data, &t->name)
           != NGX_CHAT_TEXT_OK)
    {
        t->name.len = 0;
    }
}


/*
 * A role is read to behind those that are there, then it moves up to them.
 * It fits: the payload has quotes and a comma where here is a space.
 */

static int
ngx_chat_token_roles(ngx_chat_token_t *t, const ngx_chat_str_t *value)
{
    size_t                   n;
    ngx_chat_str_t           rest, element;
    ngx_chat_json_string_e   rc;

    t->roles.data = t->roles_data;
    t->roles.len = 0;

    if (value == NULL) {
        return 1;
    }

    if (*value->data == '"') {
        ngx_chat_token_role_list(t, value);
        return 1;
    }

    if (*value->data != '[') {
        return 0;
    }

    rest = *value;
    rc = ngx_chat_json_string_next(&rest, &element);

    while (rc == NGX_CHAT_JSON_STRING_FOUND) {
        n = ngx_chat_json_string_read(t->roles_data + t->roles.len + 1,
                                      sizeof(t->roles_data) - t->roles.len - 1,
                                      &element);

        ngx_chat_token_role(t, t->roles_data + t->roles.len + 1, n);

        rc = ngx_chat_json_string_next(&rest, &element);
    }

    return rc == NGX_CHAT_JSON_STRING_END;
}


static void
ngx_chat_token_role_list(ngx_chat_token_t *t, const ngx_chat_str_t *value)
{
    size_t  i, len, start;

    len = ngx_chat_json_string_read(t->roles_data, sizeof(t->roles_data),
                                    value);
    start = 0;

    for (i = 0; i <= len; i++) {
        if (i < len && t->roles_data[i] != ' ') {
            continue;
        }

        ngx_chat_token_role(t, t->roles_data + start, i - start);
        start = i + 1;
    }
}


/*
 * Adds a role of visible ASCII without commas, which in lists stand between
 * roles.  Others are nothing that a configuration could name.
 */

static void
ngx_chat_token_role(ngx_chat_token_t *t, const unsigned char *p, size_t n)
{
    size_t          i;
    unsigned char  *end;

    for (i = 0; i < n; i++) {
        if (p[i] <= ' ' || p[i] > '~' || p[i] == ',') {
            return;
        }
    }

    if (n == 0) {
        return;
    }

    end = t->roles_data + t->roles.len;

    if (t->roles.len > 0) {
        *end++ = ' ';
    }

    memmove(end, p, n);

    t->roles.len = (size_t) (end + n - t->roles_data);
}
