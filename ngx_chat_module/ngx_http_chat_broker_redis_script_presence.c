
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The Lua scripts by which workers tell Redis who is in a room, and that they
 * live.
 *
 * All but the last touch the keys of one room; all keys are named in KEYS.
 * Where Redis has no memory it refuses the first command that writes, and none
 * after that, so that nothing is done by halves.
 */


#include "ngx_http_chat_broker_redis.h"


/* in ms: an hour for who is there */

#define NGX_HTTP_CHAT_SCRIPT_PRESENCE_LIFE  "3600000"

/* in ms: how long a worker lives without a word, and is remembered as dead */

#define NGX_HTTP_CHAT_SCRIPT_LEASE_LIFE     "15000"
#define NGX_HTTP_CHAT_SCRIPT_DEAD_LIFE      "7200000"

/* users of a dead worker that one call takes out of a room */

#define NGX_HTTP_CHAT_SCRIPT_SWEEP_MAX      "500"


/*
 * say() announces a record ENTER or LEAVE with n users left; its payload is
 * that of lib/ngx_chat_wire.h.
 */

#define NGX_HTTP_CHAT_SCRIPT_SAY                                              \
    "local c = redis.call\n"                                                  \
    "local function field(tag, v)\n"                                          \
    "  return tag .. struct.pack('>I4', #v) .. v\n"                           \
    "end\n"                                                                   \
    "local function say(ch, kind, id, name, n)\n"                             \
    "  local t = c('TIME')\n"                                                 \
    "  local p = '\\1' .. field('U', id) .. field('N', name)\n"               \
    "  if n > 0 then p = p .. field('C', string.format('%d', n)) end\n"       \
    "  c('PUBLISH', ch, string.format('%s 0 0 %d \\n', kind,\n"               \
    "    t[1] * 1000 + math.floor(t[2] / 1000)) .. p)\n"                      \
    "end\n"


/* drop() takes a worker's user out, who is no more in that worker's set */

#define NGX_HTTP_CHAT_SCRIPT_DROP                                             \
    "local pw, pu, pi, pl, ch = unpack(KEYS)\n"                               \
    "local function drop(w, u)\n"                                             \
    "  if c('HINCRBY', pw, w, -1) <= 0 then c('HDEL', pw, w) end\n"           \
    "  if c('HINCRBY', pu, u, -1) > 0 then return end\n"                      \
    "  local name = c('HGET', pi, u) or u\n"                                  \
    "  c('HDEL', pu, u)\n"                                                    \
    "  c('HDEL', pi, u)\n"                                                    \
    "  c('ZREM', pl, u)\n"                                                    \
    "  say(ch, 'L', u, name, c('ZCARD', pl))\n"                               \
    "end\n"


/*
 * KEYS pw pu pi pl ch pw:<worker>, ARGV worker, user, name, longest list;
 * returns users, workers that have some of them, and the list's ids and names
 * if it is not too long.
 */

const ngx_str_t  ngx_http_chat_script_enter = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_SAY
    "local pw, pu, pi, pl, ch, mine = unpack(KEYS)\n"
    "local w, u = ARGV[1], ARGV[2]\n"
    "local new = false\n"
    "if c('SADD', mine, u) == 1 then\n"
    "  c('HINCRBY', pw, w, 1)\n"
    "  new = c('HINCRBY', pu, u, 1) == 1\n"
    "end\n"
    "c('HSET', pi, u, ARGV[3])\n"
    "c('ZADD', pl, 0, u)\n"
    "for _, key in ipairs({pw, pu, pi, pl, mine}) do\n"
    "  c('PEXPIRE', key, " NGX_HTTP_CHAT_SCRIPT_PRESENCE_LIFE ")\n"
    "end\n"
    "local n = c('ZCARD', pl)\n"
    "local r = {n, c('HKEYS', pw)}\n"
    "if n <= tonumber(ARGV[4]) then\n"
    "  r[3] = c('ZRANGEBYLEX', pl, '-', '+')\n"
    "  r[4] = c('HMGET', pi, unpack(r[3]))\n"
    "end\n"
    "if new then say(ch, 'J', u, ARGV[3], n) end\n"
    "return r\n"
);


/* KEYS pw pu pi pl ch pw:<worker>, ARGV worker, user; returns users */

const ngx_str_t  ngx_http_chat_script_leave = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_SAY
    NGX_HTTP_CHAT_SCRIPT_DROP
    "if c('SREM', KEYS[6], ARGV[2]) == 1 then drop(ARGV[1], ARGV[2]) end\n"
    "return c('ZCARD', pl)\n"
);


/* KEYS pi pl, ARGV after, how many; returns users, ids, names */

