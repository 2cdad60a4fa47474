
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The rooms of a Redis: a page of their index. */


#include "ngx_http_chat_broker_redis.h"


/* [next, [name, last number, how many users, ...]] */
#define NGX_HTTP_CHAT_ROOMS_REPLY  2
#define NGX_HTTP_CHAT_ROOMS_EACH   3


static void ngx_http_chat_rooms_listed(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_http_chat_rooms_records(redisReply *list,
    ngx_http_chat_reply_t *answer);
static ngx_int_t ngx_http_chat_rooms_record(redisReply **element,
    ngx_chat_wire_t *rec);


/*
 * KEYS index, ARGV the room that it goes on behind, how many; returns where
 * the next page goes on, or nothing, and of each room that is in use its name,
 * its last number, its users.  Rooms that were forgotten are taken out, and
 * what is no name, behind which nothing goes on.
 */

const ngx_str_t  ngx_http_chat_script_rooms = ngx_string(
    "local c, x, from, most = redis.call, KEYS[1], unpack(ARGV)\n"
    "local p, r = string.match(x, '^.*{'), {}\n"
    "local all = c('ZRANGEBYLEX', x, from ~= '' and '(' .. from or '-', '+',\n"
    "  'LIMIT', 0, most)\n"
    "for _, name in ipairs(all) do\n"
    "  local k = p .. name .. '}:'\n"
    "  local s = redis.pcall('HGET', k .. 'm', 's')\n"
    "  local n = redis.pcall('ZCARD', k .. 'pl')\n"
    "  s = type(s) == 'string' and string.match(s, '^%d+')\n"
    "  if type(n) ~= 'number' then n = 0 end\n"
    "  if not string.find(name, '^%w[%w._~-]*$')\n"
    "    or #name > " ngx_value(NGX_CHAT_NAME_ROOM_MAX) " then s, n = nil, 0\n"
    "  else from = name end\n"
    "  if not s and n == 0 then c('ZREM', x, name)\n"
    "  elseif n > 0 or s ~= '0' then\n"
    "    r[#r + 1], r[#r + 2], r[#r + 3] = name, s or '0', n\n"
    "  end\n"
    "end\n"
    "return {#all == tonumber(most) and from or '', r}\n"
);


ngx_int_t
ngx_http_chat_broker_redis_rooms(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket)
{
    u_char                         number[NGX_INT_T_LEN];
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    static const ngx_chat_str_t  all = NGX_CHAT_STR("g");

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_ROOMS,
                                      "1");
    ngx_http_chat_broker_key(&args, b, &all, "rooms");
    ngx_http_chat_broker_arg(&args, after->data, after->len);
    ngx_http_chat_broker_arg(&args, number,
                             ngx_sprintf(number, "%ui", limit) - number);

    return ngx_http_chat_broker_redis_start(b, &args,
                                         ngx_http_chat_rooms_listed, ticket);
}


static void
ngx_http_chat_rooms_listed(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    if (reply->elements != NGX_HTTP_CHAT_ROOMS_REPLY
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_ARRAY
        || ngx_http_chat_rooms_records(reply->element[1], &answer) != NGX_OK)
    {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    answer.next.data = (u_char *) reply->element[0]->str;
    answer.next.len = reply->element[0]->len;
    answer.more = (answer.next.len != 0);

    ngx_http_chat_broker_redis_answer(op, &answer);

    ngx_free(answer.records);
}


static ngx_int_t
ngx_http_chat_rooms_records(redisReply *list, ngx_http_chat_reply_t *answer)
{
    size_t            i, n;
    ngx_chat_wire_t  *rec;

    n = list->elements / NGX_HTTP_CHAT_ROOMS_EACH;

    if (list->elements % NGX_HTTP_CHAT_ROOMS_EACH != 0) {
        return NGX_ERROR;
    }

    if (n == 0) {
        return NGX_OK;
    }

    rec = ngx_calloc(n * sizeof(ngx_chat_wire_t), ngx_cycle->log);
    if (rec == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {

        if (ngx_http_chat_rooms_record(
                         &list->element[i * NGX_HTTP_CHAT_ROOMS_EACH], &rec[i])
            != NGX_OK)
        {
            ngx_free(rec);
            return NGX_ERROR;
        }
    }

    answer->records = rec;
    answer->nrecords = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_rooms_record(redisReply **element, ngx_chat_wire_t *rec)
{
    u_char  *p;

    if (element[0]->type != REDIS_REPLY_STRING
        || element[1]->type != REDIS_REPLY_STRING
        || element[2]->type != REDIS_REPLY_INTEGER
        || element[2]->integer < 0)
    {
        return NGX_ERROR;
    }

    rec->room.data = (u_char *) element[0]->str;
    rec->room.len = element[0]->len;
    rec->count = (uint64_t) element[2]->integer;

    if (!ngx_chat_name_room_valid(&rec->room)) {
        return NGX_ERROR;
    }

    p = (u_char *) element[1]->str;

    return ngx_http_chat_broker_redis_decimal(&p, p + element[1]->len, 0,
                                              &rec->seq);
}
