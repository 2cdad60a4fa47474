
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The Lua scripts by which a room's rights are asked for, changed and told.
 *
 * What all of them know of a room is in its hash r:
 *
 *     c          "version slow lock first last"
 *     u:<user>   "role banned muted"
 *     i:<ip>     "0 banned muted"
 *
 * where first is the earliest and last the latest end of all, ever for a role.
 * The numbers are those of lib/ngx_chat_rights.h, in decimals.  Last may be
 * later than is true, first earlier, until the next look at all fields.
 */


#include "ngx_http_chat_broker_redis_script_rights.h"


/* in ms: how long rights outlive their last end, a log its last act */

#define NGX_HTTP_CHAT_SCRIPT_RIGHTS_LIFE    "604800000"
#define NGX_HTTP_CHAT_SCRIPT_ACTS_LIFE      "7776000000"

/* to look at more fields takes its time: that is done once in so many ms */

#define NGX_HTTP_CHAT_SCRIPT_LARGE          "1000"
#define NGX_HTTP_CHAT_SCRIPT_LARGE_LOOK     "60000"


/*
 * KEYS r, ARGV user, ip, actor; returns why not, how long, conf, mute, role,
 * and of the last kick of the user by which role, the version, how long ago.
 */

const ngx_str_t  ngx_http_chat_script_rights = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_JUDGE
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "local k = string.sub(KEYS[1], 1, -2)\n"
    "local why, n, role, conf, me = judge(k, now, ARGV[1], ARGV[2], ARGV[3],\n"
    "  'E')\n"
    "local mute = role < 2 and me[3] > now and me[3] or 0\n"
    "local x = why == 0 and conf[1] > 0\n"
    "  and redis.call('HGET', k .. 'k', ARGV[1])\n"
    "x = numbers(x, 3)\n"
    "if now - x[3] >= " ngx_value(NGX_CHAT_RIGHTS_KICK_LIFE) " then\n"
    "  x = {0, 0, now}\n"
    "end\n"
    "return {why, n, conf[1], conf[2], conf[3], mute, role,\n"
    "  x[1], x[2], math.max(now - x[3], 0)}\n"
);


/* Remembers a kick in the hash k; of too many, the older half goes. */

#define NGX_HTTP_CHAT_SCRIPT_KICK                                             \
    "  c('HSET', q, whom, string.format('%d %d %d', role, conf[1], now))\n"   \
    "  c('PEXPIRE', q, " ngx_value(NGX_CHAT_RIGHTS_KICK_LIFE) ")\n"           \
    "  if c('HLEN', q) > " ngx_value(NGX_HTTP_CHAT_RIGHTS_MAX) " then\n"      \
    "    local all, old = c('HGETALL', q), {}\n"                              \
    "    for i = 1, #all, 2 do\n"                                             \
    "      local v = string.match(all[i + 1], '^%d+ (%d+)')\n"                \
    "      old[#old + 1] = {tonumber(v) or 0, all[i]}\n"                      \
    "    end\n"                                                               \
    "    table.sort(old, function(a, b) return a[1] < b[1] end)\n"            \
    "    for i = 1, #old / 2 do c('HDEL', q, old[i][2]) end\n"                \
    "  end\n"


/*
 * KEYS m r a, ARGV user, ip, actor, payload, act, whom, which address, ms that
 * it holds, its value, name of the channel, epoch of a room that is cleared;
 * returns why not, how long or until, conf.
 *
 * Ends that are over are dropped when one has come since the last time, or
 * when an act may have taken the last of all; where there are many, once in a
 * while and when all are taken.  The stream is the first to be
 * written: what refuses it, or is no hash of kicks, leaves all as it was.
 * Where rights begin anew, no kick of those that were lost is remembered.
 */

