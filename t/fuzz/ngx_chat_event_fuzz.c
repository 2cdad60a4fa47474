
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Events that are written are strict JSON, whatever stands in them, and get
 * the same length where there is no room; texts from a queue are refused or
 * become as long as was said.
 *
 * The first byte says which parts there are; the rest is a text, or one string
 * for each part, with a byte of its length in front.
 */


#include "ngx_chat_event.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "ngx_chat_json.h"
#include "ngx_chat_utf8.h"


typedef struct {
    const uint8_t  *pos;
    const uint8_t  *end;
} fuzz_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* What is no UTF-8 never comes to an event. */

static ngx_chat_str_t
string(fuzz_t *f)
{
    size_t          len;
    ngx_chat_str_t  str;

    str.data = f->pos;
    str.len = 0;

    if (f->pos < f->end) {
        len = *f->pos++;

        if (len > (size_t) (f->end - f->pos)) {
            len = (size_t) (f->end - f->pos);
        }

        str.data = f->pos;
        f->pos += len;

        if (ngx_chat_utf8_valid(str.data, len)) {
            str.len = len;
        }
    }

    return str;
}


static uint64_t
number(fuzz_t *f)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < 8 && f->pos < f->end; i++) {
        n = n << 8 | *f->pos++;
    }

    return n;
}


/* A text as JSON, in a buffer of its length and in one that is too small. */

static size_t
to_json(const ngx_chat_str_t *text, unsigned char **buf)
{
    size_t   n, small;
    int64_t  time, again;

    n = ngx_chat_event_json(NULL, 0, text, &time);
    small = (n == 0) ? 0 : n - 1;

    *buf = malloc(small + 1);

    if (*buf == NULL
        || ngx_chat_event_json(*buf, small, text, &again) != n
        || again != time || time < 0)
    {
        abort();
    }

    free(*buf);
    *buf = malloc(n + 1);

    if (*buf == NULL || ngx_chat_event_json(*buf, n, text, &again) != n) {
        abort();
    }

    return n;
}


static void
check(const unsigned char *buf, size_t n, const ngx_chat_event_t *event)
{
    cJSON            *tree, *id;
    ngx_chat_json_t   json;

    tree = cJSON_ParseWithLength((const char *) buf, n);

    if (tree == NULL || !cJSON_IsObject(tree)
        || ngx_chat_json_scan(&json, buf, n) != NGX_CHAT_JSON_OK)
    {
        abort();
    }

    id = cJSON_GetObjectItemCaseSensitive(tree, "id");

    if (!cJSON_IsString(id)
        || (memchr(event->id.data, '\0', event->id.len) == NULL
            && (strlen(id->valuestring) != event->id.len
                || memcmp(id->valuestring, event->id.data, event->id.len)
                   != 0))
        || !cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(tree, "time")))
    {
        abort();
    }

    cJSON_Delete(tree);
}


static void
written(const ngx_chat_event_t *event, int64_t time)
{
    size_t           n, head, small;
    unsigned char   *text, *buf;
    ngx_chat_str_t   str;

    n = ngx_chat_event_members(NULL, 0, event);
    small = n / 2;

    text = malloc(small + 1);

    if (text == NULL || ngx_chat_event_members(text, small, event) != n) {
        abort();
    }

    free(text);
    text = malloc(NGX_CHAT_EVENT_HEAD_MAX + n);

    if (text == NULL) {
        abort();
    }

    head = ngx_chat_event_head(text, time);

    if (ngx_chat_event_members(text + head, n, event) != n) {
        abort();
    }

    str.data = text;
    str.len = head + n;

    n = to_json(&str, &buf);

    /* a time that no JSON number holds is none of ours */

    if (n == 0) {
        if (time <= 9007199254740992) {
            abort();
        }

    } else {
        check(buf, n, event);
    }

    free(buf);
    free(text);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_t             f;
    int64_t            time;
    unsigned char     *buf;
    ngx_chat_str_t     text;
    ngx_chat_mod_t     mod;
    ngx_chat_wire_t    rec;
    ngx_chat_event_t   event;

    if (size < 2) {
        return 0;
    }

    f.pos = data + 2;
    f.end = data + size;

    if (data[0] & 1) {
        text.data = f.pos;
        text.len = (size_t) (f.end - f.pos);

        (void) to_json(&text, &buf);
        free(buf);

        return 0;
    }

    memset(&mod, 0, sizeof(mod));
    memset(&rec, 0, sizeof(rec));
    memset(&event, 0, sizeof(event));

    event.kind = "event";
    event.transport = (data[0] & 2) ? "websocket" : NULL;
    event.via = (data[0] & 4) ? "api" : "";
    event.cause = (data[0] & 8) ? "left" : NULL;
    event.guest = (data[0] & 16) != 0;
    event.ended = (data[0] & 32) != 0;
    event.bare = (data[1] & 128) != 0;

    time = (int64_t) (number(&f) >> 1);
    event.id = string(&f);
    event.room = string(&f);
    event.user.id = string(&f);
    event.user.name = string(&f);
    event.role = string(&f);
    event.session = string(&f);
    event.address = string(&f);

    if (data[0] & 64) {
        rec.kind = (unsigned char) "MEDTB"[data[1] % 5];
        rec.ref = number(&f);
        rec.re = number(&f);
        rec.cid = string(&f);
        rec.enc = string(&f);
        rec.body = string(&f);
        rec.meta.data = (const unsigned char *) "{\"a\":[1]}";
        rec.meta.len = (data[1] & 64) ? sizeof("{\"a\":[1]}") - 1 : 0;
        event.rec = &rec;

    } else if (data[0] & 128) {
        mod.act = (ngx_chat_act_e) (1 + data[1] % (NGX_CHAT_ACT_COUNT - 1));
        mod.user = string(&f);
        mod.ip = string(&f);
        mod.why = string(&f);
        event.until = (int64_t) number(&f);
        event.mod = &mod;
    }

    event.count = number(&f);
    event.code = (unsigned) number(&f);
    event.duration = (int64_t) number(&f);
    event.received = number(&f);

    written(&event, time);

    return 0;
}
