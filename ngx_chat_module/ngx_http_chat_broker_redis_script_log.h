
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the Lua scripts of a room's log have in common.
 *
 * What was deleted is no entry of the stream l any more.  The hash x has of it
 *
 *     <number>     the record without its text
 *     e<number>    the numbers of the edits of a message, while there is one
 *
 * and each is found by the "prev" of what is behind it.  x is no key of KEYS:
 * it is seldom there, and begins as m and l do.
 */


#ifndef NGX_HTTP_CHAT_BROKER_REDIS_SCRIPT_LOG_H_INCLUDED
#define NGX_HTTP_CHAT_BROKER_REDIS_SCRIPT_LOG_H_INCLUDED


#include "ngx_http_chat_broker_redis_script_rights.h"


/* 7 days in ms for a room's numbers */

#define NGX_HTTP_CHAT_SCRIPT_META_LIFE      "604800000"

/* an hour, of a room in which nobody has spoken: whoever joins makes one */

#define NGX_HTTP_CHAT_SCRIPT_EMPTY_LIFE     "3600000"

/* ms added to the life of a log that is renewed less often than it is used */

#define NGX_HTTP_CHAT_SCRIPT_LOG_MORE       "3600000"

/*
 * A number is never given twice: when another process of Redis gave the last
 * one that we see, it may have given more that were lost with it, and so may
 * one that came back and was lost in between.  So numbers go on from the
 * clock, of which no process gives as many in a millisecond, and in any case
 * from far above.
 */

#define NGX_HTTP_CHAT_SCRIPT_PER_MSEC       "1024"

#define NGX_HTTP_CHAT_SCRIPT_JUMP           "1048576"

/* 2^53 less many jumps: a room that gets here is broken */

#define NGX_HTTP_CHAT_SCRIPT_LAST           "9007100000000000"

/* bytes of JSON that an entry of a log becomes, less its own */

#define NGX_HTTP_CHAT_SCRIPT_AROUND         "60"

/*
 * The one field of a log's entry.  It holds the whole record of lib/
 * ngx_chat_wire.h, so that a reading copies what a publishing has made; with
 * another form it has another name.
 */

#define NGX_HTTP_CHAT_SCRIPT_FIELD          "'m1'"


/* an entry of a room's log that we have not made: the room is broken */

#define NGX_HTTP_CHAT_SCRIPT_STRANGE                                          \
    "redis.error_reply('WRONGTYPE a log with entries of others')"


/*
 * trim(l, cut) drops the entries of the log l that are older than cut, in ms,
 * and returns the number of the first that is left, or nil.  The first that
 * stays is at or behind a and not behind z; each step halves what is between.
 *
 * prune(x, first) drops what the hash x has of entries before that number.
 */

#define NGX_HTTP_CHAT_SCRIPT_TRIM                                             \
    "local function trim(l, cut)\n"                                           \
    "  local function at(id)\n"                                               \
    "    local x = redis.call('XRANGE', l, id, '+', 'COUNT', 1)[1]\n"         \
    "    if not x then return end\n"                                          \
    "    local t = string.match(x[2][2], '^%u %d+ %d+ (%d+) ')\n"             \
    "    return string.match(x[1], '^%d+'), tonumber(t) or cut\n"             \
    "  end\n"                                                                 \
    "  local n, t = at('-')\n"                                                \
    "  if not n or t >= cut then return n end\n"                              \
    "  local x = redis.call('XREVRANGE', l, '+', '-', 'COUNT', 1)\n"          \
    "  local a, z = n + 1, string.match(x[1][1], '^%d+') + 1\n"               \
    "  for i = 1, 64 do\n"                                                    \
    "    if a >= z then break end\n"                                          \
    "    local m = math.floor((a + z) / 2)\n"                                 \
    "    n, t = at(string.format('%d-0', m))\n"                               \
    "    if n and t < cut then a = n + 1 else z = m end\n"                    \
    "  end\n"                                                                 \
    "  redis.call('XTRIM', l, 'MINID', string.format('%d-0', a))\n"           \
    "  n = at('-')\n"                                                         \
    "  return n\n"                                                            \
    "end\n"                                                                   \
    "local function prune(x, first)\n"                                        \
    "  local all = redis.call('HGETALL', x)\n"                                \
    "  for i = 1, #all, 2 do\n"                                               \
    "    if string.match(all[i], '%d+') - (first or 0) < 0 then\n"            \
    "      redis.call('HDEL', x, all[i])\n"                                   \
    "    end\n"                                                               \
    "  end\n"                                                                 \
    "end\n"


