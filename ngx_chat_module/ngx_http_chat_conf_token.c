
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who is believed by a token, and which names guests may not have. */


#include "ngx_http_chat_conf.h"


/* a secret may end in a newline, which is not its own */
#define NGX_HTTP_CHAT_TOKEN_FILE_MAX  (NGX_CHAT_TOKEN_KEY_MAX + 2)

/* a timer must be able to wait so long */
#define NGX_HTTP_CHAT_TOKEN_LIFE_MAX  (20 * 24 * 3600)


/* A parameter of "chat_token_claim"; text, if time is 0. */

typedef struct {
    ngx_str_t    name;
    size_t       offset;           /* in ngx_chat_token_rules_t */
    time_t       time;             /* the longest, s */
} ngx_http_chat_claim_t;


static char *ngx_http_chat_token_read(ngx_conf_t *cf, ngx_str_t *file,
    ngx_chat_token_key_t *key);
static char *ngx_http_chat_token_judge(ngx_conf_t *cf, ngx_str_t *file,
    ngx_chat_token_key_t *key);
static char *ngx_http_chat_token_parameter(ngx_conf_t *cf, ngx_str_t *value,
    ngx_chat_token_key_t *key);
static char *ngx_http_chat_token_claim(ngx_conf_t *cf,
    ngx_chat_token_rules_t *rules, ngx_str_t *value);


static ngx_http_chat_claim_t  ngx_http_chat_claims[] = {
    { ngx_string("user"), offsetof(ngx_chat_token_rules_t, user_claim), 0 },
    { ngx_string("name"), offsetof(ngx_chat_token_rules_t, name_claim), 0 },
    { ngx_string("roles"), offsetof(ngx_chat_token_rules_t, roles_claim), 0 },
    { ngx_string("iss"), offsetof(ngx_chat_token_rules_t, issuer), 0 },
    { ngx_string("aud"), offsetof(ngx_chat_token_rules_t, audience), 0 },
    { ngx_string("skew"), offsetof(ngx_chat_token_rules_t, skew), 3600 },
    { ngx_string("life"), offsetof(ngx_chat_token_rules_t, life),
      NGX_HTTP_CHAT_TOKEN_LIFE_MAX },
    { ngx_null_string, 0, 0 }
};


/* chat_token_key off | <file> [<algorithm>] [kid=<kid>] */

