
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The Lua scripts by which limits hold over all hosts.
 *
 * No key of them is a room's: what concerns one user is in no message's way.
 */


#include "ngx_http_chat_broker_redis.h"


/* in ms: an hour for what a worker has, as for who is there */

#define NGX_HTTP_CHAT_SCRIPT_TALLY_LIFE  "3600000"


/*
 * KEYS the bucket, ARGV rate, burst, thousandths of a token; returns how many
 * of them it lacks.  It may lack more than it holds, see ngx_chat_limit_debt().
 */

const ngx_str_t  ngx_http_chat_script_meter = ngx_string(
    "local c, key = redis.call, KEYS[1]\n"
    "local rate, most = tonumber(ARGV[1]), ARGV[2] * 2000 + 8000\n"
    "local t = c('TIME')\n"
    "local now = t[1] * 1000000 + t[2]\n"
    "local full = tonumber(c('GET', key) or now) or now\n"
    "local used = math.max(full - now, 0) * rate / 1000000\n"
    "used = math.min(math.min(used, most) + ARGV[3], most)\n"
    "if used < 1 then\n"
    "  c('DEL', key)\n"
    "  return 0\n"
    "end\n"
    "c('PSETEX', key, string.format('%d', used * 1000 / rate + 1),\n"
    "  string.format('%.0f', now + used * 1000000 / rate))\n"
    "return math.floor(used)\n"
);


/*
 * KEYS what is counted, w, gone, ARGV worker, how many it has, how many there
 * may be; returns how many all have, and if those are more, the other workers
 * that have some.  Who is dead has none; who has gone counts none, though it
 * lives.  Few workers have the same user: mostly there is nobody to look up.
 */

const ngx_str_t  ngx_http_chat_script_tally = ngx_string(
    "local c, key, me = redis.call, KEYS[1], ARGV[1]\n"
    "c('HSET', key, me, ARGV[2])\n"
    "c('PEXPIRE', key, " NGX_HTTP_CHAT_SCRIPT_TALLY_LIFE ")\n"
    "local h, r = c('HGETALL', key), {0}\n"
    "for i = 1, #h, 2 do\n"
    "  local id = h[i]\n"
    "  if id == me then\n"
    "    r[1] = r[1] + h[i + 1]\n"
    "  elseif c('ZSCORE', KEYS[2], id)\n"
    "    and c('SISMEMBER', KEYS[3], id) == 0 then\n"
    "    r[1] = r[1] + h[i + 1]\n"
    "    r[#r + 1] = id\n"
    "  else\n"
    "    c('HDEL', key, id)\n"
    "  end\n"
    "end\n"
    "if r[1] <= tonumber(ARGV[3]) then return {r[1]} end\n"
    "return r\n"
);
