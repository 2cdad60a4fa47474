
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The role that the site gave, which a new login may change. */


#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_site.h"


ngx_chat_role_e
ngx_http_chat_rights_given(const ngx_http_chat_member_t *m)
{
    ngx_http_chat_session_t  *s;

    s = m->member.owner;

    return (ngx_chat_role_e) ngx_max((unsigned) m->given, s->head->given);
}


void
ngx_http_chat_rights_renewed(ngx_http_chat_session_t *s)
{
    ngx_chat_member_t         *member;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    for (member = s->rooms; member != NULL; member = member->owner_next) {
        m = (ngx_http_chat_member_t *) member;
        room = (ngx_http_chat_hub_room_t *) member->room;

        m->stale = 1;
        room->doubt = 1;
    }

    ngx_http_chat_hub_retry(s->conf->store->hub);

    /* whom a ban of the site spared before it may not spare now */

    ngx_http_chat_site_again(s);
}
