
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * TLS of a link to Redis: its context, the handshake, whose certificate is
 * accepted.
 */


#include "ngx_http_chat_redis.h"


#define NGX_HTTP_CHAT_REDIS_POOL_SIZE  512


#if (NGX_SSL)

static void ngx_http_chat_redis_handshaken(ngx_connection_t *c);
static ngx_str_t *ngx_http_chat_redis_tls_name(
    ngx_http_chat_redis_conf_t *conf);
static ngx_int_t ngx_http_chat_redis_check_host(ngx_http_chat_redis_t *link,
    ngx_connection_t *c);
static ngx_uint_t ngx_http_chat_redis_is_address(ngx_str_t *name);
static ngx_int_t ngx_http_chat_redis_server_name(ngx_connection_t *c,
    ngx_str_t *name);


ngx_int_t
ngx_http_chat_redis_conf_tls(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf)
{
    ngx_ssl_t                  *ssl;
    ngx_pool_cleanup_t         *cln;
    ngx_http_chat_redis_ssl_t  *tls;

    if (!rcf->secure) {
        return NGX_OK;
    }

    tls = &rcf->tls;

    ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    ssl->log = cf->log;

    if (ngx_ssl_create(ssl, tls->protocols ? tls->protocols
                            : NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        ngx_ssl_cleanup_ctx(ssl);
        return NGX_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl;

    if (tls->ciphers.len
        && ngx_ssl_ciphers(cf, ssl, &tls->ciphers, 0) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (tls->certificate.len) {
        if (tls->certificate_key.len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "no \"chat_redis_ssl_certificate_key\" is "
                               "defined for certificate \"%V\"",
                               &tls->certificate);
            return NGX_ERROR;
        }

        if (ngx_ssl_certificate(cf, ssl, &tls->certificate,
                                &tls->certificate_key, NULL)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (tls->verify == 1) {
        if (tls->trusted_certificate.len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "no \"chat_redis_ssl_trusted_certificate\" to "
                               "verify %V with, set it or "
                               "\"chat_redis_ssl_verify off\"",
                               &rcf->address);
            return NGX_ERROR;
        }

        if (ngx_ssl_trusted_certificate(cf, ssl, &tls->trusted_certificate,
                                        tls->verify_depth)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    rcf->ssl = ssl;

    return NGX_OK;
}


void
ngx_http_chat_redis_handshake(ngx_http_chat_redis_t *link)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;

    c = link->connection;

    ngx_http_chat_redis_set_state(link, NGX_HTTP_CHAT_REDIS_TLS);

    c->pool = ngx_create_pool(NGX_HTTP_CHAT_REDIS_POOL_SIZE, &link->log);

    if (c->pool == NULL
        || ngx_ssl_create_connection(link->conf->ssl, c,
                                     NGX_SSL_BUFFER|NGX_SSL_CLIENT)
           != NGX_OK
        || ngx_http_chat_redis_server_name(c,
                                  ngx_http_chat_redis_tls_name(link->conf))
           != NGX_OK)
    {
        ngx_http_chat_redis_fail(link, 0, "TLS found no memory");
        return;
    }

    /* output is gathered anew after EAGAIN, at another address perhaps */

    SSL_set_mode(c->ssl->connection, SSL_MODE_ENABLE_PARTIAL_WRITE
                                     |SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    rc = ngx_ssl_handshake(c);

    if (rc == NGX_AGAIN) {
        c->ssl->handler = ngx_http_chat_redis_handshaken;
        return;
    }

    ngx_http_chat_redis_handshaken(c);
}


static void
ngx_http_chat_redis_handshaken(ngx_connection_t *c)
{
    long                    rc;
    u_char                  reason[NGX_MAX_ERROR_STR / 8];
    ngx_http_chat_redis_t  *link;

    link = c->data;

    if (!c->ssl->handshaked) {
        ngx_http_chat_redis_fail(link, 0, "TLS handshake failed");
        return;
    }

    if (link->conf->tls.verify == 1) {
        rc = SSL_get_verify_result(c->ssl->connection);

        if (rc != X509_V_OK) {
            (void) ngx_snprintf(reason, sizeof(reason),
                                "certificate was not accepted (%l: %s)%Z",
                                rc, X509_verify_cert_error_string(rc));
            reason[sizeof(reason) - 1] = '\0';

            ngx_http_chat_redis_fail(link, 0, (const char *) reason);
            return;
        }

        if (ngx_http_chat_redis_check_host(link, c) != NGX_OK) {
            ngx_http_chat_redis_fail(link, 0,
                                     "certificate names another host");
            return;
        }
    }

    c->read->handler = ngx_http_chat_redis_read_handler;
    c->write->handler = ngx_http_chat_redis_write_handler;

    ngx_http_chat_redis_auth(link);
}


static ngx_str_t *
ngx_http_chat_redis_tls_name(ngx_http_chat_redis_conf_t *conf)
{
    return conf->tls.name.len ? &conf->tls.name : &conf->host;
}


/* nginx compares names only; a Redis is often known by its address. */

static ngx_int_t
ngx_http_chat_redis_check_host(ngx_http_chat_redis_t *link,
    ngx_connection_t *c)
{
    X509       *cert;
    u_char      text[NGX_SOCKADDR_STRLEN];
    ngx_int_t   rc;
    ngx_str_t  *name;

    name = ngx_http_chat_redis_tls_name(link->conf);

    if (!ngx_http_chat_redis_is_address(name)) {
        return ngx_ssl_check_host(c, name);
    }

    cert = SSL_get_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn(text, name->data, ngx_min(name->len + 1, sizeof(text)));

    rc = (X509_check_ip_asc(cert, (char *) text, 0) == 1) ? NGX_OK
                                                          : NGX_ERROR;
    X509_free(cert);

    return rc;
}


static ngx_uint_t
ngx_http_chat_redis_is_address(ngx_str_t *name)
{
    u_char  addr[16];

    return ngx_inet_addr(name->data, name->len) != INADDR_NONE
           || ngx_inet6_addr(name->data, name->len, addr) == NGX_OK;
}


/* RFC 6066, 3.  Server Name Indication: literal addresses are not sent */

static ngx_int_t
ngx_http_chat_redis_server_name(ngx_connection_t *c, ngx_str_t *name)
{
    u_char  *text;

    if (name->len == 0 || ngx_http_chat_redis_is_address(name)) {
        return NGX_OK;
    }

    text = ngx_pnalloc(c->pool, name->len + 1);
    if (text == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn(text, name->data, name->len + 1);

    return SSL_set_tlsext_host_name(c->ssl->connection, (char *) text)
           ? NGX_OK : NGX_ERROR;
}

#else

ngx_int_t
ngx_http_chat_redis_conf_tls(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf)
{
    if (!rcf->secure) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"chat_redis\" with rediss:// needs an nginx with "
                       "TLS");
    return NGX_ERROR;
}


void
ngx_http_chat_redis_handshake(ngx_http_chat_redis_t *link)
{
    ngx_http_chat_redis_fail(link, 0, "needs an nginx with TLS");
}

#endif
