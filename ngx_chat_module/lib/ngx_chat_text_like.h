
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Display names as readers see them: one form for each, and which two look
 * alike.  The only home of ICU.
 */


#ifndef NGX_CHAT_TEXT_LIKE_H_INCLUDED
#define NGX_CHAT_TEXT_LIKE_H_INCLUDED


#include "ngx_chat_str.h"
#include "ngx_chat_text.h"


/* bytes of a name to look at, of one that is shown, and of a key */
#define NGX_CHAT_TEXT_LIKE_NAME_MAX   512
#define NGX_CHAT_TEXT_LIKE_SHOWN_MAX  ((size_t) 4 * NGX_CHAT_TEXT_NAME_MAX)
#define NGX_CHAT_TEXT_LIKE_KEY_MAX    1024


/*
 * Loads ICU's tables, once for the process and its children.  To be called
 * before the other functions: what fails in loading them fails for ever.
 * Returns 1, or 0 without memory or without ICU's data.
 */
int ngx_chat_text_name_prepare(void);

/*
 * Writes the name in Unicode's form NFC into buf, without a zero at the end.
 * The form has its own number of code points: let ngx_chat_text_name_check()
 * look at the result, not at the wish.
 *
 * Returns the length, at most size.  Returns 0 for a name that is empty, no
 * UTF-8, longer than NGX_CHAT_TEXT_LIKE_NAME_MAX or, in NFC, than size; and
 * when memory is short.
 */
size_t ngx_chat_text_name_nfc(const ngx_chat_str_t *name, unsigned char *buf,
    size_t size);

/*
 * Makes of the name that somebody wishes the name that is shown: its form NFC
 * in buf, of at least NGX_CHAT_TEXT_LIKE_SHOWN_MAX bytes.  Sets name when the
 * result is NGX_CHAT_TEXT_OK; what else it may be: ngx_chat_text_name_check().
 */
ngx_chat_text_e ngx_chat_text_name_shown(const ngx_chat_str_t *wish,
    unsigned char *buf, ngx_chat_str_t *name);

/*
 * Writes what is left of a name once case, width, compatibility forms,
 * invisible characters and the letters that Unicode calls confusable (UTS
 * #39, 4.  Confusable Detection) make no difference any more.  Two names with
 * the same key look alike.  The bytes of a key depend on the version of ICU
 * and are to be compared only: do not show or keep them.
 *
 * Returns the length, at most size; NGX_CHAT_TEXT_LIKE_KEY_MAX bytes are
 * enough for the names that people have.  Returns 0 as above.
 */
size_t ngx_chat_text_name_key(const ngx_chat_str_t *name, unsigned char *buf,
    size_t size);

/*
 * Returns 1 if a reader may take one name for the other, and 0 if not.  Names
 * that have no key are taken for any other: whoever asks wants to refuse.
 */
int ngx_chat_text_name_looks_like(const ngx_chat_str_t *a,
    const ngx_chat_str_t *b);

/*
 * Returns 1 if a reader may take the beginning of a name, or all of it, for
 * the prefix, and 0 if not; 1 where one of them has no key.
 */
int ngx_chat_text_name_begins_like(const ngx_chat_str_t *name,
    const ngx_chat_str_t *prefix);


#endif /* NGX_CHAT_TEXT_LIKE_H_INCLUDED */
