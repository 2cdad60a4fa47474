
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The Lua scripts by which a worker numbers and announces in Redis.
 *
 * Each touches the keys of one room, all named in KEYS, and ends with its
 * PUBLISH, so that what is refused (for want of memory, say) is not heard.
 */


#include "ngx_http_chat_broker_redis.h"


/* 7 days in ms for a room's numbers */

#define NGX_HTTP_CHAT_SCRIPT_META_LIFE      "604800000"

/* the life of a room's numbers is renewed by messages once in so many s */

#define NGX_HTTP_CHAT_SCRIPT_META_RENEW     "3600"

/*
 * A number is never given twice: when another process of Redis gave the last
 * one that we see, it may have given more that were lost with it.
 */

#define NGX_HTTP_CHAT_SCRIPT_JUMP           "1048576"

/* 2^53 less many jumps: a room that gets here is broken */

#define NGX_HTTP_CHAT_SCRIPT_LAST           "9007100000000000"

/*
 * KEYS m ch, ARGV new epoch, run_id, kind, payload; returns the header
 * "kind seq prev time epoch LF" of the record.
 */

static const u_char  ngx_http_chat_script_publish[] =
    "local c, k = redis.call, KEYS[1]\n"
    "local m, t = c('HMGET', k, 'e', 's', 'n', 'x'), c('TIME')\n"
    "local e, p = m[1], m[2] or 0\n"
    "local s = p + 1\n"
    "if s > " NGX_HTTP_CHAT_SCRIPT_LAST " then\n"
    "  return redis.error_reply('WRONGTYPE a room without numbers')\n"
    "end\n"
    "if m[3] == ARGV[2] and t[1] - m[4] < " NGX_HTTP_CHAT_SCRIPT_META_RENEW
        " then\n"
    "  c('HSET', k, 's', string.format('%d', s))\n"
    "else\n"
    "  if not e then e = ARGV[1]\n"
    "  elseif m[3] ~= ARGV[2] then s = s + " NGX_HTTP_CHAT_SCRIPT_JUMP " end\n"
    "  c('HSET', k, 'e', e, 's', string.format('%d', s), 'n', ARGV[2],\n"
    "    'x', t[1])\n"
    "  c('PEXPIRE', k, " NGX_HTTP_CHAT_SCRIPT_META_LIFE ")\n"
    "end\n"
    "local h = string.format('%s %d %d %d %s\\n', ARGV[3], s, p,\n"
    "  t[1] * 1000 + t[2] / 1000, e)\n"
    "c('PUBLISH', KEYS[2], h .. ARGV[4])\n"
    "return h\n";


/* finds or makes a room's epoch e and last number s; needs m as KEYS[1] */

#define NGX_HTTP_CHAT_SCRIPT_ROOM                                             \
    "local c, k = redis.call, KEYS[1]\n"                                      \
    "local m = c('HMGET', k, 'e', 's')\n"                                     \
    "local e, s = m[1], m[2] or '0'\n"                                        \
    "if not e then\n"                                                         \
    "  e, s = ARGV[1], '0'\n"                                                 \
    "  c('HSET', k, 'e', e, 's', s, 'n', ARGV[2], 'x', c('TIME')[1])\n"       \
    "end\n"                                                                   \
    "c('PEXPIRE', k, " NGX_HTTP_CHAT_SCRIPT_META_LIFE ")\n"


/* KEYS m, ARGV new epoch, run_id; returns epoch, last number */

static const u_char  ngx_http_chat_script_tail[] =
    NGX_HTTP_CHAT_SCRIPT_ROOM
    "return {e, s}\n";


#define ngx_http_chat_script(text)                                            \
    &(const ngx_str_t) { sizeof(text) - 1, (u_char *) (text) }


const ngx_str_t
    *ngx_http_chat_broker_redis_scripts[NGX_HTTP_CHAT_SCRIPT_COUNT] =
{
    ngx_http_chat_script(ngx_http_chat_script_publish),
    ngx_http_chat_script(ngx_http_chat_script_tail),
    &ngx_http_chat_script_enter,
    &ngx_http_chat_script_leave,
    &ngx_http_chat_script_list,
    &ngx_http_chat_script_sweep,
    &ngx_http_chat_script_lease
};
