
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The handshake; see the header. */


#include "ngx_http_chat_handshake.h"
#include "ngx_chat_header.h"
#include "ngx_chat_name.h"
#include "ngx_chat_origin.h"

#include <ngx_sha1.h>


/* more header lines than this are no browser's */
#define NGX_HTTP_CHAT_HEADERS_MAX   100

#define NGX_HTTP_CHAT_VERSION       13


/* What the header lines say, gathered in one pass. */

typedef struct {
    unsigned         upgrade:1;        /* to websocket */
    unsigned         connection:1;     /* holds "upgrade" */
    unsigned         cookie:1;
    unsigned         offered:1;        /* any subprotocol */
    unsigned         known:1;          /* chat.v1 among them */
    unsigned         malformed:1;      /* a list that is none */
    unsigned         tokens:1;         /* two that differ */
    ngx_uint_t       count;
    ngx_uint_t       keys;
    ngx_uint_t       versions;
    ngx_uint_t       origins;
    unsigned         extensions;
    ngx_chat_str_t   key;
    ngx_chat_str_t   version;
    ngx_chat_str_t   origin;
    ngx_chat_str_t   token;            /* in a subprotocol, encoded */
} ngx_http_chat_offer_t;


static void ngx_http_chat_handshake_gather(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer);
static void ngx_http_chat_handshake_header(ngx_http_chat_offer_t *offer,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_chat_handshake_request(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_handshake_upgrade(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer);
static ngx_int_t ngx_http_chat_handshake_version(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer);
static ngx_int_t ngx_http_chat_handshake_lists(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer, ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_handshake_origin(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer, ngx_http_chat_ctx_t *ctx);
static ngx_uint_t ngx_http_chat_handshake_origin_listed(
    ngx_http_chat_loc_conf_t *conf, ngx_chat_str_t *origin);
static ngx_int_t ngx_http_chat_handshake_position(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_handshake_room(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);


#define ngx_http_chat_handshake_push(r, name, value)                          \
    ngx_http_chat_handshake_add(r, name, sizeof(value) - 1,                   \
                                (const u_char *) (value))


ngx_int_t
ngx_http_chat_handshake_check(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t              rc;
    ngx_http_chat_offer_t  offer;

    rc = ngx_http_chat_handshake_request(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_chat_handshake_gather(r, &offer);

    rc = ngx_http_chat_handshake_upgrade(r, &offer);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_chat_handshake_version(r, &offer);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_chat_handshake_lists(r, &offer, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_chat_handshake_origin(r, &offer, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_chat_handshake_room(r, ctx);
}


static ngx_int_t
ngx_http_chat_handshake_request(ngx_http_request_t *r)
{
    if (r->method != NGX_HTTP_GET) {

        if (ngx_http_chat_handshake_push(r, "Allow", "GET") != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_NOT_ALLOWED,
                   "bad_request", "A WebSocket handshake is a GET.", 0);
    }

    /* HTTP/2 and HTTP/3 have no Upgrade: a browser comes by HTTP/1.1 */

    if (r->http_version != NGX_HTTP_VERSION_11) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "A WebSocket handshake needs HTTP/1.1.", 0);
    }

    if (r->headers_in.content_length_n > 0 || r->headers_in.chunked
        || (r->headers_in.content_length != NULL
            && r->headers_in.content_length_n != 0))
    {
        /* what follows could be taken for frames: the connection ends */
        r->keepalive = 0;

        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "A WebSocket handshake has no request body.", 0);
    }

    return ngx_http_chat_handshake_early(r);
}


/* Fields may come several times; core chains or counts only some of them. */

static void
ngx_http_chat_handshake_gather(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_memzero(offer, sizeof(ngx_http_chat_offer_t));

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            offer->count++;
            ngx_http_chat_handshake_header(offer, &h[i]);
        }
    }
}


static void
ngx_http_chat_handshake_header(ngx_http_chat_offer_t *offer,
    ngx_table_elt_t *h)
{
    ngx_chat_str_t     value;
    ngx_chat_header_e  rc;

    value.len = h->value.len;
    value.data = h->value.data;

#define ngx_http_chat_is(name)                                                \
    (h->key.len == sizeof(name) - 1                                           \
     && ngx_strncmp(h->lowcase_key, name, sizeof(name) - 1) == 0)

    if (ngx_http_chat_is("upgrade")) {
        offer->upgrade |= ngx_chat_header_has_token(&value, "websocket") & 1;

    } else if (ngx_http_chat_is("connection")) {
        offer->connection |= ngx_chat_header_has_token(&value, "upgrade") & 1;

    } else if (ngx_http_chat_is("cookie")) {
        offer->cookie = 1;

    } else if (ngx_http_chat_is("origin")) {
        offer->origins++;
        offer->origin = value;

    } else if (ngx_http_chat_is("sec-websocket-key")) {
        offer->keys++;
        offer->key = value;

    } else if (ngx_http_chat_is("sec-websocket-version")) {
        offer->versions++;
        offer->version = value;

    } else if (ngx_http_chat_is("sec-websocket-protocol")) {
        rc = ngx_chat_header_protocol(&value, NGX_CHAT_PROTO_NAME);

        offer->offered = 1;
        offer->known |= (rc == NGX_CHAT_HEADER_FOUND);
        offer->malformed |= (rc == NGX_CHAT_HEADER_MALFORMED);

        rc = ngx_chat_header_protocol_rest(&value, NGX_CHAT_PROTO_AUTH_PREFIX,
                                           &offer->token);

        offer->tokens |= (rc == NGX_CHAT_HEADER_MALFORMED);

    } else if (ngx_http_chat_is("sec-websocket-extensions")) {
        rc = ngx_chat_header_extensions(&value, &offer->extensions);

        offer->malformed |= (rc == NGX_CHAT_HEADER_MALFORMED);
    }

#undef ngx_http_chat_is
}


static ngx_int_t
ngx_http_chat_handshake_upgrade(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer)
{
    if (offer->count > NGX_HTTP_CHAT_HEADERS_MAX) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request", "The request has too many headers.", 0);
    }

    if (!offer->upgrade) {

        if (ngx_http_chat_handshake_push(r, "Upgrade", "websocket") != NGX_OK
            || ngx_http_chat_handshake_push(r, "Connection", "upgrade")
               != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_chat_handshake_refuse(r, 426, "bad_request",
                   "This address speaks WebSocket: send an Upgrade header.",
                   0);
    }

    if (!offer->connection) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "The Connection header must hold \"upgrade\".", 0);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_handshake_version(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer)
{
    int  version;

    version = -1;

    if (offer->versions == 1) {
        version = ngx_chat_header_version(&offer->version);
    }

    if (version == -1) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "One Sec-WebSocket-Version header is needed, with 13.", 0);
    }

    if (version != NGX_HTTP_CHAT_VERSION) {

        if (ngx_http_chat_handshake_push(r, "Sec-WebSocket-Version", "13")
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_chat_handshake_refuse(r, 426, "bad_request",
                   "Only version 13 of the WebSocket protocol is spoken.", 0);
    }

    if (offer->keys != 1 || !ngx_chat_header_key_valid(&offer->key)) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "One Sec-WebSocket-Key header of 16 bytes is needed.", 0);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_handshake_lists(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer, ngx_http_chat_ctx_t *ctx)
{
    if (offer->malformed) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "A Sec-WebSocket-Protocol or -Extensions header is "
                   "malformed.", 0);
    }

    if (offer->extensions > NGX_CHAT_HEADER_EXTENSIONS_MAX) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request", "Too many extensions are offered.", 0);
    }

    ctx->token = offer->token;
    ctx->tokens = offer->tokens;

    if (ctx->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        return NGX_OK;
    }

    if (offer->offered && !offer->known) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "None of the offered subprotocols is spoken here: offer "
                   "\"" NGX_CHAT_PROTO_NAME "\", or none.", 0);
    }

    ctx->protocol = offer->known;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_handshake_page(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_http_chat_offer_t  offer;

    ngx_http_chat_handshake_gather(r, &offer);

    return ngx_http_chat_handshake_origin(r, &offer, ctx);
}


