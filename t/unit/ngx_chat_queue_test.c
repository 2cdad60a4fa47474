
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A queue of texts: order, the oldest dropped, what was lost, and processes
 * that die at each word that they write.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_queue.h"


#define SIZE  256


static ngx_chat_queue_t *
make(size_t size)
{
    ngx_chat_queue_t  *q;

    q = malloc(ngx_chat_queue_memory(size));
    assert_non_null(q);

    ngx_chat_queue_init(q, size);

    return q;
}


static void
add(ngx_chat_queue_t *q, const char *head, const char *body)
{
    ngx_chat_str_t  h, b;

    h.data = (const unsigned char *) head;
    h.len = strlen(head);
    b.data = (const unsigned char *) body;
    b.len = strlen(body);

    (void) ngx_chat_queue_begin(q);
    ngx_chat_queue_add(q, &h, &b);
    ngx_chat_queue_end(q);
}


/* All texts, with a space behind each. */

static const char *
all(const ngx_chat_queue_t *q)
{
    size_t                 len, n;
    unsigned char          buf[SIZE];
    ngx_chat_queue_walk_t  walk;

    static char            text[4 * SIZE];

    n = 0;
    ngx_chat_queue_start(q, &walk);

    while (ngx_chat_queue_next(q, &walk, buf, sizeof(buf), &len)) {
        memcpy(text + n, buf, len);
        n += len;
        text[n++] = ' ';
    }

    text[n] = '\0';

    return text;
}


static void
test_first_in_first_out(void **state)
{
    ngx_chat_queue_t  *q;

    (void) state;

    q = make(SIZE);

    assert_true(ngx_chat_queue_check(q, SIZE));
    assert_false(ngx_chat_queue_check(q, SIZE * 2));
    assert_string_equal(all(q), "");

    add(q, "a", "1");
    add(q, "", "2");
    add(q, "b", "");
    assert_string_equal(all(q), "a1 2 b ");
    assert_int_equal(q->first, 0);
    assert_int_equal(q->next, 3);
    assert_int_equal(ngx_chat_queue_lost(q), 0);

    ngx_chat_queue_take(q, 2);
    assert_string_equal(all(q), "b ");
    assert_int_equal(q->first, 2);

    /* again, and beyond the end */
    ngx_chat_queue_take(q, 1);
    ngx_chat_queue_take(q, 100);
    assert_string_equal(all(q), "");
    assert_int_equal(q->told, 3);
    assert_int_equal(ngx_chat_queue_lost(q), 0);

    free(q);
}


static void
test_the_oldest_is_dropped_and_counted(void **state)
{
    unsigned           i;
    char               text[16];
    ngx_chat_queue_t  *q;

    (void) state;

    q = make(SIZE);

    for (i = 0; i < 1000; i++) {
        (void) snprintf(text, sizeof(text), "%u", i);
        add(q, "text number ", text);
    }

    /* 16 bytes of each, and 16 of text */

    assert_int_equal(q->next, 1000);
    assert_int_equal(q->first, 992);
    assert_int_equal(ngx_chat_queue_lost(q), 992);
    assert_memory_equal(all(q), "text number 992 text number 993 ", 32);

    /* what is taken is told, and what was lost in front of it */

    ngx_chat_queue_take(q, 994);
    assert_int_equal(ngx_chat_queue_lost(q), 0);
    assert_memory_equal(all(q), "text number 994 ", 16);

    free(q);
}


static void
test_what_is_dropped_after_it_was_read_is_not_lost(void **state)
{
    unsigned           i;
    ngx_chat_queue_t  *q;

    (void) state;

    q = make(SIZE);

    for (i = 0; i < 8; i++) {
        add(q, "0123456789abcdef", "");
    }

    /* the reader has seen 8, and three are dropped before it says so */

    for (i = 0; i < 3; i++) {
        add(q, "0123456789abcdef", "");
    }

    assert_int_equal(ngx_chat_queue_lost(q), 3);
    ngx_chat_queue_take(q, 8);
    assert_int_equal(ngx_chat_queue_lost(q), 0);
    assert_int_equal(q->first, 8);
    assert_int_equal(q->next, 11);

    free(q);
}


