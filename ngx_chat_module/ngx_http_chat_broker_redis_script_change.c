
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The Lua script by which messages are edited and deleted in Redis.
 */


#include "ngx_http_chat_broker_redis_script_log.h"


/* ms that the log of acts outlives the last one, at least */

#define NGX_HTTP_CHAT_SCRIPT_ACTS_LEAST  "7776000000"


/*
 * As the script that stores messages, with two more in ARGV: the number of the
 * message, and 1 for who may change what others have said.  Returns the same.
 *
 * What could refuse a write is read in front of the first one.  A deletion
 * begins with what it leaves: who was refused in the middle of it (for a Redis
 * user without XDEL, say) has added nothing to the log.
 */

const ngx_str_t  ngx_http_chat_script_change = ngx_string(
    "local any = table.remove(ARGV)\n"
    "local ref = table.remove(ARGV)\n"
    NGX_HTTP_CHAT_SCRIPT_BEGIN
    NGX_HTTP_CHAT_SCRIPT_JUDGE
    "local lasts, ip, user = string.match(how,\n"
    "  '^ %d+ (%d+) %d+ %w+ (%S*) (.*)', d and 36 or 4)\n"
    "local ms, role = sec * 1000 + math.floor(us / 1000), who % 4\n"
    "if rights or who > '3' then\n"
    "  local why, left, higher = judge(sub(k, 1, -2), ms, user, ip, who, 'C')\n"
    "  if why > 0 then return {why, left} end\n"
    "  role = higher\n"
    "end\n"

    "local function fields(r)\n"
    "  local i, f = string.find(r, '\\n', 1, true) + 2, {}\n"
    "  while i <= #r do\n"
    "    local z = i + 4 + struct.unpack('>I4', r, i + 1)\n"
    "    f[sub(r, i, i)] = sub(r, i + 5, z)\n"
    "    i = z + 1\n"
    "  end\n"
    "  return f\n"
    "end\n"
    "local function field(tag, v)\n"
    "  return tag .. struct.pack('>I4', #v) .. v\n"
    "end\n"
    "local function erase(r)\n"
    "  local f = fields(r)\n"
    "  r = sub(r, 1, string.find(r, '\\n', 1, true) + 1)\n"
    "  for tag in string.gmatch('UNRIF', '.') do\n"
    "    if f[tag] then r = r .. field(tag, f[tag]) end\n"
    "  end\n"
    "  return r .. field('Z', '1')\n"
    "end\n"
    "local function at(q)\n"
    "  local f = c('XRANGE', l, q .. '-0', q .. '-0')[1]\n"
    "  return f and f[2][2]\n"
    "end\n"

    /* ngx_chat_log_change() */

    "local x, acts = sub(k, 1, -2) .. 'x', sub(k, 1, -2) .. 'a'\n"
    "if not e or ref - p > 0 then return {8, 0} end\n"
    "local old, also = at(ref), c('HGET', x, 'e' .. ref) or ''\n"
    "if not old then\n"
    "  local f = c('XRANGE', l, '-', '+', 'COUNT', 1)[1]\n"
    "  f = f and string.match(f[1], '^%d+') or p + 1\n"
    "  return {ref - f < 0 and not c('HGET', x, ref) and 9 or 8, 0}\n"
    "end\n"
    "local kind, time = string.match(old, '^(%u) ' .. ref .. ' %d+ (%d+) ')\n"
    "if not kind then return " NGX_HTTP_CHAT_SCRIPT_STRANGE " end\n"
    "if ms - time > lasts + 0 then return {9, 0} end\n"
    "if kind ~= 'M' then return {8, 0} end\n"
    "local of, edit = fields(old), sub(how, 1, 1) == 'E'\n"
    "local own = of.U == user\n"
    "if any ~= '1' and not own and (edit or role < 2) then return {2, 0} end\n"
    "if edit and of.X and not fields('\\n' .. A[2]).X then return {10, 0} end\n"
    "if not own then c('XREVRANGE', acts, '+', '-', 'COUNT', 1) end\n"

    NGX_HTTP_CHAT_SCRIPT_NUMBER

    "if not edit then\n"
    "  for q in string.gmatch(ref .. also, '%d+') do\n"
    "    local v = at(q)\n"
    "    if v then\n"
    "      c('HSET', x, q, erase(v))\n"
    "      c('XDEL', l, q .. '-0')\n"
    "    end\n"
    "  end\n"
    "end\n"

    NGX_HTTP_CHAT_SCRIPT_ADD

    "if edit then c('HSET', x, 'e' .. ref, also .. ' ' .. n)\n"
    "else c('HDEL', x, 'e' .. ref) end\n"
    "c('PEXPIRE', x, math.max(c('PTTL', l),\n"
    "  lasts + " NGX_HTTP_CHAT_SCRIPT_LOG_MORE "))\n"
    "if not own and not edit then\n"
    "  c('XADD', acts, 'MAXLEN', " ngx_value(NGX_HTTP_CHAT_ACTS_MAX) ", '*',\n"
    "    'd', string.format('X 0 0 %d %s\\n', ms, e) .. A[2]\n"
    "      .. field('W', 'delete') .. field('G', of.U))\n"
    "  if c('PTTL', acts) < " NGX_HTTP_CHAT_SCRIPT_ACTS_LEAST " then\n"
    "    c('PEXPIRE', acts, " NGX_HTTP_CHAT_SCRIPT_ACTS_LEAST ")\n"
    "  end\n"
    "end\n"
    NGX_HTTP_CHAT_SCRIPT_STORED
    NGX_HTTP_CHAT_SCRIPT_TOLD
);
