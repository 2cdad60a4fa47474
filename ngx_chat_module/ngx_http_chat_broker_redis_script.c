
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The Lua scripts by which a worker numbers, keeps and announces in Redis.
 *
 * Each touches the keys of one room, and seldom the index of rooms.  All are
 * named in KEYS but that and those of rights, which are seldom there.  It ends
 * with its PUBLISH, so that what is refused (for want of memory, say) is not
 * heard.
 */


#include "ngx_http_chat_broker_redis_note.h"
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
 * KEYS m [d] [l], ARGV owner, payload, how, channel (or nothing: it is
 * announced later), limit, [life of d in ms]; returns the header "kind seq prev
 * time epoch LF" of the record, or where the limit is only told {header, how
 * long}.  A message that d knows is not stored again: returns {its header}, or
 * 0 if the fingerprint is another's.  What the room's rights or its limit
 * refuse: {why not, how long}.  How is
 *
 *     kind, one character, and " "
 *     who writes, one digit
 *     fingerprint, 32 characters, with d only
 *     " " longest log " " oldest entry in ms " " life of m in ms " " new epoch
 *         " " ip " " user
 *
 * in one.  Instructions were counted here: an argument costs 700 and more, a
 * string that is made 400, a command 3,000 to 7,000.  So what is asked of m is
 * one field, in which all that is of use mostly stands behind the number.  The
 * hash r is no key: it is looked at only where that field ends in "!", or where
 * m has been lost.
 */

static const u_char  ngx_http_chat_script_publish[] =
    "local c, sub, k, A = redis.call, string.sub, KEYS[1], ARGV\n"
    "local me, how, life = A[1], A[3], A[6]\n"
    "local d, l, print = nil, KEYS[2], nil\n"
    "if life then d, l, print = l, KEYS[3], sub(how, 4, 35) end\n"
    "local m, t = c('HGET', k, 's') or '0', c('TIME')\n"
    "local sec, us, e, p, giver = t[1], t[2]\n"
    "local new, who, rights, slow = sub(m, -37, -14) ~= me, sub(how, 3, 3)\n"
    "if new and sub(m, -1) == '!' then\n"
    "  m, rights = sub(m, 1, -2), true\n"
    "  new = sub(m, -37, -14) ~= me\n"
    "end\n"
    "if new then\n"
    "  local f = c('HMGET', k, 'e', 'n')\n"
    "  e, p, giver = f[1], string.match(m, '^%d+') or m, f[2] or ''\n"
    "  rights = rights or not e\n"
    "else\n"
    "  e, p = sub(m, -12), sub(m, 1, -39)\n"
    "end\n"
    "local v = d and e and c('GET', d)\n"
    "if v and sub(v, -#e - 2) == ' ' .. e .. '\\n' then\n"
    "  if sub(v, 1, 32) ~= print then return 0 end\n"
    "  return {sub(v, 33)}\n"
    "end\n"
    "if rights and who < '2' or who > '3' then\n"
       NGX_HTTP_CHAT_SCRIPT_JUDGE
    "  local ip, user = string.match(how, '^ %d+ %d+ %d+ %w+ (%S*) (.*)',\n"
    "    d and 36 or 4)\n"
    "  local ms = sec * 1000 + math.floor(us / 1000)\n"
    "  local why, left, role, conf = judge(sub(k, 1, -2), ms, user, ip, who,\n"
    "    'W')\n"
    "  if why > 0 then return {why, left} end\n"
    "  if role < 2 and conf[2] > 0 then\n"
    "    slow = {sub(k, 1, -2) .. 't:' .. user, conf[2] * 1000, ms}\n"
    "  end\n"
    "end\n"
    "local s = p + 1\n"
    "if s > " NGX_HTTP_CHAT_SCRIPT_LAST " then\n"
    "  return redis.error_reply('WRONGTYPE a room without numbers')\n"
    "end\n"
       NGX_HTTP_CHAT_SCRIPT_METER
    "local most, age, long, epoch\n"
    "if new or s % 16 == 0 then\n"
    "  most, age, long, epoch =\n"
    "    string.match(how, '^ (%d+) (%d+) (%d+) (%w+) ', d and 36 or 4)\n"
    "end\n"
    "if new then\n"
    "  if l and s == 1 then c('DEL', l) end\n"
    "  if not e then e = epoch\n"
    "  elseif sub(giver, 1, 16) ~= sub(me, 1, 16) then\n"
    "    s = math.max(s + " NGX_HTTP_CHAT_SCRIPT_JUMP ",\n"
    "      (sec * 1000 + math.floor(us / 1000)) * "
           NGX_HTTP_CHAT_SCRIPT_PER_MSEC ")\n"
    "  end\n"
    "end\n"
    "if #us < 6 then us = string.format('%06d', us) end\n"
    "local n = string.format('%d', s)\n"
    "local h = sub(how, 1, 2) .. n .. ' ' .. p .. ' '\n"
    "  .. sec .. sub(us, 1, 3) .. ' ' .. e .. '\\n'\n"
    "local r = h .. A[2]\n"
    "if l then\n"
    "  local a = redis.pcall('XADD', l, n, " NGX_HTTP_CHAT_SCRIPT_FIELD ", r)\n"
    "  if type(a) == 'table' then\n"
    "    if string.find(a.err, 'XADD') or string.find(a.err, 'last possible')\n"
    "    then\n"
    "      return " NGX_HTTP_CHAT_SCRIPT_STRANGE "\n"
    "    end\n"
    "    return a\n"
    "  end\n"
    "  if s % 16 == 0 then c('XTRIM', l, 'MAXLEN', '~', most) end\n"
    "  if s % 256 == 0 then\n"
       NGX_HTTP_CHAT_SCRIPT_TRIM
    "    trim(l, sec * 1000 - age)\n"
    "  end\n"
    "end\n"
    "if new and rights then\n"
    "  rights = c('HGET', sub(k, 1, -2) .. 'r', 'c')\n"
    "end\n"
    "local now = n .. ' ' .. me .. ' ' .. e\n"
    "if rights then now = now .. '!' end\n"
    "if new then\n"
    "  c('HSET', k, 'e', e, 's', now, 'n', me)\n"
    "  c('PEXPIRE', k, long)\n"
    "  if l then c('PEXPIRE', l, age + "
           NGX_HTTP_CHAT_SCRIPT_LOG_MORE ") end\n"
       NGX_HTTP_CHAT_SCRIPT_INDEX
    "else c('HSET', k, 's', now) end\n"
    "if full then c('HSET', k, 'b', full) end\n"
    "if d then c('PSETEX', d, life, print .. h) end\n"
    "if slow then c('PSETEX', unpack(slow)) end\n"
    "if A[4] ~= '' then c('PUBLISH', A[4], r) end\n"
    "if late then return {h, late} end\n"
    "return h\n";


