
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Which Origin fits which host and which pattern.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_origin.h"


static int
same(const char *origin, const char *host, int https)
{
    int             rc;
    ngx_chat_str_t  a, b, o, h;

    a = str(origin);
    b = str(host);
    o = str_exact(&a);
    h = str_exact(&b);
    rc = ngx_chat_origin_same_host(&o, &h, https);
    str_free(&o);
    str_free(&h);

    return rc;
}


static int
matches(const char *origin, const char *pattern)
{
    int             rc;
    ngx_chat_str_t  a, b, o, p;

    a = str(origin);
    b = str(pattern);
    o = str_exact(&a);
    p = str_exact(&b);
    rc = ngx_chat_origin_matches(&o, &p);
    str_free(&o);
    str_free(&p);

    return rc;
}


static int
usable(const char *pattern)
{
    const char      *fault;
    ngx_chat_str_t   p;

    p = str(pattern);
    fault = ngx_chat_origin_pattern_fault(&p);

    if (fault != NULL) {
        assert_in_range(strlen(fault), 5, 70);
    }

    return fault == NULL;
}


static void
test_same_host(void **state)
{
    (void) state;

    assert_true(same("http://chat.example", "chat.example", 0));
    assert_true(same("https://chat.example", "chat.example", 1));
    assert_true(same("HTTPS://CHAT.example", "chat.EXAMPLE", 1));
    assert_true(same("http://localhost:9501", "localhost:9501", 0));
    assert_true(same("http://127.0.0.1:80", "127.0.0.1", 0));
    assert_true(same("http://127.0.0.1", "127.0.0.1:80", 0));
    assert_true(same("https://a.b:443", "a.b", 1));
    assert_true(same("https://a.b", "a.b:443", 1));
    assert_true(same("http://my_host", "my_host", 0));

    assert_false(same("http://chat.example", "chat.example.org", 0));
    assert_false(same("http://chat.example.org", "chat.example", 0));
    assert_false(same("http://xchat.example", "chat.example", 0));
    assert_false(same("http://chat.example", "other.example", 0));
    assert_false(same("http://localhost:9502", "localhost:9501", 0));
    assert_false(same("http://localhost", "localhost:9501", 0));
    assert_false(same("https://a.b:80", "a.b", 1));
}


static void
test_same_host_and_tls(void **state)
{
    (void) state;

    /* a proxy in front ends TLS */

    assert_true(same("https://chat.example", "chat.example", 0));
    assert_false(same("https://chat.example", "chat.example:80", 0));

    /* a page without TLS must not use a session with it */

    assert_false(same("http://chat.example", "chat.example", 1));
    assert_false(same("http://chat.example:443", "chat.example:443", 1));
}


static void
test_ipv6(void **state)
{
    (void) state;

    assert_true(same("http://[::1]:8080", "[::1]:8080", 0));
    assert_true(same("http://[2001:DB8::a]", "[2001:db8::A]:80", 0));
    assert_true(same("http://[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", 0));
    assert_true(matches("https://[::1]", "[::1]"));
    assert_true(matches("https://[::1]:8443", "https://[::1]:8443"));
    assert_false(matches("https://[::1]", "[::2]"));
    assert_false(same("http://[::1", "[::1", 0));
    assert_false(same("http://::1", "::1", 0));
    assert_false(same("http://[]", "[]", 0));
    assert_false(same("http://[:]", "[:]", 0));
    assert_false(same("http://[::g]", "[::g]", 0));
    assert_false(same("http://[::1]x", "[::1]x", 0));
    assert_false(same("http://[::1]:", "[::1]:", 0));
}


static void
test_what_is_no_origin(void **state)
{
    unsigned                  i;
    ngx_chat_str_t            none = { 0, NULL }, host;
    static const char *const  bad[] = {
        "", "null", "NULL", "h", "http:", "http:/", "http://", "https://",
        "//h", "ftp://h", "file://", "httpx://h", "chrome-extension://h",
        "http://h/", "http://h/path", "http://h?q", "http://h#f",
        "http://u@h", "http://u:p@h", "http://h:", "http://h:0",
        "http://h:080", "http://h:65536", "http://h:99999",
        "http://h:655360", "http://h:80x", "http://h: 80", "http://h:-1",
        "http://h:+1", " http://h", "http://h ", "http:// h",
        "http://h http://h", "http://h,http://h", "http://.h", "http://h..h",
        "http://.", "http://*", "http://*.h", "http://%68", "http://h\\",
        "http://h\x01", "http://\xc3\xa9", "ws://h", "wss://h", "http:///h",
        "http://h:80:80", "http://[h]"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(same(bad[i], "h", 0));
        assert_false(matches(bad[i], "h"));
        assert_false(matches(bad[i], "http://h"));
        assert_false(matches(bad[i], "*.h"));
        assert_false(matches(bad[i], bad[i]));
    }

    host = str("h");
    assert_false(ngx_chat_origin_same_host(&none, &host, 0));
    assert_false(ngx_chat_origin_matches(&none, &host));
    assert_false(ngx_chat_origin_matches(&host, &none));
    assert_non_null(ngx_chat_origin_pattern_fault(&none));

    assert_true(same("http://h:65535", "h:65535", 0));
    assert_true(same("http://h:1", "h:1", 0));
}