/* RFC 6455, 10.2.  Origin Considerations */

static ngx_int_t
ngx_http_chat_handshake_origin(ngx_http_request_t *r,
    ngx_http_chat_offer_t *offer, ngx_http_chat_ctx_t *ctx)
{
    int             https;
    ngx_uint_t      ok;
    ngx_chat_str_t  host;

    if (ctx->conf->origin == NGX_HTTP_CHAT_ORIGIN_ANY) {
        return NGX_OK;
    }

    if (offer->origins == 0) {

        /* no browser; but a cookie tells that one has been here */

        if (!offer->cookie) {
            return NGX_OK;
        }

        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_FORBIDDEN,
                   "forbidden",
                   "A request with a cookie needs an Origin header.", 0);
    }

#if (NGX_HTTP_SSL)
    https = (r->connection->ssl != NULL);
#else
    https = 0;
#endif

    ok = 0;

    if (offer->origins == 1) {

        host.len = 0;
        host.data = NULL;

        if (r->headers_in.host != NULL) {
            host.len = r->headers_in.host->value.len;
            host.data = r->headers_in.host->value.data;
        }

        switch (ctx->conf->origin) {

        case NGX_HTTP_CHAT_ORIGIN_SAME_HOST:
            ok = ngx_chat_origin_same_host(&offer->origin, &host, https) != 0;
            break;

        case NGX_HTTP_CHAT_ORIGIN_LIST:
            ok = ngx_http_chat_handshake_origin_listed(ctx->conf,
                                                       &offer->origin)
                 || (ctx->conf->origin_same_host
                     && ngx_chat_origin_same_host(&offer->origin, &host,
                                                  https));
            break;

        default: /* NGX_HTTP_CHAT_ORIGIN_NONE: no page may come */
            break;
        }
    }

    if (ok) {
        return NGX_OK;
    }

    return ngx_http_chat_handshake_refuse(r, NGX_HTTP_FORBIDDEN, "forbidden",
               "Pages of this origin may not connect here; the site names "
               "them by \"chat_origin\".", 0);
}