/*
 * Finds or makes a room's epoch e and last number s, and finds conf, as in the
 * hash r, or an empty text; needs m as KEYS[1].  Its life is renewed (while the
 * room is silent its members do that every few seconds), but never made shorter
 * than a log's; that of the log begins with the first message, to which the
 * owner's time looks old.
 */

#define NGX_HTTP_CHAT_SCRIPT_ROOM                                             \
    "local c, k, t = redis.call, KEYS[1], redis.call('TIME')\n"               \
    "local m = c('HMGET', k, 'e', 's', 'n')\n"                                \
    "local e, s = m[1], string.match(m[2] or '0', '^%d+')\n"                  \
    "local conf = c('HGET', string.sub(k, 1, -2) .. 'r', 'c') or ''\n"        \
    "local life = e and s ~= '0' and " NGX_HTTP_CHAT_SCRIPT_META_LIFE "\n"    \
    "  or " NGX_HTTP_CHAT_SCRIPT_EMPTY_LIFE "\n"                              \
    "if not e then\n"                                                         \
    "  e, s = ARGV[1], '0'\n"                                                 \
    "  c('HSET', k, 'e', e, 's', conf ~= '' and '0!' or s,\n"                 \
    "    'n', string.sub(ARGV[2], 1, 17) .. 0)\n"                             \
    "  c('PEXPIRE', k, life)\n"                                               \
       NGX_HTTP_CHAT_SCRIPT_INDEX                                             \
    "elseif m[3] ~= ARGV[2] and c('PTTL', k) < life then\n"                   \
    "  c('PEXPIRE', k, life)\n"                                               \
    "end\n"


/*
 * KEYS m [l], ARGV new epoch, owner, what (after, before, resume), number,
 * epoch or nothing, how many, bytes, oldest entry in ms; returns epoch, last
 * number, oldest number kept, 1 if nothing is missing between the number and
 * what follows (0: something is, 2: the epoch is another), 1 if there is more,
 * conf, and the records, oldest first.  "resume" is "after" where nothing is
 * missing, and else "before" the end.  Where no number has been given yet, the
 * log is that of numbers that Redis has lost.
 */

