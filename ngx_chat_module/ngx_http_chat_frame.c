
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Frames, and their twins in event streams; see the header. */


#include "ngx_http_chat_frame.h"
#include "ngx_http_chat_excess.h"
#include "ngx_chat_json_out.h"
#include "ngx_chat_ws_frame.h"


/* when a browser comes back, ms: as a rule, sent away, not wanted */
#define NGX_HTTP_CHAT_FRAME_RETRY       2000
#define NGX_HTTP_CHAT_FRAME_SOON        300
#define NGX_HTTP_CHAT_FRAME_LATE        60000

/* what stands around the message itself, at most */
#define NGX_HTTP_CHAT_FRAME_AROUND                                            \
    (sizeof("retry: id: .event: chat_error\ndata: \n\n\n\n")                  \
     + NGX_INT32_LEN + NGX_CHAT_WIRE_EPOCH_MAX + NGX_INT64_LEN                \
     + NGX_HTTP_CHAT_FRAME_EVENT_MAX)

#define NGX_HTTP_CHAT_FRAME_EVENT_MAX   16

/* a close frame as JSON */
#define NGX_HTTP_CHAT_FRAME_CLOSE_MAX                                         \
    (sizeof("{\"ev\":\"close\",\"code\":,\"reason\":\"\"}")                   \
     + NGX_INT32_LEN + 6 * NGX_CHAT_WS_CONTROL_MAX)


static ngx_http_chat_frame_t *ngx_http_chat_frame_alloc(size_t len);
static void ngx_http_chat_frame_payload(const ngx_http_chat_frame_t *f,
    ngx_str_t *payload);
static ngx_http_chat_frame_t *ngx_http_chat_frame_event(
    const ngx_http_chat_frame_t *f, const ngx_str_t *data, ngx_uint_t retry);
static ngx_http_chat_frame_t *ngx_http_chat_frame_close(
    const ngx_http_chat_frame_t *f, const ngx_str_t *payload);
static void ngx_http_chat_frame_name(const ngx_str_t *data, ngx_str_t *name);


ngx_http_chat_frame_t *
ngx_http_chat_frame_create(ngx_uint_t opcode, const u_char *payload,
    size_t len)
{
    size_t                  header;
    ngx_http_chat_frame_t  *f;

    header = ngx_chat_ws_header_size(len);

    if (len > UINT32_MAX - header) {
        return NULL;
    }

    f = ngx_http_chat_frame_alloc(header + len);
    if (f == NULL) {
        return NULL;
    }

    ngx_chat_ws_header_encode(f->data,
                              NGX_CHAT_WS_FIN | (unsigned) opcode, len);

    if (len != 0) {
        ngx_memcpy(f->data + header, payload, len);
    }

    return f;
}


static ngx_http_chat_frame_t *
ngx_http_chat_frame_alloc(size_t len)
{
    ngx_http_chat_frame_t  *f;

    f = ngx_alloc(offsetof(ngx_http_chat_frame_t, data) + len,
                  ngx_cycle->log);
    if (f == NULL) {
        return NULL;
    }

    f->twin = NULL;
    f->seq = 0;
    f->refs = 1;
    f->len = (uint32_t) len;
    f->epoch_len = 0;

    ngx_http_chat_excess_add(f->len);

    return f;
}


void
ngx_http_chat_frame_release(ngx_http_chat_frame_t *f)
{
    if (--f->refs != 0) {
        return;
    }

    if (f->twin != NULL) {
        ngx_http_chat_frame_release(f->twin);
    }

    ngx_http_chat_excess_remove(f->len);
    ngx_free(f);
}


void
ngx_http_chat_frame_number(ngx_http_chat_frame_t *f,
    const ngx_chat_str_t *epoch, uint64_t seq)
{
    f->epoch_len = (u_char) ngx_min(epoch->len, NGX_CHAT_WIRE_EPOCH_MAX);
    ngx_memcpy(f->epoch, epoch->data, f->epoch_len);
    f->seq = seq;
}


static void
ngx_http_chat_frame_payload(const ngx_http_chat_frame_t *f,
    ngx_str_t *payload)
{
    size_t  header;

    /* RFC 6455, 5.2: the short length tells the form, frames are unmasked */

    header = 2;

    if (f->data[1] >= 126) {
        header = (f->data[1] == 126) ? 4 : 10;
    }

    payload->data = (u_char *) f->data + header;
    payload->len = f->len - header;
}


ngx_http_chat_frame_t *
ngx_http_chat_frame_twin(ngx_http_chat_frame_t *f)
{
    ngx_str_t   payload;

    static const u_char  comment[] = ":\n\n";

    if (f->twin != NULL) {
        return f->twin;
    }

    ngx_http_chat_frame_payload(f, &payload);

    switch (f->data[0] & 0x0f) {

    case NGX_CHAT_WS_TEXT:
        f->twin = ngx_http_chat_frame_event(f, &payload, 0);
        break;

    case NGX_CHAT_WS_CLOSE:
        f->twin = ngx_http_chat_frame_close(f, &payload);
        break;

    default: /* a ping: what keeps the stream alive */
        f->twin = ngx_http_chat_frame_alloc(sizeof(comment) - 1);

        if (f->twin != NULL) {
            ngx_memcpy(f->twin->data, comment, sizeof(comment) - 1);
        }
    }

    return f->twin;
}


