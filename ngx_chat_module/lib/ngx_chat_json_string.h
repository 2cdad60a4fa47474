
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strings in JSON: their escapes, their characters, and arrays of them.
 */


#ifndef NGX_CHAT_JSON_STRING_H_INCLUDED
#define NGX_CHAT_JSON_STRING_H_INCLUDED


#include "ngx_chat_str.h"


typedef enum {
    NGX_CHAT_JSON_STRING_FOUND = 0,
    NGX_CHAT_JSON_STRING_END,      /* of the array */
    NGX_CHAT_JSON_STRING_NONE      /* something else, no string */
} ngx_chat_json_string_e;


/*
 * Reads the escape at *pos, behind its backslash, moves *pos behind it and
 * sets c.  Returns 0 if RFC 8259 has no such escape, then *pos is of no use.
 */
int ngx_chat_json_string_escape(const unsigned char **pos,
    const unsigned char *end, uint32_t *c);

/*
 * Writes the characters of a string when they fit into size bytes.  The value
 * stands in a text that ngx_chat_json_scan() has taken, with its quotes; the
 * characters never need more bytes than that.  Returns the length needed, 0
 * for a value that is no string.
 */
size_t ngx_chat_json_string_read(unsigned char *buf, size_t size,
    const ngx_chat_str_t *value);

/* Returns 1 if the value, as above, is a string of just these bytes. */
int ngx_chat_json_string_is(const ngx_chat_str_t *value,
    const ngx_chat_str_t *text);

/*
 * Takes the next string of an array: *array is the array's value, as above,
 * and then what is left of it.  Sets element to the string's value.
 */
ngx_chat_json_string_e ngx_chat_json_string_next(ngx_chat_str_t *array,
    ngx_chat_str_t *element);


#endif /* NGX_CHAT_JSON_STRING_H_INCLUDED */
