
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the queues of a worker hold together, and who goes when that is too
 * much: the session with the longest queue, then the next one.
 *
 * A frame counts once, however many queues it is in: that is the memory it
 * takes.
 */


#ifndef NGX_HTTP_CHAT_EXCESS_H_INCLUDED
#define NGX_HTTP_CHAT_EXCESS_H_INCLUDED


#include "ngx_http_chat_session.h"


/* bytes, 0: no limit */
void ngx_http_chat_excess_init(size_t limit);

/* So many bytes of frames more, or less. */
void ngx_http_chat_excess_add(size_t bytes);
void ngx_http_chat_excess_remove(size_t bytes);

/*
 * After a turn's writes: marks the session with the longest queue, to be
 * closed with 4101 by the next flush, if the frames take too much.
 */
void ngx_http_chat_excess_check(void);


#endif /* NGX_HTTP_CHAT_EXCESS_H_INCLUDED */
