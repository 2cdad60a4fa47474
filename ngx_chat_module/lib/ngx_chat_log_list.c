
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's list of a room's users: a part of it, sorted by id.
 *
 * The room's own list has no order.  Of all that come after an id, the least
 * ones are kept in a heap, the greatest of these on top.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


static void ngx_chat_log_list_add(ngx_chat_log_list_t *list,
    const ngx_chat_log_names_t *names, const ngx_chat_str_t *after);
static void ngx_chat_log_list_set(ngx_chat_user_t *user, unsigned char *to,
    const ngx_chat_log_names_t *names);
static void ngx_chat_log_list_up(ngx_chat_user_t *users, size_t i);
static void ngx_chat_log_list_down(ngx_chat_user_t *users, size_t n);
static void ngx_chat_log_list_swap(ngx_chat_user_t *a, ngx_chat_user_t *b);
static int ngx_chat_log_list_less(const ngx_chat_str_t *a,
    const ngx_chat_str_t *b);


ngx_chat_log_rc_e
ngx_chat_log_list(ngx_chat_log_t *log, const ngx_chat_str_t *room,
    const ngx_chat_str_t *after, ngx_chat_log_list_t *list)
{
    size_t                n;
    uint32_t              index, left;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *r;
    ngx_chat_log_user_t  *u;
    ngx_chat_log_names_t  names;

    list->count = 0;
    list->n = 0;
    list->more = 0;

    rc = ngx_chat_log_room_find(log, room, &r);

    if (rc != NGX_CHAT_LOG_OK) {
        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
    }

    list->count = r->users;

    if (list->all && r->users > list->limit) {
        list->more = 1;
        return NGX_CHAT_LOG_OK;
    }

    index = r->first;

    for (left = r->users; left > 0; left--) {
        u = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_USER);

        if (u == NULL || !ngx_chat_log_user_read(log, u, &names)) {
            return ngx_chat_log_broken(log);
        }

        ngx_chat_log_list_add(list, &names, after);
        index = u->item.next;
    }

    /* the greatest goes behind those that are left */

    for (n = list->n; n > 1; n--) {
        ngx_chat_log_list_swap(&list->users[0], &list->users[n - 1]);
        ngx_chat_log_list_down(list->users, n - 1);
    }

    return (index == 0) ? NGX_CHAT_LOG_OK : ngx_chat_log_broken(log);
}


static void
ngx_chat_log_list_add(ngx_chat_log_list_t *list,
    const ngx_chat_log_names_t *names, const ngx_chat_str_t *after)
{
    unsigned char    *to;
    ngx_chat_user_t  *users;

    users = list->users;

    if (!ngx_chat_log_list_less(after, &names->user.id)) {
        return;
    }

    if (list->n < list->limit) {
        to = list->buf + list->n * NGX_CHAT_LOG_USER_MAX;
        ngx_chat_log_list_set(&users[list->n], to, names);
        ngx_chat_log_list_up(users, list->n);
        list->n++;
        return;
    }

    list->more = 1;

    if (list->n > 0 && ngx_chat_log_list_less(&names->user.id, &users[0].id)) {
        to = list->buf + (users[0].id.data - list->buf);
        ngx_chat_log_list_set(&users[0], to, names);
        ngx_chat_log_list_down(users, list->n);
    }
}


static void
ngx_chat_log_list_set(ngx_chat_user_t *user, unsigned char *to,
    const ngx_chat_log_names_t *names)
{
    user->id.data = to;
    user->id.len = names->user.id.len;
    user->name.data = to + names->user.id.len;
    user->name.len = names->user.name.len;

    memcpy(to, names->bytes, user->id.len + user->name.len);
}


static void
ngx_chat_log_list_up(ngx_chat_user_t *users, size_t i)
{
    size_t  over;

    for ( /* void */ ; i > 0; i = over) {
        over = (i - 1) / 2;

        if (!ngx_chat_log_list_less(&users[over].id, &users[i].id)) {
            return;
        }

        ngx_chat_log_list_swap(&users[over], &users[i]);
    }
}


static void
ngx_chat_log_list_down(ngx_chat_user_t *users, size_t n)
{
    size_t  i, under;

    i = 0;

    for ( ;; ) {
        under = 2 * i + 1;

        if (under >= n) {
            return;
        }

        if (under + 1 < n
            && ngx_chat_log_list_less(&users[under].id, &users[under + 1].id))
        {
            under++;
        }

        if (!ngx_chat_log_list_less(&users[i].id, &users[under].id)) {
            return;
        }

        ngx_chat_log_list_swap(&users[i], &users[under]);
        i = under;
    }
}


static void
ngx_chat_log_list_swap(ngx_chat_user_t *a, ngx_chat_user_t *b)
{
    ngx_chat_user_t  user;

    user = *a;
    *a = *b;
    *b = user;
}


/* By bytes; what another begins with is less. */

static int
ngx_chat_log_list_less(const ngx_chat_str_t *a, const ngx_chat_str_t *b)
{
    int     rc;
    size_t  n;

    n = (a->len < b->len) ? a->len : b->len;
    rc = (n == 0) ? 0 : memcmp(a->data, b->data, n);

    return rc < 0 || (rc == 0 && a->len < b->len);
}
