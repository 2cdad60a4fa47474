
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What tests of a damaged embedded store ask of it afterwards.
 */


#ifndef LOG_DAMAGE_H_INCLUDED
#define LOG_DAMAGE_H_INCLUDED


#include "log_store.h"
#include "log_validate.h"


static void
check(store_t *s)
{
    const char  *fault;

    fault = validate(s->log);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }
}


static ngx_chat_log_room_t *
find(store_t *s, const char *room)
{
    ngx_chat_str_t        name;
    ngx_chat_log_room_t  *found;

    name = str(room);

    if (ngx_chat_log_room_find(s->log, &name, &found) != NGX_CHAT_LOG_OK) {
        return NULL;
    }

    return found;
}


#endif /* LOG_DAMAGE_H_INCLUDED */
