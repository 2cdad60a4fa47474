
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What lib/ngx_chat_rights.h says to cases on stdin, a line of numbers each:
 *
 *     0 right given reads role banned muted wrote address quiet lock slow now
 *     1 role act argument target self
 *
 * The answer is "code role until wait" or "code".
 */


#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ngx_chat_rights.h"


#define NUMBERS  13


static void
check(const int64_t *n)
{
    ngx_chat_case_t       asked;
    ngx_chat_actor_t      actor;
    ngx_chat_rights_t     rights, address;
    ngx_chat_verdict_t    verdict;
    ngx_chat_room_conf_t  conf;

    memset(&actor, 0, sizeof(actor));
    memset(&rights, 0, sizeof(rights));
    memset(&address, 0, sizeof(address));
    memset(&conf, 0, sizeof(conf));

    actor.given = (ngx_chat_role_e) n[2];
    actor.reads = n[3] & 1;
    rights.role = (ngx_chat_role_e) n[4];
    rights.banned = n[5];
    rights.muted = n[6];
    rights.wrote = n[7];
    address.banned = n[8];
    address.muted = n[9];
    conf.lock = (ngx_chat_lock_e) n[10];
    conf.slow = (uint32_t) n[11];

    asked.actor = &actor;
    asked.conf = &conf;
    asked.rights = &rights;
    asked.address = &address;
    asked.now = n[12];

    ngx_chat_rights_check(&verdict, (ngx_chat_right_e) n[1], &asked);

    printf("%d %d %" PRId64 " %" PRId64 "\n", (int) verdict.code,
           (int) verdict.role, verdict.until, verdict.wait);
}


static void
may(const int64_t *n)
{
    ngx_chat_mod_t  mod;

    memset(&mod, 0, sizeof(mod));

    mod.act = (ngx_chat_act_e) n[2];

    if (mod.act == NGX_CHAT_ACT_ROLE) {
        mod.role = (ngx_chat_role_e) n[3];
    }

    printf("%d\n", (int) ngx_chat_rights_may((ngx_chat_role_e) n[1], &mod,
                                             (ngx_chat_role_e) n[4],
                                             (int) n[5]));
}


int
main(void)
{
    int      i;
    char     line[512], *p;
    int64_t  n[NUMBERS];

    /* who asks may wait for each answer */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    while (fgets(line, sizeof(line), stdin)) {
        p = line;

        for (i = 0; i < NUMBERS; i++) {
            n[i] = strtoimax(p, &p, 10);
        }

        if (n[0] == 0) {
            check(n);

        } else {
            may(n);
        }
    }

    return 0;
}