const ngx_str_t  ngx_http_chat_script_list = ngx_string(
    "local c, a = redis.call, '-'\n"
    "if ARGV[1] ~= '' then a = '(' .. ARGV[1] end\n"
    "local u = c('ZRANGEBYLEX', KEYS[2], a, '+', 'LIMIT', 0, ARGV[2])\n"
    "local r = {c('ZCARD', KEYS[2]), u, u}\n"
    "if #u > 0 then r[3] = c('HMGET', KEYS[1], unpack(u)) end\n"
    "return r\n"
);


/*
 * KEYS pw pu pi pl ch pw:<worker>, ARGV worker that is dead; returns how many
 * of its users are left.  Who takes a user out of the worker's set is the one
 * who announces it.
 */

const ngx_str_t  ngx_http_chat_script_sweep = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_SAY
    NGX_HTTP_CHAT_SCRIPT_DROP
    "local w, theirs = ARGV[1], KEYS[6]\n"
    "local gone = c('SPOP', theirs, " NGX_HTTP_CHAT_SCRIPT_SWEEP_MAX ")\n"
    "for _, u in ipairs(gone) do drop(w, u) end\n"
    "local n = c('SCARD', theirs)\n"
    "if n == 0 then c('HDEL', pw, w) end\n"
    "return n\n"
);


/*
 * KEYS w dead ctl, ARGV worker, time of the last death it has seen, 1 if it
 * should have a lease, its host, workers that it found dead; returns 1 if the
 * worker is counted among the dead itself, the time of the last death, ms
 * until the first lease ends, the dead since, the living of its host.
 *
 * A worker that has no lease though it should was forgotten with all it told,
 * but not with what it told since: its id is dead from now on.
 *
 * Who is late himself judges nobody: it was the store that was away, and all
 * others are late too.  The times of the dead only grow, and no lease is
 * longer than it may be, should the clock have been set back.  The first
 * command that writes is one that needs no memory.
 */

const ngx_str_t  ngx_http_chat_script_lease = ngx_string(
    "local c, w, d, me = redis.call, KEYS[1], KEYS[2], ARGV[1]\n"
    "local t = c('TIME')\n"
    "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "local function ms(x) return string.format('%d', x) end\n"
    "c('ZREMRANGEBYSCORE', d, '-inf',\n"
    "  ms(now - " NGX_HTTP_CHAT_SCRIPT_DEAD_LIFE "))\n"
    "local life = ms(now + " NGX_HTTP_CHAT_SCRIPT_LEASE_LIFE ")\n"
    "local mine = c('ZSCORE', w, me)\n"
    "local gone, lost = {}, c('ZSCORE', d, me)\n"
    "if not lost and not mine and ARGV[3] == '1' then\n"
    "  gone[1], lost = me, 1\n"
    "end\n"
    "local function bury(id)\n"
    "  if c('ZREM', w, id) == 1 then gone[#gone + 1] = id end\n"
    "end\n"
    "if lost and not c('ZSCORE', d, me) then gone[1] = me end\n"
    "for i = 5, #ARGV do bury(ARGV[i]) end\n"
    "local late = c('ZRANGEBYSCORE', w, '-inf', ms(now), 'LIMIT', 0, 1000)\n"
    "local spare = mine and tonumber(mine) <= now\n"
    "for _, id in ipairs(late) do\n"
    "  if spare then c('ZADD', w, life, id) else bury(id) end\n"
    "end\n"
    "local long = c('ZRANGEBYSCORE', w, '(' .. life, '+inf', 'LIMIT', 0, 1000)"
    "\n"
    "for _, id in ipairs(long) do c('ZADD', w, life, id) end\n"
    "if #gone > 0 then\n"
    "  local top = c('ZREVRANGE', d, 0, 0, 'WITHSCORES')[2] or 0\n"
    "  local at = ms(math.max(now, tonumber(top)))\n"
    "  for _, id in ipairs(gone) do c('ZADD', d, at, id) end\n"
    "  c('PEXPIRE', d, " NGX_HTTP_CHAT_SCRIPT_DEAD_LIFE ")\n"
    "  c('PUBLISH', KEYS[3], '')\n"
    "end\n"
    "if not lost then c('ZADD', w, life, me) end\n"
    "local x = c('ZRANGEBYSCORE', d, ARGV[2], '+inf', 'WITHSCORES',\n"
    "  'LIMIT', 0, 2000)\n"
    "local dead, seen = {}, ARGV[2]\n"
    "for i = 1, #x, 2 do dead[#dead + 1], seen = x[i], ms(x[i + 1]) end\n"
    "local near = {}\n"
    "for _, id in ipairs(c('ZRANGE', w, 0, -1)) do\n"
    "  if string.sub(id, 1, #ARGV[4]) == ARGV[4] then\n"
    "    near[#near + 1] = id\n"
    "  end\n"
    "end\n"
    "local first = c('ZRANGE', w, 0, 0, 'WITHSCORES')[2] or life\n"
    "return {lost and 1 or 0, seen, first - now, dead, near}\n"
);
