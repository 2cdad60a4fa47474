
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The Lua scripts of what a site is to be told of.
 *
 * A queue has two keys, eq and es.  A text's position is b plus its place in
 * the list; what is between d and b was dropped and not told.
 */


#include "ngx_http_chat_broker_redis_note.h"


/* a week in ms that a queue stays which nobody reads; an hour between looks */

#define NGX_HTTP_CHAT_SCRIPT_NOTE_LIFE  "604800000"

#define NGX_HTTP_CHAT_SCRIPT_NOTE_LOOK  "3600000"


/*
 * push(q, s, x, max) adds the text x, and drops the oldest for it where there
 * are more than max bytes then.
 */

#define NGX_HTTP_CHAT_SCRIPT_PUSH                                             \
    "local function push(q, s, x, max)\n"                                     \
    "  local c = redis.call\n"                                                \
    "  c('RPUSH', q, x)\n"                                                    \
    "  local z = c('HINCRBY', s, 'z', #x)\n"                                  \
    "  while z > max do\n"                                                    \
    "    local y = c('LPOP', q)\n"                                            \
    "    if not y then\n"                                                     \
    "      c('HSET', s, 'z', 0)\n"                                            \
    "      break\n"                                                           \
    "    end\n"                                                               \
    "    z = c('HINCRBY', s, 'z', -#y)\n"                                     \
    "    c('HINCRBY', s, 'b', 1)\n"                                           \
    "  end\n"                                                                 \
    "end\n"


/* KEYS eq, es, ARGV text, most bytes */

const ngx_str_t  ngx_http_chat_script_note = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_PUSH
    "push(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]))\n"
    "return 1\n"
);


/*
 * Around the script that stores a message: the same KEYS and ARGV, and behind
 * them eq, es and members, most bytes.  What was stored now is added, behind
 * the header that it got.  The message is announced by then: if its event
 * cannot be added, it is stored all the same, and the queue's reader complains.
 */

const ngx_str_t  ngx_http_chat_script_noted_before = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_PUSH
    "local max = tonumber(table.remove(ARGV))\n"
    "local text = table.remove(ARGV)\n"
    "local es = table.remove(KEYS)\n"
    "local eq = table.remove(KEYS)\n"
    "local function publish()\n"
);

const ngx_str_t  ngx_http_chat_script_noted_behind = ngx_string(
    "end\n"
    "local r = publish()\n"
    "local h = r\n"
    "if type(r) == 'table' then h = r[2] and r[1] end\n"
    "if type(h) == 'string' then pcall(push, eq, es, h .. text, max) end\n"
    "return r\n"
);


/*
 * KEYS eq, es, ARGV worker, lease in ms (0: gives it back), position up to
 * which all is told (or nothing), how many, bytes, worker that is known to be
 * dead (or nothing); returns {1, position of the first, lost, how many there
 * are, bytes of them, text...}, with 2 in front if the worker did not read it
 * before, or {0, who reads}.
 */

const ngx_str_t  ngx_http_chat_script_take = ngx_string(
    "local c, q, s, A = redis.call, KEYS[1], KEYS[2], ARGV\n"
    "local t = c('TIME')\n"
    "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "local h = c('HMGET', s, 'w', 'u', 'b', 'd', 'x')\n"
    "local mine = h[1] == A[1]\n"
    "if h[1] and not mine and h[1] ~= A[6]\n"
    "  and (tonumber(h[2]) or 0) > now then\n"
    "  return {0, h[1]}\n"
    "end\n"
    "local b, d = tonumber(h[3]) or 0, tonumber(h[4]) or 0\n"
    "if mine and A[3] ~= '' then\n"
    "  local done, z = tonumber(A[3]), 0\n"
    "  if done > b then\n"
    "    local x = c('LRANGE', q, 0, done - b - 1)\n"
    "    for i = 1, #x do z = z + #x[i] end\n"
    "    c('LTRIM', q, #x, -1)\n"
    "    b = b + #x\n"
    "    if z > 0 then c('HINCRBY', s, 'z', -z) end\n"
    "  end\n"
    "  if done > d then d = math.min(done, b) end\n"
    "  c('HSET', s, 'b', b, 'd', d)\n"
    "end\n"
    "if A[2] == '0' then\n"
    "  if mine then c('HDEL', s, 'w', 'u') end\n"
    "  return {0, ''}\n"
    "end\n"
    "c('HSET', s, 'w', A[1], 'u', now + A[2])\n"
    "if now - (tonumber(h[5]) or 0) > " NGX_HTTP_CHAT_SCRIPT_NOTE_LOOK " then\n"
    "  c('HSET', s, 'x', now)\n"
    "  c('PEXPIRE', q, " NGX_HTTP_CHAT_SCRIPT_NOTE_LIFE ")\n"
    "  c('PEXPIRE', s, " NGX_HTTP_CHAT_SCRIPT_NOTE_LIFE ")\n"
    "end\n"
    "local r = {mine and 1 or 2, b, math.max(b - d, 0), c('LLEN', q),\n"
    "  tonumber(c('HGET', s, 'z')) or 0}\n"
    "if A[4] == '0' then return r end\n"
    "local x, size = c('LRANGE', q, 0, A[4] - 1), 0\n"
    "if x[1] and c('PTTL', q) < 0 then\n"
    "  c('PEXPIRE', q, " NGX_HTTP_CHAT_SCRIPT_NOTE_LIFE ")\n"
    "end\n"
    "for i = 1, #x do\n"
    "  size = size + #x[i]\n"
    "  if i > 1 and size > tonumber(A[5]) then break end\n"
    "  r[#r + 1] = x[i]\n"
    "end\n"
    "return r\n"
);
