
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Ends an operation of the embedded store at a step, as a process that dies.
 */


#ifndef LOG_CRASH_H_INCLUDED
#define LOG_CRASH_H_INCLUDED


#include <setjmp.h>

#include "log_store.h"


typedef void (*operation_pt)(store_t *s);


static jmp_buf   crash_at;
static unsigned  crash_step;           /* that it ends at */
static unsigned  crash_steps;          /* that there were */


static void
crash_hook(const char *where)
{
    (void) where;

    if (++crash_steps == crash_step) {
        longjmp(crash_at, 1);
    }
}


/* Returns 1 if it came to its end before that step. */

static int
crash(store_t *s, operation_pt operation, unsigned step)
{
    int  done;

    crash_step = step;
    crash_steps = 0;
    done = 1;

    if (setjmp(crash_at) == 0) {
        ngx_chat_log_step = crash_hook;
        operation(s);

    } else {
        done = 0;
    }

    ngx_chat_log_step = NULL;

    return done;
}


#endif /* LOG_CRASH_H_INCLUDED */