static void
test_what_is_no_host(void **state)
{
    (void) state;

    assert_false(same("http://h", "", 0));
    assert_false(same("http://h", "h/", 0));
    assert_false(same("http://h", "http://h", 0));
    assert_false(same("http://h", "u@h", 0));
    assert_false(same("http://h", "h:", 0));
    assert_false(same("http://h", "h:x", 0));
    assert_false(same("http://h", "h h", 0));
}


static void
test_H19_a_very_long_host(void **state)
{
    ngx_chat_str_t  o, h;

    (void) state;

    o = str_repeat("http://h", 1000);
    h = str_repeat("h", 8192);
    assert_false(ngx_chat_origin_same_host(&o, &h, 0));
    memset((void *) (o.data + 7), 'h', o.len - 7);
    assert_false(ngx_chat_origin_same_host(&o, &h, 0));
    o.len = 7 + 255;
    h.len = 255;
    assert_true(ngx_chat_origin_same_host(&o, &h, 0));
    o.len = 7 + 256;
    h.len = 256;
    assert_false(ngx_chat_origin_same_host(&o, &h, 0));
    str_free(&o);
    str_free(&h);
}


static void
test_patterns(void **state)
{
    (void) state;

    assert_true(matches("https://chat.example", "https://chat.example"));
    assert_true(matches("https://chat.example:443", "https://chat.example"));
    assert_true(matches("https://Chat.Example", "HTTPS://cHAT.eXAMPLE:443"));
    assert_true(matches("https://chat.example", "chat.example"));
    assert_true(matches("http://chat.example", "chat.example"));
    assert_true(matches("http://chat.example:8080", "chat.example:8080"));

    assert_false(matches("http://chat.example", "https://chat.example"));
    assert_false(matches("https://chat.example", "http://chat.example"));
    assert_false(matches("https://chat.example:8443", "chat.example"));
    assert_false(matches("https://chat.example", "chat.example:80"));
    assert_false(matches("https://chat.example.org", "chat.example"));
    assert_false(matches("https://evil-chat.example", "chat.example"));
    assert_false(matches("https://a.chat.example", "chat.example"));
    assert_false(matches("https://xhat.example", "chat.example"));
}


static void
test_patterns_with_a_wildcard(void **state)
{
    (void) state;

    assert_true(matches("https://a.chat.example", "*.chat.example"));
    assert_true(matches("http://a.b.CHAT.example", "*.chat.example"));
    assert_true(matches("https://a.chat.example", "https://*.chat.example"));
    assert_true(matches("https://a.h:8443", "*.h:8443"));

    assert_false(matches("http://a.chat.example", "https://*.chat.example"));
    assert_false(matches("https://chat.example", "*.chat.example"));
    assert_false(matches("https://.chat.example", "*.chat.example"));
    assert_false(matches("https://evilchat.example", "*.chat.example"));
    assert_false(matches("https://e.vilchat.example", "*.chat.example"));
    assert_false(matches("https://a.chat.example.org", "*.chat.example"));
    assert_false(matches("https://a.h:8443", "*.h"));
    assert_false(matches("https://h", "*.chat.example"));
}


static void
test_X12_faults_of_patterns(void **state)
{
    (void) state;

    assert_true(usable("chat.example"));
    assert_true(usable("https://chat.example:8443"));
    assert_true(usable("*.chat.example"));
    assert_true(usable("http://*.chat.example:8080"));
    assert_true(usable("[::1]"));
    assert_true(usable("nullify"));

    assert_false(usable(""));
    assert_false(usable("*"));
    assert_false(usable("*."));
    assert_false(usable("https://"));
    assert_false(usable("https://*."));
    assert_false(usable("*.*.chat.example"));
    assert_false(usable("chat.*.example"));
    assert_false(usable("*chat.example"));
    assert_false(usable("https://chat.example/"));
    assert_false(usable("https://chat.example/path"));
    assert_false(usable("wss://chat.example"));
    assert_false(usable("u@chat.example"));
    assert_false(usable("*.[::1]"));
    assert_false(usable("null"));
    assert_false(usable("Null"));
    assert_false(usable("chat.example:0"));
    assert_false(usable("chat example"));
    assert_false(usable(".chat.example"));
    assert_false(matches("https://a.[::1]", "*.[::1]"));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_same_host),
        cmocka_unit_test(test_same_host_and_tls),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_what_is_no_origin),
        cmocka_unit_test(test_what_is_no_host),
        cmocka_unit_test(test_H19_a_very_long_host),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_patterns_with_a_wildcard),
        cmocka_unit_test(test_X12_faults_of_patterns),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