/*
 * The bucket of a room is b of m: when it will be full again, in us.  A[5] is
 * empty where there is no limit, or
 *
 *     rate in 1/1000 s " " burst " " 1, if too much is only to be told
 *
 * padded with zeros where the burst is large: then one message in sixteen pays
 * for all of them, which are at most fifteen more at once than the burst.  What
 * is refused changes nothing; late is the ms until it is not.  A time that no
 * bucket of this size can have is of a clock that was set back.
 */

#define NGX_HTTP_CHAT_SCRIPT_METER                                            \
    "local full, late\n"                                                      \
    "if A[5] ~= '' and (new or s % 16 == 8\n"                                 \
    "  or #A[5] < " ngx_value(NGX_HTTP_CHAT_SCRIPT_LIMIT_LONG) ") then\n"     \
    "  local rate, burst, dry = string.match(A[5], '(%d+) (%d+) (%d)')\n"     \
    "  local many = #A[5] < " ngx_value(NGX_HTTP_CHAT_SCRIPT_LIMIT_LONG) "\n" \
    "    and 1 or 16 - (s - 8) % 16\n"                                       \
    "  local now, every = sec * 1000000 + us, 1000000000 / rate\n"            \
    "  local span = burst * every\n"                                         \
    "  local at = tonumber(c('HGET', k, 'b') or 0) or 0\n"                    \
    "  if at < now or at > now + span + 1 then at = now end\n"                \
    "  at = at + many * every\n"                                              \
    "  if at <= now + span then full = string.format('%.0f', at)\n"           \
    "  else\n"                                                                \
    "    late = math.ceil((at - now - span) / 1000)\n"                        \
    "    if dry == '0' then return {7, late} end\n"                           \
    "  end\n"                                                                 \
    "end\n"


/*
 * Has the room of the key k in the index, where c is redis.call, and t the
 * time.  Of those that are there already two, anywhere, are looked at: so as
 * many go as are forgotten.  It may not fail: what is stored is to be told.
 */

#define NGX_HTTP_CHAT_SCRIPT_INDEX                                            \
    "local g, name = string.match(k, '^(.*{)(%w[^}]*)}:m$')\n"                \
    "local x = g and g .. 'g}:rooms'\n"                                       \
    "if x and type(redis.pcall('ZADD', x, 0, name)) == 'number' then\n"       \
    "  local i = (t[1] + t[2]) % c('ZCARD', x)\n"                             \
    "  for _, other in ipairs(c('ZRANGE', x, i, i + 1)) do\n"                 \
    "    if redis.pcall('HLEN', g .. other .. '}:m') == 0 then\n"             \
    "      c('ZREM', x, other)\n"                                             \
    "    end\n"                                                               \
    "  end\n"                                                                 \
    "end\n"


/*
 * Storing an entry, in parts: BEGIN finds the room, and answers what was stored
 * before; then come the rights; NUMBER makes the record r with the number n, or
 * refuses; ADD puts it into l; STORED remembers that; TOLD announces it.  What
 * they need is told where the script is that stores messages.
 */

#define NGX_HTTP_CHAT_SCRIPT_BEGIN                                            \
    "local c, sub, k, A = redis.call, string.sub, KEYS[1], ARGV\n"            \
    "local me, how, life = A[1], A[3], A[6]\n"                                \
    "local d, l, print = nil, KEYS[2], nil\n"                                 \
    "if life then d, l, print = l, KEYS[3], sub(how, 4, 35) end\n"            \
    "local m, t = c('HGET', k, 's') or '0', c('TIME')\n"                      \
    "local sec, us, e, p, giver = t[1], t[2]\n"                               \
    "local new, who, rights, slow = sub(m, -37, -14) ~= me, sub(how, 3, 3)\n" \
    "if new and sub(m, -1) == '!' then\n"                                     \
    "  m, rights = sub(m, 1, -2), true\n"                                     \
    "  new = sub(m, -37, -14) ~= me\n"                                        \
    "end\n"                                                                   \
    "if new then\n"                                                           \
    "  local f = c('HMGET', k, 'e', 'n')\n"                                   \
    "  e, p, giver = f[1], string.match(m, '^%d+') or m, f[2] or ''\n"        \
    "  rights = rights or not e\n"                                            \
    "else\n"                                                                  \
    "  e, p = sub(m, -12), sub(m, 1, -39)\n"                                  \
    "end\n"                                                                   \
    "local v = d and e and c('GET', d)\n"                                     \
    "if v and sub(v, -#e - 2) == ' ' .. e .. '\\n' then\n"                    \
    "  if sub(v, 1, 32) ~= print then return 0 end\n"                         \
    "  return {sub(v, 33)}\n"                                                 \
    "end\n"

