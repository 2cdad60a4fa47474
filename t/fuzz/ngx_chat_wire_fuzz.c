
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Records: one that is read is written again, and read as the same.
 */


#include "ngx_chat_wire.h"

#include <stdlib.h>
#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static int
inside(const ngx_chat_str_t *s, const uint8_t *data, size_t size)
{
    return s->len == 0
           || (s->data >= data && s->data + s->len <= data + size);
}


static int
same(const ngx_chat_str_t *a, const ngx_chat_str_t *b)
{
    return a->len == b->len
           && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}


static void
check(const ngx_chat_wire_t *rec)
{
    size_t            head, need;
    unsigned char    *buf;
    ngx_chat_wire_t   back;

    head = ngx_chat_wire_header(NULL, 0, rec);
    need = ngx_chat_wire_payload(NULL, 0, rec);
    buf = malloc(head + need);

    if (buf == NULL || head > NGX_CHAT_WIRE_HEADER_MAX) {
        abort();
    }

    (void) ngx_chat_wire_header(buf, head, rec);
    (void) ngx_chat_wire_payload(buf + head, need, rec);

    if (!ngx_chat_wire_parse(&back, buf, head + need)
        || back.kind != rec->kind
        || back.on != rec->on
        || back.seq != rec->seq
        || back.prev != rec->prev
        || back.time != rec->time
        || back.count != rec->count
        || back.re != rec->re
        || back.ref != rec->ref
        || back.deleted != rec->deleted
        || !same(&back.epoch, &rec->epoch)
        || !same(&back.user, &rec->user)
        || !same(&back.name, &rec->name)
        || !same(&back.role, &rec->role)
        || !same(&back.cid, &rec->cid)
        || !same(&back.meta, &rec->meta)
        || !same(&back.session, &rec->session)
        || !same(&back.body, &rec->body))
    {
        abort();
    }

    free(buf);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_chat_wire_t  rec;

    if (!ngx_chat_wire_parse(&rec, data, size)) {
        return 0;
    }

    if (!inside(&rec.epoch, data, size)
        || !inside(&rec.user, data, size)
        || !inside(&rec.name, data, size)
        || !inside(&rec.role, data, size)
        || !inside(&rec.cid, data, size)
        || !inside(&rec.meta, data, size)
        || !inside(&rec.session, data, size)
        || !inside(&rec.body, data, size)
        || rec.room.len != 0)
    {
        abort();
    }

    check(&rec);

    return 0;
}