static const u_char  ngx_http_chat_script_history[] =
    NGX_HTTP_CHAT_SCRIPT_TRIM
    NGX_HTTP_CHAT_SCRIPT_ROOM
    "local l, what, n = KEYS[2], ARGV[3], ARGV[4]\n"
    "local most, room, x, whole = ARGV[6] + 0, ARGV[7] + 0, {}, 1\n"
    "local floor = string.format('%d', s + 1)\n"
    "if l then\n"
    "  if s == '0' then c('DEL', l) end\n"
    "  floor = trim(l, t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[8])\n"
    "    or floor\n"
    "end\n"
    "local other = ARGV[5] ~= '' and ARGV[5] ~= e\n"
    "if what ~= 'before' then\n"
    "  if other then whole = 2\n"
    "  elseif n - s > 0 then whole = 0\n"
    "  elseif n ~= s then\n"
    "    x = l and c('XRANGE', l, '(' .. n .. '-0', '+', 'COUNT', most + 1)\n"
    "      or x\n"
    "    local p = x[1] and string.match(x[1][2][2], '^%u %d+ (%d+) ')\n"
    "    if x[1] and not p then\n"
    "      return " NGX_HTTP_CHAT_SCRIPT_STRANGE "\n"
    "    end\n"
    "    if not p or p - n > 0 then whole, x = 0, {} end\n"
    "  end\n"
    "elseif other then whole = 2 end\n"
    "local back = what == 'before' and whole == 1\n"
    "  or what == 'resume' and whole ~= 1\n"
    "if what == 'resume' then n = '+' end\n"
    "if back and l and n ~= '0' then\n"
    "  if n ~= '+' then n = '(' .. n .. '-0' end\n"
    "  x = c('XREVRANGE', l, n, '-', 'COUNT', most + 1)\n"
    "end\n"
    "if what == 'resume' and whole == 2 then whole = 0 end\n"
    "local r, size = {}, 0\n"
    "for i = 1, math.min(#x, most) do\n"
    "  local v = x[i]\n"
    "  local f, q = v[2], string.match(v[1], '^(%d+)-0$')\n"
    "  if not q or #f ~= 2 or f[1] ~= " NGX_HTTP_CHAT_SCRIPT_FIELD "\n"
    "    or not string.find(f[2], '^%u ' .. q .. ' ') then\n"
    "    return " NGX_HTTP_CHAT_SCRIPT_STRANGE "\n"
    "  end\n"
    "  size = size + #f[2] + " NGX_HTTP_CHAT_SCRIPT_AROUND "\n"
    "  if i > 1 and size > room then break end\n"
    "  r[i] = f[2]\n"
    "end\n"
    "local a = {e, s, floor, whole, #x > #r and 1 or 0, conf}\n"
    "if back then\n"
    "  for i = #r, 1, -1 do a[#a + 1] = r[i] end\n"
    "else\n"
    "  for i = 1, #r do a[#a + 1] = r[i] end\n"
    "end\n"
    "return a\n";


/* The script that stores a message, and what is around it with events. */

#define NGX_HTTP_CHAT_SCRIPT_NOTED_MAX                                        \
    (sizeof(ngx_http_chat_script_publish) + 2048)

static u_char     ngx_http_chat_script_noted_text
                      [NGX_HTTP_CHAT_SCRIPT_NOTED_MAX];
static ngx_str_t  ngx_http_chat_script_noted;


void
ngx_http_chat_broker_redis_script_make(void)
{
    u_char  *p;

    p = ngx_http_chat_script_noted_text;

    p = ngx_snprintf(p, NGX_HTTP_CHAT_SCRIPT_NOTED_MAX, "%V%s%V",
                     &ngx_http_chat_script_noted_before,
                     ngx_http_chat_script_publish,
                     &ngx_http_chat_script_noted_behind);

    ngx_http_chat_script_noted.data = ngx_http_chat_script_noted_text;
    ngx_http_chat_script_noted.len = (size_t)
                                     (p - ngx_http_chat_script_noted_text);
}


#define ngx_http_chat_script(text)                                            \
    &(const ngx_str_t) { sizeof(text) - 1, (u_char *) (text) }


const ngx_str_t
    *ngx_http_chat_broker_redis_scripts[NGX_HTTP_CHAT_SCRIPT_COUNT] =
{
    ngx_http_chat_script(ngx_http_chat_script_publish),
    ngx_http_chat_script(ngx_http_chat_script_history),
    &ngx_http_chat_script_enter,
    &ngx_http_chat_script_leave,
    &ngx_http_chat_script_list,
    &ngx_http_chat_script_sweep,
    &ngx_http_chat_script_rights,
    &ngx_http_chat_script_moderate,
    &ngx_http_chat_script_acts,
    &ngx_http_chat_script_rooms,
    &ngx_http_chat_script_lease,
    &ngx_http_chat_script_meter,
    &ngx_http_chat_script_tally,
    &ngx_http_chat_script_note,
    &ngx_http_chat_script_take,
    &ngx_http_chat_script_noted
};