/*
 * One event.  The JSON is without line breaks; a message needs no name, for
 * it is what a page without further words listens to.
 */

static ngx_http_chat_frame_t *
ngx_http_chat_frame_event(const ngx_http_chat_frame_t *f,
    const ngx_str_t *data, ngx_uint_t retry)
{
    size_t                  len;
    u_char                  head[NGX_HTTP_CHAT_FRAME_AROUND], *p;
    ngx_str_t               name;
    ngx_http_chat_frame_t  *twin;

    p = head;
    ngx_http_chat_frame_name(data, &name);

    if (retry == 0 && name.len == sizeof("welcome") - 1
        && ngx_strncmp(name.data, "welcome", name.len) == 0)
    {
        retry = NGX_HTTP_CHAT_FRAME_RETRY;
    }

    if (retry != 0) {
        p = ngx_sprintf(p, "retry: %ui\n", retry);
    }

    if (f->epoch_len != 0) {
        p = ngx_cpymem(p, "id: ", sizeof("id: ") - 1);
        p = ngx_cpymem(p, f->epoch, f->epoch_len);
        p = ngx_sprintf(p, ".%uL\n", f->seq);
    }

    if (name.len != 0) {
        p = ngx_sprintf(p, "event: %V\n", &name);
    }

    p = ngx_cpymem(p, "data: ", sizeof("data: ") - 1);

    len = (size_t) (p - head);

    if (data->len > UINT32_MAX - len - 2) {
        return NULL;
    }

    twin = ngx_http_chat_frame_alloc(len + data->len + 2);
    if (twin == NULL) {
        return NULL;
    }

    p = ngx_cpymem(twin->data, head, len);
    p = ngx_cpymem(p, data->data, data->len);
    *p++ = '\n';
    *p = '\n';

    return twin;
}


/*
 * What the event is called: as "ev" says, but that "error" is what browsers
 * call the end of a connection.
 */

static void
ngx_http_chat_frame_name(const ngx_str_t *data, ngx_str_t *name)
{
    u_char  *p, *last;

    static const ngx_str_t  ev = ngx_string("{\"ev\":\"");

    if (data->len < ev.len || ngx_memcmp(data->data, ev.data, ev.len) != 0) {
        ngx_str_null(name);
        return;
    }

    p = data->data + ev.len;
    last = data->data + ngx_min(data->len,
                                ev.len + NGX_HTTP_CHAT_FRAME_EVENT_MAX);

    name->data = p;

    while (p < last && *p != '"') {
        p++;
    }

    name->len = (size_t) (p - name->data);

    if (name->len == 5 && ngx_memcmp(name->data, "error", 5) == 0) {
        ngx_str_set(name, "chat_error");

    } else if (name->len == 7 && ngx_memcmp(name->data, "message", 7) == 0) {
        name->len = 0;
    }
}


/* The last event: why, and when to come back. */

static ngx_http_chat_frame_t *
ngx_http_chat_frame_close(const ngx_http_chat_frame_t *f,
    const ngx_str_t *payload)
{
    u_char                buf[NGX_HTTP_CHAT_FRAME_CLOSE_MAX];
    ngx_str_t             data;
    ngx_uint_t            code, retry;
    ngx_chat_str_t        reason;
    ngx_chat_json_out_t   out;

    code = NGX_CHAT_CLOSE_NO_STATUS;
    reason.data = payload->data;
    reason.len = 0;

    if (payload->len >= 2) {
        code = (ngx_uint_t) payload->data[0] << 8 | payload->data[1];
        reason.data = payload->data + 2;
        reason.len = payload->len - 2;
    }

    ngx_chat_json_out_init(&out, buf, sizeof(buf));
    ngx_chat_json_out_lit(&out, "{\"ev\":\"close\",\"code\":");
    ngx_chat_json_out_number(&out, (int64_t) code);
    ngx_chat_json_out_lit(&out, ",\"reason\":");
    ngx_chat_json_out_string(&out, &reason);
    ngx_chat_json_out_lit(&out, "}");

    data.data = buf;
    data.len = ngx_min(out.len, sizeof(buf));

    retry = NGX_HTTP_CHAT_FRAME_RETRY;

    if (code >= 4000 && code < 4100) {
        retry = NGX_HTTP_CHAT_FRAME_LATE;

    } else if (code >= 4200) {
        /* those who are sent away at once shall not come back at once */
        retry = NGX_HTTP_CHAT_FRAME_SOON
                + (ngx_uint_t) ngx_random() % NGX_HTTP_CHAT_FRAME_RETRY;
    }

    return ngx_http_chat_frame_event(f, &data, retry);
}


ngx_uint_t
ngx_http_chat_frame_resyncs(const ngx_http_chat_frame_t *f)
{
    ngx_str_t  payload;

    static const ngx_str_t  resync = ngx_string("{\"ev\":\"resync\"");

    if ((f->data[0] & 0x0f) != NGX_CHAT_WS_TEXT) {
        return 0;
    }

    ngx_http_chat_frame_payload(f, &payload);

    return payload.len > resync.len
           && ngx_memcmp(payload.data, resync.data, resync.len) == 0;
}
