
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The rules of lib/ngx_chat_rights.h in Lua, for all scripts that obey them.
 */


#ifndef NGX_HTTP_CHAT_BROKER_REDIS_SCRIPT_RIGHTS_H_INCLUDED
#define NGX_HTTP_CHAT_BROKER_REDIS_SCRIPT_RIGHTS_H_INCLUDED


#include "ngx_http_chat_broker_redis.h"


/* of who asks: added to what the site gave, for who may read only */

#define NGX_HTTP_CHAT_SCRIPT_READS  4

/* 2^53, NGX_CHAT_RIGHTS_EVER */

#define NGX_HTTP_CHAT_SCRIPT_EVER  "9007199254740992"


/*
 * Who asks is told in one digit: what the site gave, an ngx_chat_role_e, and
 * 4 more for who may only read.
 *
 * judge(k, now, u, ip, actor, right) is ngx_chat_rights_check() for the user u
 * in the room whose keys begin with k; right is 'E', 'W', 'C' (of CHANGE) or
 * 'M'.  It returns
 *
 *     why not    an ngx_http_chat_broker_redis_why_e, 0: it may
 *     how long   until or wait
 *     role       the higher of both
 *     conf       {version, slow, lock, first, last}, as in the hash r
 *     user       {role, banned, muted} of the store; muted of the address, too
 *
 * Of who writes in a slow room, k .. 't:' .. u remembers when.
 */

#define NGX_HTTP_CHAT_SCRIPT_JUDGE                                            \
    "local function numbers(s, n)\n"                                          \
    "  if not s then return {0, 0, 0, 0, 0} end\n"                            \
    "  local r = {}\n"                                                        \
    "  for d in string.gmatch(s, '%d+') do\n"                                 \
    "    r[#r + 1] = tonumber(d)\n"                                           \
    "    if r[#r] > " NGX_HTTP_CHAT_SCRIPT_EVER " then n = 0 end\n"           \
    "  end\n"                                                                 \
    "  if #r ~= n or n == 3 and r[1] > 3\n"                                   \
    "    or n == 5 and (r[3] > 2\n"                                           \
    "      or r[2] > " ngx_value(NGX_CHAT_RIGHTS_SLOW_MAX) ")\n"              \
    "  then error('WRONGTYPE rights of others') end\n"                        \
    "  return r\n"                                                            \
    "end\n"                                                                   \
    "local function judge(k, now, u, ip, actor, right)\n"                     \
    "  local c = redis.call\n"                                                \
    "  local x = c('HMGET', k .. 'r', 'c', 'u:' .. u, 'i:' .. ip)\n"          \
    "  local conf = numbers(x[1], 5)\n"                                       \
    "  local me, there = numbers(x[2], 3), numbers(x[3], 3)\n"                \
    "  local role = math.max(actor % 4, me[1])\n"                             \
    "  me[3] = math.max(me[3], there[3])\n"                                   \
    "  local function no(why, n) return why, n, role, conf, me end\n"         \
    "  if role >= 2 then return no(0, 0) end\n"                               \
    "  local ban = math.max(me[2], there[2])\n"                               \
    "  if ban > now then return no(1, ban) end\n"                             \
    "  if conf[3] == 2 and role == 0 or right == 'M' then\n"                  \
    "    return no(2, 0)\n"                                                   \
    "  end\n"                                                                 \
    "  if right == 'E' then return no(0, 0) end\n"                            \
    "  if actor - 4 >= 0 then return no(2, 0) end\n"                          \
    "  if me[3] > now then return no(3, me[3]) end\n"                         \
    "  if conf[3] == 1 then return no(4, 0) end\n"                            \
    "  if conf[2] > 0 and right == 'W' then\n"                                \
    "    local wrote = tonumber(c('GET', k .. 't:' .. u) or 0) or 0\n"        \
    "    local slow = conf[2] * 1000\n"                                       \
    "    local wait = math.min(wrote + slow - now, slow)\n"                   \
    "    if wait > 0 then return no(5, wait) end\n"                           \
    "  end\n"                                                                 \
    "  return no(0, 0)\n"                                                     \
    "end\n"


/* Why a script refuses. */

typedef enum {
    NGX_HTTP_CHAT_WHY_OK = 0,
    NGX_HTTP_CHAT_WHY_BANNED,
    NGX_HTTP_CHAT_WHY_FORBIDDEN,
    NGX_HTTP_CHAT_WHY_MUTED,
    NGX_HTTP_CHAT_WHY_LOCKED,
    NGX_HTTP_CHAT_WHY_SLOW,
    NGX_HTTP_CHAT_WHY_FULL,
    NGX_HTTP_CHAT_WHY_RATE,            /* too many messages in the room */
    NGX_HTTP_CHAT_WHY_NONE,            /* no message has that number */
    NGX_HTTP_CHAT_WHY_GONE,            /* it is not kept any more */
    NGX_HTTP_CHAT_WHY_SEALED,          /* it is, and the edit is not */
    NGX_HTTP_CHAT_WHY_COUNT
} ngx_http_chat_broker_redis_why_e;


#endif /* NGX_HTTP_CHAT_BROKER_REDIS_SCRIPT_RIGHTS_H_INCLUDED */