static ngx_uint_t
ngx_http_chat_handshake_origin_listed(ngx_http_chat_loc_conf_t *conf,
    ngx_chat_str_t *origin)
{
    ngx_uint_t       i;
    ngx_chat_str_t  *pattern;

    pattern = conf->origins->elts;

    for (i = 0; i < conf->origins->nelts; i++) {
        if (ngx_chat_origin_matches(origin, &pattern[i])) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_chat_handshake_room(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char          *dst, *src;
    ngx_str_t        value;
    ngx_chat_str_t   room;

    if (ctx->conf->room.len != 0) {
        ctx->room = ctx->conf->room;
        return ngx_http_chat_handshake_position(r, ctx);
    }

    if (ngx_http_arg(r, (u_char *) "room", 4, &value) != NGX_OK
        || value.len == 0)
    {
        return NGX_OK;
    }

    ctx->room.data = ngx_pnalloc(r->pool, value.len);
    if (ctx->room.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    src = value.data;
    dst = ctx->room.data;

    ngx_unescape_uri(&dst, &src, value.len, 0);

    ctx->room.len = (size_t) (dst - ctx->room.data);

    room.len = ctx->room.len;
    room.data = ctx->room.data;

    if (!ngx_chat_name_room_valid(&room)) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "invalid_name",
                   "A room's name is 1 to 64 characters of A-Z, a-z, 0-9, "
                   ". _ ~ - and begins with a letter or digit.", 0);
    }

    return ngx_http_chat_handshake_position(r, ctx);
}


/* Where a client that comes back stands in the room: "after" and "epoch". */

static ngx_int_t
ngx_http_chat_handshake_position(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx)
{
    off_t            number;
    u_char          *p;
    ngx_str_t        after, epoch;
    ngx_chat_str_t   str;

    if (ngx_http_arg(r, (u_char *) "after", 5, &after) != NGX_OK) {
        return NGX_OK;
    }

    number = ngx_atoof(after.data, after.len);
    str.len = 0;

    if (ngx_http_arg(r, (u_char *) "epoch", 5, &epoch) == NGX_OK) {
        str.data = epoch.data;
        str.len = epoch.len;
    }

    if (number == NGX_ERROR || number > NGX_CHAT_PROTO_INT_MAX
        || str.len == 0 || !ngx_chat_name_epoch_valid(&str))
    {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_BAD_REQUEST,
                   "bad_request",
                   "The argument \"after\" is a message's number and needs "
                   "the \"epoch\" that came with it.", 0);
    }

    ctx->position.len = after.len + 1 + epoch.len;
    ctx->position.data = ngx_pnalloc(r->pool, ctx->position.len);

    if (ctx->position.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_cpymem(ctx->position.data, after.data, after.len);
    *p++ = ' ';
    ngx_memcpy(p, epoch.data, epoch.len);

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_handshake_accept(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx)
{
    u_char                  sha1[20];
    u_char                  value[ngx_base64_encoded_length(20)];
    ngx_int_t               rc;
    ngx_str_t               digest, accept;
    ngx_sha1_t              ctx_sha1;
    ngx_http_chat_offer_t   offer;

    static const char  guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    ngx_http_chat_handshake_gather(r, &offer);

    /* RFC 6455, 4.2.2.  Sending the Server's Opening Handshake */

    ngx_sha1_init(&ctx_sha1);
    ngx_sha1_update(&ctx_sha1, offer.key.data, offer.key.len);
    ngx_sha1_update(&ctx_sha1, guid, sizeof(guid) - 1);
    ngx_sha1_final(sha1, &ctx_sha1);

    digest.len = sizeof(sha1);
    digest.data = sha1;
    accept.data = value;

    ngx_encode_base64(&accept, &digest);

    /* "Connection: upgrade" is nginx's own for this status */

    if (ngx_http_chat_handshake_push(r, "Upgrade", "websocket") != NGX_OK
        || ngx_http_chat_handshake_add(r, "Sec-WebSocket-Accept",
                                       accept.len, accept.data) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->protocol
        && ngx_http_chat_handshake_push(r, "Sec-WebSocket-Protocol",
                                        NGX_CHAT_PROTO_NAME) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->keepalive = 0;
    r->err_status = 0;
    r->headers_out.status = NGX_HTTP_SWITCHING_PROTOCOLS;
    ngx_str_set(&r->headers_out.status_line, "101 Switching Protocols");

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK) {
        return (rc == NGX_ERROR) ? NGX_ERROR : rc;
    }

    if (ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR) {
        return NGX_ERROR;
    }

    return NGX_OK;
}
