
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
#include "ngx_http_chat_broker_redis_script_log.h"


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
    NGX_HTTP_CHAT_SCRIPT_BEGIN
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
    NGX_HTTP_CHAT_SCRIPT_NUMBER
    NGX_HTTP_CHAT_SCRIPT_ADD
    NGX_HTTP_CHAT_SCRIPT_STORED
    NGX_HTTP_CHAT_SCRIPT_TOLD;


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
 * What was deleted in front of the first entry that is left is still kept.
 * fill(x, low) puts what was deleted, and is above low, where it belongs among
 * the entries x, which ascend.  before(x) does the same with those that descend
 * from n, of which the first may be behind something deleted.
 */

#define NGX_HTTP_CHAT_SCRIPT_DELETED                                          \
    "local gone = string.sub(k, 1, -2) .. 'x'\n"                              \
    "local deleted = l and c('HLEN', gone) > 0\n"                             \
    "if deleted then\n"                                                       \
    "  local v = c('XRANGE', l, '-', '+', 'COUNT', 1)[1]\n"                   \
    "  v = v and v[2][2]\n"                                                   \
    "  for i = 1, 256 do\n"                                                   \
    "    local p = v and string.match(v, '^%u %d+ (%d+) ')\n"                 \
    "    v = p and c('HGET', gone, p)\n"                                      \
    "    if not v then break end\n"                                           \
    "    floor = p\n"                                                         \
    "  end\n"                                                                 \
    "end\n"                                                                   \
    "local function fill(x, low)\n"                                           \
    "  local y = {}\n"                                                        \
    "  for i, v in ipairs(x) do\n"                                            \
    "    local q, more = v, {}\n"                                             \
    "    while deleted do\n"                                                  \
    "      local p = string.match(q[2][2], '^%u %d+ (%d+) ')\n"               \
    "      local v = p and p - low > 0 and c('HGET', gone, p)\n"              \
    "      if not v then break end\n"                                         \
    "      q = {p .. '-0', {" NGX_HTTP_CHAT_SCRIPT_FIELD ", v}}\n"            \
    "      more[#more + 1] = q\n"                                             \
    "    end\n"                                                               \
    "    for j = #more, 1, -1 do y[#y + 1] = more[j] end\n"                   \
    "    y[#y + 1] = v\n"                                                     \
    "    low = string.match(v[1], '^%d+')\n"                                  \
    "  end\n"                                                                 \
    "  return y\n"                                                            \
    "end\n"                                                                   \
    "local function before(x)\n"                                              \
    "  local y, r = {}, {}\n"                                                 \
    "  for i = #x, 1, -1 do y[#y + 1] = x[i] end\n"                           \
    "  if n ~= '+' then\n"                                                    \
    "    y[#y + 1] = c('XRANGE', l, n .. '-0', '+', 'COUNT', 1)[1]\n"         \
    "  end\n"                                                                 \
    "  y = fill(y, floor - 1)\n"                                              \
    "  for i = #y, 1, -1 do\n"                                                \
    "    if n == '+' or string.match(y[i][1], '^%d+') - n < 0 then\n"         \
    "      r[#r + 1] = y[i]\n"                                                \
    "    end\n"                                                               \
    "  end\n"                                                                 \
    "  return r\n"                                                            \
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
    "  if s == '0' then c('DEL', l, string.sub(k, 1, -2) .. 'x') end\n"
    "  floor = trim(l, t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[8])\n"
    "    or floor\n"
    "end\n"
       NGX_HTTP_CHAT_SCRIPT_DELETED
    "local other = ARGV[5] ~= '' and ARGV[5] ~= e\n"
    "if what ~= 'before' then\n"
    "  if other then whole = 2\n"
    "  elseif n - s > 0 then whole = 0\n"
    "  elseif n ~= s then\n"
    "    x = l and c('XRANGE', l, '(' .. n .. '-0', '+', 'COUNT', most + 1)\n"
    "      or x\n"
    "    x = fill(x, n)\n"
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
    "  x = c('XREVRANGE', l, n == '+' and n or '(' .. n .. '-0', '-',\n"
    "    'COUNT', most + 1)\n"
    "  if deleted then x = before(x) end\n"
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


/* The scripts that store, and what is around them with events. */

#define NGX_HTTP_CHAT_SCRIPT_NOTED_MAX                                        \
    (sizeof(ngx_http_chat_script_publish) + 2048)

#define NGX_HTTP_CHAT_SCRIPT_CHANGE_MAX  16384

static u_char     ngx_http_chat_script_noted_text
                      [NGX_HTTP_CHAT_SCRIPT_NOTED_MAX];
static u_char     ngx_http_chat_script_change_text
                      [NGX_HTTP_CHAT_SCRIPT_CHANGE_MAX];
static ngx_str_t  ngx_http_chat_script_noted;
static ngx_str_t  ngx_http_chat_script_change_noted;


void
ngx_http_chat_broker_redis_script_make(void)
{
    ngx_http_chat_script_noted.data = ngx_http_chat_script_noted_text;
    ngx_http_chat_script_noted.len = (size_t)
        (ngx_snprintf(ngx_http_chat_script_noted_text,
                      NGX_HTTP_CHAT_SCRIPT_NOTED_MAX, "%V%s%V",
                      &ngx_http_chat_script_noted_before,
                      ngx_http_chat_script_publish,
                      &ngx_http_chat_script_noted_behind)
         - ngx_http_chat_script_noted_text);

    ngx_http_chat_script_change_noted.data = ngx_http_chat_script_change_text;
    ngx_http_chat_script_change_noted.len = (size_t)
        (ngx_snprintf(ngx_http_chat_script_change_text,
                      NGX_HTTP_CHAT_SCRIPT_CHANGE_MAX, "%V%V%V",
                      &ngx_http_chat_script_noted_before,
                      &ngx_http_chat_script_change,
                      &ngx_http_chat_script_noted_behind)
         - ngx_http_chat_script_change_text);
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
    &ngx_http_chat_script_change,
    &ngx_http_chat_script_note,
    &ngx_http_chat_script_take,
    &ngx_http_chat_script_noted,
    &ngx_http_chat_script_change_noted
};