#define NGX_HTTP_CHAT_SCRIPT_NUMBER                                           \
    "local s = p + 1\n"                                                       \
    "if s > " NGX_HTTP_CHAT_SCRIPT_LAST " then\n"                             \
    "  return redis.error_reply('WRONGTYPE a room without numbers')\n"        \
    "end\n"                                                                   \
       NGX_HTTP_CHAT_SCRIPT_METER                                             \
    "local most, age, long, epoch\n"                                          \
    "if new or s % 16 == 0 then\n"                                            \
    "  most, age, long, epoch =\n"                                            \
    "    string.match(how, '^ (%d+) (%d+) (%d+) (%w+) ', d and 36 or 4)\n"    \
    "end\n"                                                                   \
    "if new then\n"                                                           \
    "  if l and s == 1 then c('DEL', l, sub(k, 1, -2) .. 'x') end\n"          \
    "  if not e then e = epoch\n"                                             \
    "  elseif sub(giver, 1, 16) ~= sub(me, 1, 16) then\n"                     \
    "    s = math.max(s + " NGX_HTTP_CHAT_SCRIPT_JUMP ",\n"                   \
    "      (sec * 1000 + math.floor(us / 1000)) * "                           \
           NGX_HTTP_CHAT_SCRIPT_PER_MSEC ")\n"                                \
    "  end\n"                                                                 \
    "end\n"                                                                   \
    "if #us < 6 then us = string.format('%06d', us) end\n"                    \
    "local n = string.format('%d', s)\n"                                      \
    "local h = sub(how, 1, 2) .. n .. ' ' .. p .. ' '\n"                      \
    "  .. sec .. sub(us, 1, 3) .. ' ' .. e .. '\\n'\n"                        \
    "local r = h .. A[2]\n"

#define NGX_HTTP_CHAT_SCRIPT_ADD                                              \
    "if l then\n"                                                             \
    "  local a = redis.pcall('XADD', l, n,\n"                                 \
    "    " NGX_HTTP_CHAT_SCRIPT_FIELD ", r)\n"                                \
    "  if type(a) == 'table' then\n"                                          \
    "    if string.find(a.err, 'XADD')\n"                                     \
    "      or string.find(a.err, 'last possible')\n"                          \
    "    then\n"                                                              \
    "      return " NGX_HTTP_CHAT_SCRIPT_STRANGE "\n"                         \
    "    end\n"                                                               \
    "    return a\n"                                                          \
    "  end\n"                                                                 \
    "  if s % 16 == 0 then c('XTRIM', l, 'MAXLEN', '~', most) end\n"          \
    "  if s % 256 == 0 then\n"                                                \
       NGX_HTTP_CHAT_SCRIPT_TRIM                                              \
    "    prune(sub(k, 1, -2) .. 'x', trim(l, sec * 1000 - age))\n"            \
    "  end\n"                                                                 \
    "end\n"

#define NGX_HTTP_CHAT_SCRIPT_STORED                                           \
    "if new and rights then\n"                                                \
    "  rights = c('HGET', sub(k, 1, -2) .. 'r', 'c')\n"                       \
    "end\n"                                                                   \
    "local now = n .. ' ' .. me .. ' ' .. e\n"                                \
    "if rights then now = now .. '!' end\n"                                   \
    "if new then\n"                                                           \
    "  c('HSET', k, 'e', e, 's', now, 'n', me)\n"                             \
    "  c('PEXPIRE', k, long)\n"                                               \
    "  if l then\n"                                                           \
    "    c('PEXPIRE', l, age + " NGX_HTTP_CHAT_SCRIPT_LOG_MORE ")\n"          \
    "    c('PEXPIRE', sub(k, 1, -2) .. 'x',\n"                                \
    "      age + " NGX_HTTP_CHAT_SCRIPT_LOG_MORE ")\n"                        \
    "  end\n"                                                                 \
       NGX_HTTP_CHAT_SCRIPT_INDEX                                             \
    "else c('HSET', k, 's', now) end\n"                                       \
    "if full then c('HSET', k, 'b', full) end\n"                              \
    "if d then c('PSETEX', d, life, print .. h) end\n"                        \
    "if slow then c('PSETEX', unpack(slow)) end\n"

#define NGX_HTTP_CHAT_SCRIPT_TOLD                                             \
    "if A[4] ~= '' then c('PUBLISH', A[4], r) end\n"                          \
    "if late then return {h, late} end\n"                                     \
    "return h\n"


#endif /* NGX_HTTP_CHAT_BROKER_REDIS_SCRIPT_LOG_H_INCLUDED */
