
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Parsing commands in the unit tests.
 */


#ifndef PROTO_COMMAND_H_INCLUDED
#define PROTO_COMMAND_H_INCLUDED


#include <stdio.h>

#include "chat_str.h"
#include "ngx_chat_proto.h"
#include "ngx_chat_text.h"


/* Parses a copy in memory of just its size. */

static inline ngx_chat_code_e
parse_str(ngx_chat_command_t *cmd, const ngx_chat_str_t *text)
{
    ngx_chat_str_t   exact;
    ngx_chat_code_e  rc;

    exact = str_exact(text);
    rc = ngx_chat_proto_parse(cmd, exact.data, exact.len,
                              NGX_CHAT_TEXT_MAX);
    str_free(&exact);

    return rc;
}


static inline ngx_chat_code_e
parse(ngx_chat_command_t *cmd, const char *text)
{
    ngx_chat_str_t  s;

    s = str(text);

    return parse_str(cmd, &s);
}


/* The code, and that the fault names its field (NULL: none). */

static inline void
refuses(const char *text, ngx_chat_code_e want, const char *field)
{
    char                quoted[40];
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    rc = parse(&cmd, text);

    if (rc != want) {
        fail_msg("%s: %s", text, ngx_chat_proto_code(rc)->name);
    }

    if (field == NULL) {
        assert_null(cmd.field);

    } else {
        assert_non_null(cmd.field);
        assert_string_equal(cmd.field, field);

        if (strcmp(field, "text") != 0 && want != NGX_CHAT_CODE_UNKNOWN_OP) {
            snprintf(quoted, sizeof(quoted), "\"%s\"", field);
            assert_non_null(cmd.why);
            assert_non_null(strstr(cmd.why, quoted));
        }
    }

    if (want == NGX_CHAT_CODE_BAD_REQUEST) {
        assert_non_null(cmd.why);
    }

    ngx_chat_proto_release(&cmd);
    assert_null(cmd.tree);
}


static inline void
bad(const char *text, const char *field)
{
    refuses(text, NGX_CHAT_CODE_BAD_REQUEST, field);
}


static inline void
takes(const char *text)
{
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    rc = parse(&cmd, text);

    if (rc != NGX_CHAT_CODE_OK) {
        fail_msg("%s: %s", text, ngx_chat_proto_code(rc)->name);
    }

    assert_null(cmd.field);
    assert_null(cmd.why);
    ngx_chat_proto_release(&cmd);
}


/* A send with this text as a JSON string. */

static inline ngx_chat_code_e
send_text(const ngx_chat_str_t *text, ngx_chat_command_t *cmd)
{
    size_t             n;
    char              *p;
    ngx_chat_str_t     s;
    ngx_chat_code_e    rc;
    static const char  head[] = "{\"op\":\"send\",\"room\":\"r\",\"text\":\"";

    n = sizeof(head) - 1 + text->len + 2;
    p = malloc(n);
    assert_non_null(p);
    memcpy(p, head, sizeof(head) - 1);
    memcpy(p + sizeof(head) - 1, text->data, text->len);
    memcpy(p + n - 2, "\"}", 2);

    s = str_of(p, n);
    rc = parse_str(cmd, &s);
    free(p);

    return rc;
}


static inline void
sends(const char *text, ngx_chat_code_e want)
{
    ngx_chat_str_t      s;
    ngx_chat_command_t  cmd;

    s = str(text);
    assert_int_equal(send_text(&s, &cmd), want);
    ngx_chat_proto_release(&cmd);
}


#endif /* PROTO_COMMAND_H_INCLUDED */
