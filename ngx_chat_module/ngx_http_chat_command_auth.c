
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The command "auth"; see the header. */


#include "ngx_http_chat_command.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_auth.h"
#include "ngx_chat_rights.h"


typedef struct {
    int64_t             id;
    ngx_chat_welcome_t  welcome;
} ngx_http_chat_command_known_t;


static ngx_chat_code_e ngx_http_chat_command_auth_bad(
    ngx_http_chat_session_t *s, ngx_chat_token_e why);
static ngx_chat_code_e ngx_http_chat_command_auth_take(
    ngx_http_chat_session_t *s, const ngx_chat_token_t *t);
static size_t ngx_http_chat_command_write_auth(u_char *buf, size_t size,
    const void *arg);


ngx_chat_code_e
ngx_http_chat_command_auth(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    unsigned                        unknown;
    ngx_chat_code_e                 code;
    ngx_chat_token_e                why;
    ngx_chat_token_t                t;
    ngx_http_chat_command_known_t   known;

    if (s->conf->tokens.nkeys == 0 || s->head->guest) {
        /* who came as a guest stays one: rooms have been told so */

        ngx_http_chat_answer_refusal(s, cmd, NGX_CHAT_CODE_FORBIDDEN,
                                     s->head->guest
                                     ? "A guest logs in by a new connection."
                                     : "No tokens are taken here.");
        return NGX_CHAT_CODE_OK;
    }

    why = ngx_http_chat_auth_check(s->conf, &cmd->token, &t);

    if (why != NGX_CHAT_TOKEN_OK) {
        return ngx_http_chat_command_auth_bad(s, why);
    }

    unknown = s->head->unknown;
    code = ngx_http_chat_command_auth_take(s, &t);

    if (code != NGX_CHAT_CODE_OK || s->state != NGX_HTTP_CHAT_OPEN) {
        return code;
    }

    if (unknown && ngx_http_chat_limit_identified(s) != NGX_OK) {
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_CAPACITY,
                                    "too many connections of yours are open");
        return NGX_CHAT_CODE_OK;
    }

    if (cmd->id != 0) {
        ngx_memzero(&known, sizeof(ngx_http_chat_command_known_t));

        known.id = cmd->id;
        ngx_http_chat_command_user(s, &known.welcome);

        ngx_http_chat_answer_in_turn(s, ngx_http_chat_command_write_auth,
                                     &known);
    }

    if (unknown) {
        ngx_http_chat_notice_session(s, NGX_HTTP_CHAT_NOTICE_LOGIN, "");
        ngx_http_chat_command_greet(s);
    }

    return NGX_CHAT_CODE_OK;
}


static ngx_chat_code_e
ngx_http_chat_command_auth_bad(ngx_http_chat_session_t *s,
    ngx_chat_token_e why)
{
    u_char      reason[NGX_CHAT_WS_CONTROL_MAX];
    ngx_uint_t  more;

    if (why == NGX_CHAT_TOKEN_MEMORY) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    if (ngx_http_chat_limit_may_log(&more)) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client sent a token that %s, %ui more lines were left "
                      "out", ngx_chat_token_reason(why), more);
    }

    (void) ngx_snprintf(reason, sizeof(reason), "token %s%Z",
                        ngx_chat_token_reason(why));

    ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_UNAUTHORIZED,
                                (const char *) reason);

    return NGX_CHAT_CODE_OK;
}


/* A user's id never changes on a connection. */

static ngx_chat_code_e
ngx_http_chat_command_auth_take(ngx_http_chat_session_t *s,
    const ngx_chat_token_t *t)
{
    unsigned   given;
    ngx_str_t  user, name, is;

    user.len = t->user.len;
    user.data = (u_char *) t->user.data;
    name.len = t->name.len;
    name.data = (u_char *) t->name.data;

    is = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);

    if (!s->head->unknown
        && (is.len != user.len
            || ngx_memcmp(is.data, user.data, is.len) != 0))
    {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client sent the token of another user");
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_FORBIDDEN,
                                    "token is of another user");
        return NGX_CHAT_CODE_OK;
    }

    if (ngx_http_chat_head_identify(s, &user, &name) != NGX_OK) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    given = ngx_chat_rights_highest(&t->roles) & 3;

    if (!s->head->unknown && given != s->head->given) {
        s->head->given = given & 3;
        ngx_http_chat_rights_renewed(s);
    }

    s->head->given = given & 3;
    s->head->unknown = 0;

    ngx_http_chat_head_expire(s->head, (time_t) t->exp);

    return NGX_CHAT_CODE_OK;
}


static size_t
ngx_http_chat_command_write_auth(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_command_known_t  *known;

    known = arg;

    return ngx_chat_proto_ok_auth(buf, size, known->id, &known->welcome);
}