const ngx_str_t  ngx_http_chat_script_moderate = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_JUDGE
    "local c, m, r, a = redis.call, unpack(KEYS)\n"
    "local u, ip, actor, payload, act, whom, where, ms, value, channel,\n"
    "  another = unpack(ARGV)\n"
    "local ever = " NGX_HTTP_CHAT_SCRIPT_EVER "\n"
    "local function int(n) return string.format('%d', n) end\n"
    "local t = c('TIME')\n"
    "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "ms, value = tonumber(ms), tonumber(value)\n"
    "local epoch, k = c('HGET', m, 'e'), string.sub(m, 1, -2)\n"
    "local q = k .. 'k'\n"
    "local why, n, role, conf = judge(k, now, u, ip, actor, 'M')\n"
    "local function answer(why, n)\n"
    "  return {why, n, conf[1], conf[2], conf[3]}\n"
    "end\n"
    "if why ~= 0 then return answer(why, n) end\n"
    "local f = whom ~= '' and 'u:' .. whom or 'i:' .. where\n"
    "local old = c('HGET', r, f)\n"
    "local e = numbers(old, 3)\n"

    /* ngx_chat_rights_may() */

    "local self, target, may = whom == u, e[1], true\n"
    "if act == 'role' then\n"
    "  may = value < 4 and (self and value < target\n"
    "    or not self and (role == 3 or value < 2 and target < 2))\n"
    "elseif act == 'kick' or act == 'ban' or act == 'mute' then\n"
    "  may = not self and target < role\n"
    "elseif act == 'lock' then may = value < 3\n"
    "elseif act == 'clear' then may = role == 3 end\n"
    "if u == '' or not may then return answer(2, 0) end\n"

    /* nothing was said that could be cleared */

    "if act == 'clear' then\n"
    "  local s = epoch and c('HGET', m, 's') or '0'\n"
    "  if string.match(s, '^%d+') == '0' then return answer(0, 0) end\n"
    "  epoch = another\n"
    "end\n"

    /* what changes */

    "local ends, undone = 0, false\n"
    "if act == 'ban' or act == 'mute' then\n"
    "  ends = math.min(now + ms, ever)\n"
    "end\n"
    "if act == 'ban' then e[2] = ends\n"
    "elseif act == 'mute' then e[3] = ends\n"
    "elseif act == 'unban' then e[2], undone = 0, old\n"
    "elseif act == 'unmute' then e[3], undone = 0, old\n"
    "elseif act == 'role' then e[1], undone = value, old\n"
    "elseif act == 'slow' then conf[2] = value\n"
    "elseif act == 'lock' then conf[3] = value\n"
    "elseif act == 'unlock' then conf[3] = 0 end\n"

    /* what is over */

    "local first, last, size, fields = conf[4], conf[5], c('HLEN', r), {}\n"
    "local function holds(z)\n"
    "  z = tonumber(z)\n"
    "  if z <= now then return 0 end\n"
    "  if first == 0 or z < first then first = z end\n"
    "  if z > last then last = z end\n"
    "  return z\n"
    "end\n"
    "local function text(role, ban, mute)\n"
    "  if role + 0 > 0 then last = ever end\n"
    "  return role + ban + mute > 0\n"
    "    and string.format('%d %d %d', role, ban, mute)\n"
    "end\n"
    "local large = size > " NGX_HTTP_CHAT_SCRIPT_LARGE "\n"
    "local since = large and size <= " ngx_value(NGX_HTTP_CHAT_RIGHTS_MAX) "\n"
    "  and now - " NGX_HTTP_CHAT_SCRIPT_LARGE_LOOK " or now\n"
    "if undone and not large or first > 0 and first <= since then\n"
    "  first, last = 0, 0\n"
    "  local all = c('HGETALL', r)\n"
    "  for i = 1, #all, 2 do\n"
    "    local name, v = all[i], all[i + 1]\n"
    "    if name ~= 'c' and name ~= f then\n"
    "      local role, b, d = string.match(v, '^(%d) (%d+) (%d+)$')\n"
    "      if not role then error('WRONGTYPE rights of others') end\n"
    "      local ban, mute = holds(b), holds(d)\n"
    "      if role ~= '0' then last = ever end\n"
    "      if ban == 0 and b ~= '0' or mute == 0 and d ~= '0' then\n"
    "        v = text(role, ban, mute)\n"
    "        fields[name] = v\n"
    "        if not v then size = size - 1 end\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "if act ~= 'kick' and f ~= 'i:' then\n"
    "  fields[f] = text(e[1], holds(e[2]), holds(e[3]))\n"
    "  if fields[f] and not old\n"
    "    and size > " ngx_value(NGX_HTTP_CHAT_RIGHTS_MAX) "\n"
    "  then return answer(6, 0) end\n"
    "end\n"
    "local anew = conf[1] == 0\n"
    "conf[1] = anew and now or conf[1] + 1\n"

    /* and how it is told */

    "if act == 'kick' then c('HLEN', q) end\n"
    "local function field(tag, v)\n"
    "  v = v > 0 and int(v) or ''\n"
    "  return v == '' and v or tag .. struct.pack('>I4', #v) .. v\n"
    "end\n"
    "local rec = 'X 0 0 ' .. int(now) .. ' ' .. (epoch or '') .. '\\n'\n"
    "  .. payload .. field('E', ends) .. field('Q', conf[1])\n"
    "  .. field('V', act == 'kick' and role or 0)\n"
    "local id = redis.pcall('XADD', a, 'MAXLEN',\n"
    "  " ngx_value(NGX_HTTP_CHAT_ACTS_MAX) ", '*', 'd', rec)\n"
    "if type(id) == 'table' then\n"
    "  if string.find(id.err, 'last possible') then error('WRONGTYPE a') end\n"
    "  return id\n"
    "end\n"
    "if anew then c('DEL', q) end\n"
    "if act == 'clear' then\n"
    "  c('DEL', k .. 'l', k .. 'x')\n"
    "  c('HSET', m, 'e', epoch, 's', '0')\n"
    "end\n"
    "local life = (conf[2] > 0 or conf[3] > 0) and ever or last\n"
    "life = math.max(life - now, 0)\n"
    "c('PEXPIRE', a, int(math.max(life, " NGX_HTTP_CHAT_SCRIPT_ACTS_LIFE
    ")))\n"
    "c('HSET', r, 'c', string.format('%d %d %d %d %d',\n"
    "  conf[1], conf[2], conf[3], first, last))\n"
    "for x, v in pairs(fields) do\n"
    "  if v then c('HSET', r, x, v) else c('HDEL', r, x) end\n"
    "end\n"
    "c('PEXPIRE', r, int(life + " NGX_HTTP_CHAT_SCRIPT_RIGHTS_LIFE "))\n"
    "if act == 'kick' then\n"
       NGX_HTTP_CHAT_SCRIPT_KICK
    "end\n"
    "local bind = conf[2] > 0 or conf[3] > 0 or c('HLEN', r) > 1\n"
    "local s = string.match(c('HGET', m, 's') or '', '^[^!]+')\n"
    "if s then c('HSET', m, 's', bind and s .. '!' or s) end\n"
    "c('PUBLISH', k .. channel, rec)\n"
    "return answer(0, ends)\n"
);


/*
 * KEYS r a, ARGV user, ip, actor, how many; returns why not, how long, and the
 * records, latest first.
 */

const ngx_str_t  ngx_http_chat_script_acts = ngx_string(
    NGX_HTTP_CHAT_SCRIPT_JUDGE
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
    "local why, n = judge(string.sub(KEYS[1], 1, -2), now,\n"
    "  ARGV[1], ARGV[2], ARGV[3], 'M')\n"
    "local r = {why, n}\n"
    "if why ~= 0 then return r end\n"
    "local x = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', ARGV[4])\n"
    "for i, v in ipairs(x or {}) do\n"
    "  if v[2][1] ~= 'd' then error('WRONGTYPE acts of others') end\n"
    "  r[i + 2] = v[2][2]\n"
    "end\n"
    "return r\n"
);