char *
ngx_http_chat_set_token_key(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    char                  *rv;
    ngx_str_t             *value;
    ngx_uint_t             i;
    const char            *fault;
    ngx_chat_token_key_t  *key;

    (void) cmd;

    value = cf->args->elts;

    if (conf->token_keys == NULL) {
        return "stands beside \"chat_token_key off\": take one of them out";
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {

        if (conf->token_keys != NGX_CONF_UNSET_PTR) {
            return "has \"off\" beside a key: take one of them out";
        }

        conf->token_keys = NULL;
        return NGX_CONF_OK;
    }

    if (!ngx_chat_token_available()) {
        return "cannot be used, the module was built without libjwt: install "
               "libjwt-dev and build it again";
    }

    if (conf->token_keys == NGX_CONF_UNSET_PTR) {
        conf->token_keys = ngx_array_create(cf->pool, 2,
                                            sizeof(ngx_chat_token_key_t));
        if (conf->token_keys == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    key = ngx_array_push(conf->token_keys);
    if (key == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(key, sizeof(ngx_chat_token_key_t));

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_chat_token_parameter(cf, &value[i], key);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    rv = ngx_http_chat_token_read(cf, &value[1], key);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    fault = ngx_chat_token_keys_fault(conf->token_keys->elts,
                                      conf->token_keys->nelts);
    if (fault != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the keys of \"chat_token_key\" %s: at one level "
                           "there may be 8, each with a kid of its own or "
                           "with none", fault);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_token_parameter(ngx_conf_t *cf, ngx_str_t *value,
    ngx_chat_token_key_t *key)
{
    ngx_chat_str_t  str;

    str.len = value->len;
    str.data = value->data;

    if (value->len > 4 && ngx_strncmp(value->data, "kid=", 4) == 0) {

        if (key->kid.len != 0) {
            return "has two \"kid=\"";
        }

        key->kid.len = value->len - 4;
        key->kid.data = value->data + 4;

        return NGX_CONF_OK;
    }

    if (key->alg != NGX_CHAT_TOKEN_ALG_NONE) {
        return "has two algorithms";
    }

    key->alg = ngx_chat_token_alg(&str);

    if (key->alg == NGX_CHAT_TOKEN_ALG_NONE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"chat_token_key\", "
                           "known are HS256, RS256, ES256 and kid=", value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_token_read(ngx_conf_t *cf, ngx_str_t *name,
    ngx_chat_token_key_t *key)
{
    char       *rv;
    u_char     *buf;
    ssize_t     n;
    ngx_fd_t    fd;
    ngx_str_t   file;

    file = *name;

    if (ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    buf = ngx_pnalloc(cf->pool, NGX_HTTP_CHAT_TOKEN_FILE_MAX);
    if (buf == NULL) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(file.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" of \"chat_token_key\" "
                           "failed", &file);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, NGX_HTTP_CHAT_TOKEN_FILE_MAX);

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" of \"chat_token_key\" "
                           "failed", &file);
        rv = NGX_CONF_ERROR;

    } else {
        if (n > 0 && buf[n - 1] == LF) {
            n--;

            if (n > 0 && buf[n - 1] == CR) {
                n--;
            }
        }

        key->bytes.data = buf;
        key->bytes.len = (size_t) n;

        rv = ngx_http_chat_token_judge(cf, &file, key);
    }

    (void) ngx_close_file(fd);

    return rv;
}


static char *
ngx_http_chat_token_judge(ngx_conf_t *cf, ngx_str_t *file,
    ngx_chat_token_key_t *key)
{
    const char  *fault;

    fault = ngx_chat_token_key_fault(key);

    if (fault == NULL) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "the file \"%V\" of \"chat_token_key\" %s; what it "
                       "may hold is a public key in PEM, RSA of 2048 to 8192 "
                       "bits (RS256) or EC P-256 (ES256), or a secret of 32 "
                       "bytes or more (HS256)", file, fault);

    return NGX_CONF_ERROR;
}


/* chat_token_claim [user=<claim>] [name=<claim>] ... [typ=JWT] */

char *
ngx_http_chat_set_token_claim(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    (void) cmd;

    if (conf->token_claim != NULL) {
        return "is duplicate";
    }

    conf->token_claim = ngx_pcalloc(cf->pool, sizeof(ngx_chat_token_rules_t));
    if (conf->token_claim == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_chat_token_rules_init(conf->token_claim);

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_chat_token_claim(cf, conf->token_claim, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_token_claim(ngx_conf_t *cf, ngx_chat_token_rules_t *rules,
    ngx_str_t *value)
{
    time_t                  time;
    ngx_str_t               rest;
    ngx_chat_str_t         *str;
    ngx_http_chat_claim_t  *c;

    if (ngx_strcmp(value->data, "typ=JWT") == 0) {
        rules->typ = 1;
        return NGX_CONF_OK;
    }

    for (c = ngx_http_chat_claims; c->name.len != 0; c++) {

        if (value->len <= c->name.len + 1
            || value->data[c->name.len] != '='
            || ngx_strncmp(value->data, c->name.data, c->name.len) != 0)
        {
            continue;
        }

        rest.data = value->data + c->name.len + 1;
        rest.len = value->len - c->name.len - 1;

        if (c->time == 0) {
            str = (ngx_chat_str_t *) ((u_char *) rules + c->offset);
            str->data = rest.data;
            str->len = rest.len;

            return NGX_CONF_OK;
        }

        time = ngx_parse_time(&rest, 1);

        if (time < 0 || time > c->time) {
            break;
        }

        *(int64_t *) ((u_char *) rules + c->offset) = time;

        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_token_claim\", "
                       "known are user=, name=, roles=, iss=, aud=, skew= (up "
                       "to 1h), life= (up to 20d) and typ=JWT", value);

    return NGX_CONF_ERROR;
}


void
ngx_http_chat_merge_tokens(ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf)
{
    ngx_conf_merge_ptr_value(conf->token_keys, prev->token_keys,
                             NGX_CONF_UNSET_PTR);
    ngx_conf_merge_value(conf->tls_in_front, prev->tls_in_front, 0);
    ngx_conf_merge_msec_value(conf->auth_timeout, prev->auth_timeout, 10000);

    if (conf->token_claim == NULL) {
        conf->token_claim = prev->token_claim;
    }

    if (conf->token_claim != NULL) {
        conf->tokens = *conf->token_claim;

    } else {
        ngx_chat_token_rules_init(&conf->tokens);
    }

    if (conf->token_keys != NGX_CONF_UNSET_PTR && conf->token_keys != NULL) {
        conf->tokens.keys = conf->token_keys->elts;
        conf->tokens.nkeys = conf->token_keys->nelts;
    }
}


/* For a location that is a chat. */

char *
ngx_http_chat_use_tokens(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_uint_t                   last;
    ngx_http_core_srv_conf_t    *server, **cscf;
    ngx_http_chat_main_conf_t   *cmcf;

    if (conf->tokens.nkeys == 0) {

        /* "off" has been said, or it has been forgotten */

        if (conf->token_claim != NULL && conf->token_keys != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"chat_token_claim\" needs a "
                               "\"chat_token_key\" that checks tokens, or "
                               "\"chat_token_key off\" where none are taken");
            return NGX_CONF_ERROR;
        }

        if (!conf->api || conf->api_keys == NULL) {
            return NGX_CONF_OK;
        }
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    cmcf->tokens |= (conf->tokens.nkeys != 0);

    if (conf->tls_in_front) {
        return NGX_CONF_OK;
    }

    server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    /* the locations of a server come one after the other */

    cscf = cmcf->token_servers.elts;
    last = cmcf->token_servers.nelts;

    if (last != 0 && cscf[last - 1] == server) {
        return NGX_CONF_OK;
    }

    cscf = ngx_array_push(&cmcf->token_servers);
    if (cscf == NULL) {
        return NGX_CONF_ERROR;
    }

    *cscf = server;

    return NGX_CONF_OK;
}