static void
test_larger_than_the_queue(void **state)
{
    char               text[SIZE + 1];
    ngx_chat_queue_t  *q;

    (void) state;

    q = make(SIZE);

    memset(text, 'x', SIZE);
    text[SIZE] = '\0';

    add(q, "a", "");
    add(q, text, "");
    assert_string_equal(all(q), "");
    assert_int_equal(ngx_chat_queue_lost(q), 2);

    text[SIZE - NGX_CHAT_QUEUE_AROUND] = '\0';
    add(q, text, "");
    assert_int_equal(strlen(all(q)), SIZE - NGX_CHAT_QUEUE_AROUND + 1);

    add(q, "b", "");
    assert_string_equal(all(q), "b ");
    assert_int_equal(ngx_chat_queue_lost(q), 3);

    free(q);
}


static void
test_a_buffer_that_is_too_small(void **state)
{
    size_t                 len;
    unsigned char          buf[4];
    ngx_chat_queue_t      *q;
    ngx_chat_queue_walk_t  walk;

    (void) state;

    q = make(SIZE);

    add(q, "12345", "");
    ngx_chat_queue_start(q, &walk);
    assert_int_equal(ngx_chat_queue_next(q, &walk, buf, 4, &len), 0);
    assert_int_equal(len, 5);
    assert_int_equal(walk.position, 0);

    free(q);
}


/*
 * Each word of the head as it was before, or after: what a process may have
 * written when it died.
 */

static void
test_who_dies_in_the_middle(void **state)
{
    unsigned           mask, i;
    size_t             n;
    ngx_chat_queue_t  *q, *before, *after;

    (void) state;

    n = ngx_chat_queue_memory(SIZE);
    q = make(SIZE);
    before = make(SIZE);
    after = make(SIZE);

    for (i = 0; i < 11; i++) {
        add(before, "0123456789abcdef", "");
    }

    memcpy(after, before, n);
    add(after, "new", "");

    for (mask = 0; mask < 16; mask++) {
        memcpy(q, after, n);

        q->changing = 1;
        q->first = (mask & 1) ? after->first : before->first;
        q->next = (mask & 2) ? after->next : before->next;
        q->tail = (mask & 4) ? after->tail : before->tail;
        q->head = (mask & 8) ? after->head : before->head;

        assert_int_equal(ngx_chat_queue_begin(q), 0);
        ngx_chat_queue_end(q);
        assert_int_equal(ngx_chat_queue_begin(q), 1);
        ngx_chat_queue_end(q);

        /* it goes on, and no position is given twice */

        assert_true(q->next >= before->next);
        add(q, "more", "");
        assert_non_null(strstr(all(q), "more "));
        assert_true(q->next > before->next);
        assert_true(q->first <= q->next);
    }

    free(q);
    free(before);
    free(after);
}


static void
test_whatever_the_memory_holds(void **state)
{
    size_t             i, n;
    unsigned           round;
    uint32_t           seed;
    unsigned char     *p;
    ngx_chat_queue_t  *q;

    (void) state;

    n = ngx_chat_queue_memory(SIZE);
    q = make(SIZE);
    p = (unsigned char *) q;
    seed = 1;

    for (round = 0; round < 2000; round++) {

        for (i = offsetof(ngx_chat_queue_t, changing); i < n; i++) {
            seed = seed * 1103515245 + 12345;

            if ((seed >> 16) % (1 + round % 40) == 0) {
                p[i] = (unsigned char) (seed >> 24);
            }
        }

        q->changing = 1;

        (void) ngx_chat_queue_begin(q);
        ngx_chat_queue_take(q, q->first + 1);
        (void) all(q);
        ngx_chat_queue_end(q);

        add(q, "a", "b");
        assert_true(q->head - q->tail <= SIZE);
    }

    free(q);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_first_in_first_out),
        cmocka_unit_test(test_the_oldest_is_dropped_and_counted),
        cmocka_unit_test(test_what_is_dropped_after_it_was_read_is_not_lost),
        cmocka_unit_test(test_larger_than_the_queue),
        cmocka_unit_test(test_a_buffer_that_is_too_small),
        cmocka_unit_test(test_who_dies_in_the_middle),
        cmocka_unit_test(test_whatever_the_memory_holds)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
