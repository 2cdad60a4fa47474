
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The grammar of the handshake's header fields (RFC 6455, sections 4.1, 4.2
 * and 9.1; RFC 9110, section 5.6).
 */


#ifndef NGX_CHAT_HEADER_H_INCLUDED
#define NGX_CHAT_HEADER_H_INCLUDED


#include "ngx_chat_str.h"


/* more extensions than this in one handshake are no honest offer */
#define NGX_CHAT_HEADER_EXTENSIONS_MAX  16


typedef enum {
    NGX_CHAT_HEADER_NONE = 0,      /* well-formed, without what was sought */
    NGX_CHAT_HEADER_FOUND,
    NGX_CHAT_HEADER_MALFORMED
} ngx_chat_header_e;


/* Returns 1 if the comma-separated list holds the token, in any case. */
int ngx_chat_header_has_token(const ngx_chat_str_t *value,
    const char *token);

/*
 * Looks for a subprotocol in a Sec-WebSocket-Protocol field: tokens, compared
 * with regard to case, at least one, separated by commas.
 */
ngx_chat_header_e ngx_chat_header_protocol(const ngx_chat_str_t *value,
    const char *protocol);

/*
 * Looks in such a field for subprotocols that begin with prefix, and sets
 * rest to what follows it; rest->data is NULL before the first field.  Returns
 * FOUND, MALFORMED if two of them differ (in one field or several), or NONE.
 */
ngx_chat_header_e ngx_chat_header_protocol_rest(const ngx_chat_str_t *value,
    const char *prefix, ngx_chat_str_t *rest);

/*
 * Checks a Sec-WebSocket-Extensions field and adds the number of its offers
 * to *offers.  FOUND is never returned: no extension is known.
 */
ngx_chat_header_e ngx_chat_header_extensions(const ngx_chat_str_t *value,
    unsigned *offers);

/* Returns 1 for the base64 form of 16 bytes: 22 characters and "==". */
int ngx_chat_header_key_valid(const ngx_chat_str_t *value);

/* Returns the version, 0..255, or -1 if the field is no such number. */
int ngx_chat_header_version(const ngx_chat_str_t *value);


#endif /* NGX_CHAT_HEADER_H_INCLUDED */
