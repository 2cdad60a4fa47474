# Tokens of handshakes: which are taken, which are refused, and from where.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    location /ws {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_token_key $TEST_NGINX_TOKENS/rsa.pub;
        chat_token_key $TEST_NGINX_TOKENS/ec.pub;
    }
    location /hs { chat; chat_token_key $TEST_NGINX_TOKENS/secret HS256; }
    location /rs { chat; chat_token_key $TEST_NGINX_TOKENS/rsa.pub RS256; }
    location /es { chat; chat_token_key $TEST_NGINX_TOKENS/ec.pub ES256; }
    location /kid {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret kid=one;
        chat_token_key $TEST_NGINX_TOKENS/secret2 kid=two;
        chat_token_key $TEST_NGINX_TOKENS/rsa.pub kid=rsa;
    }
_EOC_

run_chat();

__DATA__

=== TEST 1: tokens of each algorithm are taken, by header and by subprotocol
--- config eval: $::config
--- chat
token t HS256 {"sub":"ann","exp":+600}
a connect /ws | Authorization: Bearer {t}
a expect json {"ev":"welcome","user":{"id":"ann","name":"ann","roles":[],"guest":false},"features":["...","auth"]}
a connect /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64}
a header Sec-WebSocket-Protocol chat.v1
a expect json {"ev":"welcome","user":{"id":"ann"}}
a connect /ws | Sec-WebSocket-Protocol: chat.auth.{t64} | Sec-WebSocket-Protocol: chat.v1
a header Sec-WebSocket-Protocol chat.v1
a expect json {"ev":"welcome","user":{"id":"ann"}}
a connect /ws | authorization: bearer   {t}
a expect json {"ev":"welcome","user":{"id":"ann"}}
token t RS256 {"sub":"bob","name":"Bob B","roles":["x","moderator","member"],"exp":+600}
a connect /ws?room=lobby | Sec-WebSocket-Protocol: chat.v1,chat.auth.{t64}
a expect json {"ev":"welcome","user":{"id":"bob","name":"Bob B","roles":["moderator"]}}
a expect json {"ev":"joined","room":"lobby"}
token t ES256 {"sub":"c\u00e9d","roles":"owner","exp":+600,"iat":-1}
a connect /ws | Authorization: Bearer {t}
a expect json {"ev":"welcome","user":{"id":"c\u00e9d","roles":["owner"]}}
# a name that cannot be shown is not a reason to refuse
token t HS256 {"sub":"ann","name":"\u202eAnn","exp":+600}
a connect /ws | Authorization: Bearer {t}
a expect json {"ev":"welcome","user":{"id":"ann","name":"ann"}}



=== TEST 2: T1 no algorithm, T2 the public key as a secret, T3 another one
--- config eval: $::config
--- chat
token t none {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ "detail":"The token is not three parts of base64url\.".*"code":"unauthorized"
a header WWW-Authenticate Bearer error="invalid_token"
a header Content-Type application/problem+json
a refuse 401 /ws | Authorization: Bearer {th}.{tp}.AAAA ~ names an algorithm for which there is no key
token t HS256 header={"alg":"None"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names an algorithm
token t HS256 header={"alg":"nONE"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names an algorithm
token t HS256 header={"alg":""} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names an algorithm
token t HS256 header={"typ":"JWT"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names an algorithm
token t HS256 header={"alg":"hs256"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names an algorithm
# T2
token t HS256 key=rsa.pub {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
a refuse 401 /rs | Authorization: Bearer {t} ~ names an algorithm
# T3
token t RS256 {"sub":"ann","exp":+600}
a connect /rs | Authorization: Bearer {t}
a refuse 401 /hs | Authorization: Bearer {t} ~ names an algorithm
a refuse 401 /es | Authorization: Bearer {t} ~ names an algorithm
token t HS256 {"sub":"ann","exp":+600}
a connect /hs | Authorization: Bearer {t}
a refuse 401 /rs | Authorization: Bearer {t} ~ names an algorithm
a refuse 401 /es | Authorization: Bearer {t} ~ names an algorithm
token t ES256 {"sub":"ann","exp":+600}
a connect /es | Authorization: Bearer {t}
a refuse 401 /hs | Authorization: Bearer {t} ~ names an algorithm
token t ES256 header={"alg":"EdDSA"} {"sub":"ann","exp":+600}
a refuse 401 /es | Authorization: Bearer {t} ~ names an algorithm
token t RS256 header={"alg":"RS512"} {"sub":"ann","exp":+600}
a refuse 401 /rs | Authorization: Bearer {t} ~ names an algorithm
token t RS256 header={"alg":"ES256"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
# a key of somebody else
token t HS256 key=secret2 {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
token t RS256 key=rsa2 {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
token t ES256 key=ec2 {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
errlog ~ \[info\] .*chat refused a handshake with 401: The token has a signature that does not fit\.



=== TEST 3: T4 signatures that are cut, longer, or not in base64url
--- config eval: $::config
--- chat
token t HS256 {"sub":"ann","exp":+600}
a connect /ws | Authorization: Bearer {t}
a refuse 401 /ws | Authorization: Bearer {th}.{tp}. ~ not three parts
a refuse 401 /ws | Authorization: Bearer {th}.{tp} ~ not three parts
a refuse 401 /ws | Authorization: Bearer {t}.{ts} ~ not three parts
a refuse 401 /ws | Authorization: Bearer {t}AAAA ~ signature that does not fit
a refuse 401 /ws | Authorization: Bearer {t}= ~ not three parts
a refuse 401 /ws | Authorization: Bearer {t}== ~ not three parts
a refuse 401 /ws | Authorization: Bearer {th}.{tp}.+/+/ ~ not three parts
a refuse 401 /ws | Authorization: Bearer {th}.{tp}. {ts} ~ not three parts
a refuse 401 /ws | Authorization: Bearer {th} .{tp}.{ts} ~ not three parts
a refuse 401 /ws | Authorization: Bearer {t}\n ~ not three parts
a refuse 401 /ws | Authorization: Bearer x ~ not three parts
a refuse 401 /ws | Authorization: Bearer ..
a refuse 401 /ws | Authorization: Bearer {th}.{th}.{ts} ~ signature that does not fit
a refuse 401 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64}A
a refuse 401 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t} ~ not three parts
a refuse 401 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth. ~ not three parts



=== TEST 4: T6 signatures of ES256, T7 of RS256
--- config eval: $::config
--- chat
token t ES256 {"sub":"ann","exp":+600}
a refuse 401 /es | Authorization: Bearer {th}.{tp}.{rep 86 A} ~ signature that does not fit
a refuse 401 /es | Authorization: Bearer {th}.{tp}.{rep 85 _}w ~ signature that does not fit
a refuse 401 /es | Authorization: Bearer {th}.{tp}.{rep 88 A} ~ signature that does not fit
a refuse 401 /es | Authorization: Bearer {th}.{tp}.{rep 43 A} ~ signature that does not fit
token t DER256 {"sub":"ann","exp":+600}
a refuse 401 /es | Authorization: Bearer {t} ~ signature that does not fit
token t RS256 {"sub":"ann","exp":+600}
a refuse 401 /rs | Authorization: Bearer {th}.{tp}.{rep 342 A} ~ signature that does not fit
a refuse 401 /rs | Authorization: Bearer {th}.{tp}.{rep 341 _}w ~ signature that does not fit
a refuse 401 /rs | Authorization: Bearer {th}.{tp}.{rep 340 A}
a refuse 401 /rs | Authorization: Bearer {th}.{tp}.AQ
a refuse 401 /rs | Authorization: Bearer {t}AAAA



=== TEST 5: T8 kids: the right one, unknown ones, and what is none
--- config eval: $::config
--- chat
token t HS256 header={"alg":"HS256","kid":"one"} {"sub":"ann","exp":+600}
a connect /kid | Authorization: Bearer {t}
token t HS256 key=secret2 header={"alg":"HS256","kid":"two"} {"sub":"ann","exp":+600}
a connect /kid | Authorization: Bearer {t}
# without a kid any key may fit
token t HS256 key=secret2 {"sub":"ann","exp":+600}
a connect /kid | Authorization: Bearer {t}
token t HS256 key=secret2 header={"alg":"HS256","kid":"one"} {"sub":"ann","exp":+600}
a refuse 401 /kid | Authorization: Bearer {t} ~ signature that does not fit
token t HS256 header={"alg":"HS256","kid":"rsa"} {"sub":"ann","exp":+600}
a refuse 401 /kid | Authorization: Bearer {t} ~ names an algorithm
token t HS256 header={"alg":"HS256","kid":"three"} {"sub":"ann","exp":+600}
a refuse 401 /kid | Authorization: Bearer {t} ~ names a key that is not known
a refuse 401 /ws | Authorization: Bearer {t} ~ names a key that is not known
token t HS256 key=empty header={"alg":"HS256","kid":"../../../../../../dev/null"} {"sub":"ann","exp":+600}
a refuse 401 /kid | Authorization: Bearer {t} ~ names a key that is not known
token t HS256 header={"alg":"HS256","kid":"one'--"} {"sub":"ann","exp":+600}
a refuse 401 /kid | Authorization: Bearer {t} ~ names a key that is not known
token t HS256 header={"alg":"HS256","kid":1} {"sub":"ann","exp":+600}
a refuse 401 /kid | Authorization: Bearer {t} ~ names a key that is not known
token t HS256 header={"alg":"HS256","kid":"{rep 2000 k}"} {"sub":"ann","exp":+600}
a refuse 401 /kid | Authorization: Bearer {t} ~ names a key that is not known



=== TEST 6: T9 headers that would name a key are ignored; T10 crit; T11 types
--- config eval
$::config . '
    location /typ {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_token_claim typ=JWT;
    }'
--- chat
token t HS256 header={"alg":"HS256","jku":"http://127.0.0.1:$TEST_NGINX_SERVER_PORT/jku","x5u":"http://127.0.0.1:$TEST_NGINX_SERVER_PORT/x5u"} {"sub":"ann","exp":+600}
a connect /ws | Authorization: Bearer {t}
token t HS256 key=secret2 header={"alg":"HS256","jku":"http://127.0.0.1:$TEST_NGINX_SERVER_PORT/jku","jwk":{"kty":"oct","k":"YmJiYmJiYmJiYmJiYmJiYmJiYmJzZWNyZXQgb2YgdGhlIHRlc3RzIDI"}} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
token t RS256 key=rsa2 header={"alg":"RS256","x5c":["MIIB"]} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
http GET /hs => 426
access !~ jku|x5u
# T10
token t HS256 header={"alg":"HS256","crit":["exp"]} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ crit
token t HS256 header={"alg":"HS256","b64":false,"crit":["b64"]} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ b64
token t HS256 header={"alg":"HS256","b64":false} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ b64
# T11
token t HS256 header={"alg":"HS256"} {"sub":"ann","exp":+600}
a connect /ws | Authorization: Bearer {t}
a refuse 401 /typ | Authorization: Bearer {t} ~ typ
token t HS256 header={"alg":"HS256","typ":"at+jwt"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ typ
token t HS256 header={"alg":"HS256","typ":"JWT","cty":"JWT"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ cty
token t HS256 header={"alg":"HS256","typ":"jwt"} {"sub":"ann","exp":+600}
a connect /typ | Authorization: Bearer {t}



=== TEST 7: T13 times; T15 users; T16 claims given twice; T25 T28 no list of jti
--- config eval
$::config . '
    location /short {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_token_claim life=5m skew=0s;
    }'
--- chat
token t HS256 {"sub":"ann","exp":-1}
a refuse 401 /ws | Authorization: Bearer {t} ~ has expired\..*"code":"token_expired"
token t HS256 {"sub":"ann"}
a refuse 401 /ws | Authorization: Bearer {t} ~ has no
token t HS256 {"sub":"ann","exp":"soon"}
a refuse 401 /ws | Authorization: Bearer {t} ~ no number of seconds
token t HS256 {"sub":"ann","exp":1e99}
a refuse 401 /ws | Authorization: Bearer {t} ~ no number of seconds
token t HS256 {"sub":"ann","exp":+600,"nbf":+20}
a connect /ws | Authorization: Bearer {t}
a refuse 401 /short | Authorization: Bearer {t}
token t HS256 {"sub":"ann","exp":+600,"nbf":+90}
a refuse 401 /ws | Authorization: Bearer {t} ~ is not valid yet
token t HS256 {"sub":"ann","exp":+600,"iat":+90}
a refuse 401 /ws | Authorization: Bearer {t} ~ was issued in the future
token t HS256 {"sub":"ann","exp":+86000,"iat":-1000}
a refuse 401 /ws | Authorization: Bearer {t} ~ lives longer than allowed
token t HS256 {"sub":"ann","exp":+99999}
a refuse 401 /ws | Authorization: Bearer {t} ~ lives longer than allowed
token t HS256 {"sub":"ann","exp":+400}
a refuse 401 /short | Authorization: Bearer {t} ~ lives longer than allowed
token t HS256 {"sub":"ann","exp":+200}
a connect /short | Authorization: Bearer {t}
# T25, T28: there is no list of tokens, and the README says so
token t HS256 {"sub":"ann","jti":"one","exp":+600}
a connect /ws | Authorization: Bearer {t}
b connect /ws | Authorization: Bearer {t}
# T15
token t HS256 {"exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names no user
token t HS256 {"sub":"","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names no user
token t HS256 {"sub":{"id":"ann"},"exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names no user
token t HS256 {"sub":7,"exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names no user
token t HS256 {"sub":"{rep 1024 a}","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names no user
token t HS256 {"sub":"a\u0000b","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t}
token t HS256 {"sub":"a\nb","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names no user
token t HS256 {"sub":"a\u202eb","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ names no user
# T16
token t HS256 {"sub":"ann","exp":+600,"exp":+700}
a refuse 401 /ws | Authorization: Bearer {t} ~ payload that is no strict JSON
token t HS256 header={"alg":"HS256","alg":"HS256"} {"sub":"ann","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ header that is no strict JSON



=== TEST 8: T14 issuer and audience, and claims of other names; N9 names in NFC
--- config
    location /for {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_token_claim user=uid name=nick roles=groups iss=https://id.example aud=chat;
    }
--- chat
token t HS256 {"uid":"u7","nick":"Ann","groups":["owner"],"iss":"https://id.example","aud":"chat","exp":+600}
a connect /for | Authorization: Bearer {t}
a expect json {"ev":"welcome","user":{"id":"u7","name":"Ann","roles":["owner"]}}
token t HS256 {"uid":"u7","name":"Eve","roles":"owner","iss":"https://id.example","aud":["mail","chat"],"exp":+600}
a connect /for | Authorization: Bearer {t}
a expect json {"ev":"welcome","user":{"id":"u7","name":"u7","roles":[]}}
# N9: what looks the same has the same bytes, whichever way a name comes
token t HS256 {"uid":"u7","nick":"Zoe\u0308","iss":"https://id.example","aud":"chat","exp":+600}
token o HS256 {"uid":"u7","nick":"Zo{hex c3ab}","iss":"https://id.example","aud":"chat","exp":+600}
a connect /for | Authorization: Bearer {t}
a expect json {"ev":"welcome","user":{"name":"Zo{hex c3ab}"}}
a call {"op":"auth","token":"{o}"} => {"ok":{"user":{"name":"Zo{hex c3ab}"}}}
a call {"op":"auth","token":"{t}"} => {"ok":{"user":{"name":"Zo{hex c3ab}"}}}
token t HS256 {"uid":"u7","nick":"a\u202eb","iss":"https://id.example","aud":"chat","exp":+600}
a call {"op":"auth","token":"{t}"} => {"ok":{"user":{"name":"u7"}}}
token t HS256 {"sub":"u7","iss":"https://id.example","aud":"chat","exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ names no user
token t HS256 {"uid":"u7","aud":"chat","exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ has another issuer
token t HS256 {"uid":"u7","iss":"https://id.example.evil","aud":"chat","exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ has another issuer
token t HS256 {"uid":"u7","iss":["https://id.example"],"aud":"chat","exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ has another issuer
token t HS256 {"uid":"u7","iss":"https://id.example","exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ is for another audience
token t HS256 {"uid":"u7","iss":"https://id.example","aud":"chatter","exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ is for another audience
token t HS256 {"uid":"u7","iss":"https://id.example","aud":["mail","cha"],"exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ is for another audience
token t HS256 {"uid":"u7","iss":"https://id.example","aud":[],"exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ is for another audience
token t HS256 {"uid":"u7","iss":"https://id.example","aud":{"chat":1},"exp":+600}
a refuse 401 /for | Authorization: Bearer {t} ~ is for another audience



=== TEST 9: T17 payloads that are no JSON; T18 long tokens
--- config eval: $::config
--- chat
token t HS256 sub=ann
a refuse 401 /ws | Authorization: Bearer {t} ~ payload that is no strict JSON
token t HS256 ["sub","ann"]
a refuse 401 /ws | Authorization: Bearer {t} ~ payload that is no strict JSON
token t HS256 {"sub":"ann","exp":+600} {"sub":"eve"}
a refuse 401 /ws | Authorization: Bearer {t} ~ payload that is no strict JSON
token t HS256 {"sub":"ann","x":{rep 200 [}1{rep 200 ]},"exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ payload that is no strict JSON
token t HS256 {"sub":"a{hex ff}","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ payload that is no strict JSON
token t HS256 {"sub":"a{hex 00}","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ payload that is no strict JSON
# T18: a payload as long as it may be, and the token then
token t HS256 {"sub":"ann","x":"{rep 2900 x}","exp":+600}
a connect /ws | Authorization: Bearer {t}
a connect /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64}
token t HS256 {"sub":"ann","x":"{rep 3000 x}","exp":+600}
a refuse 401 /ws | Authorization: Bearer {t} ~ is longer than 4096 bytes
a refuse 401 /ws | Authorization: Bearer {rep 4097 A} ~ is longer than 4096 bytes
a refuse 401 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64} ~ is longer than 4096 bytes
a refuse 400 /ws | Authorization: Bearer {rep 100000 A}
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{rep 100000 A}



=== TEST 10: T20 never from the address; two that differ; where guests may come
--- config eval
$::config . '
    location /guest {
        chat;
        chat_guests on;
        chat_token_key $TEST_NGINX_TOKENS/secret;
    }
    location /raw {
        chat;
        chat_format raw;
        chat_room raw;
        chat_token_key $TEST_NGINX_TOKENS/secret;
    }'
--- chat
token t HS256 {"sub":"ann","exp":+600}
token o HS256 {"sub":"ann","exp":+601}
token e HS256 {"sub":"ann","exp":-1}
a refuse 401 /ws?token={t} ~ A token in the address is not taken
a refuse 401 /ws?access_token={t}&room=a ~ A token in the address is not taken
a refuse 401 /guest?token={t}
a refuse 401 /ws?token={t} | Authorization: Bearer {t}
a refuse 400 /ws | Authorization: Bearer {t} | Sec-WebSocket-Protocol: chat.v1, chat.auth.{o64} ~ Two tokens are given, which differ
a refuse 400 /ws | Authorization: Bearer {e} | Sec-WebSocket-Protocol: chat.v1, chat.auth.{o64}
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64}, chat.auth.{o64} ~ Two tokens are given, which differ
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64} | Sec-WebSocket-Protocol: chat.auth.{o64}
a refuse 400 /ws | Authorization: Bearer {t} | Authorization: Bearer {o}
a connect /ws | Authorization: Bearer {t} | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64}, chat.auth.{t64}
a expect json {"ev":"welcome","user":{"id":"ann"}}
# a token that is bad makes no guest
a refuse 401 /guest | Authorization: Bearer {e} ~ has expired
a refuse 401 /guest | Sec-WebSocket-Protocol: chat.v1, chat.auth.x
a connect /guest | Authorization: Bearer {t}
a expect json {"ev":"welcome","user":{"id":"ann","guest":false}}
a connect /guest?name=Ann
a expect json {"ev":"welcome","user":{"name":"Ann","guest":true}}
# another scheme is no token
a connect /guest | Authorization: Basic YW5uOnNlY3JldA==
a expect json {"ev":"welcome","user":{"guest":true}}
# nothing but a token opens a raw room, which has no commands
a refuse 401 /raw ~ Log in first
a connect /raw | Authorization: Bearer {t}
a send text hi
a expect text hi
# a page that asks why learns it
http GET /ws | Authorization: Bearer {e} => 401 ~ token_expired
http GET /ws | Authorization: Bearer {t} => 426



=== TEST 11: T22 a key that has gone after a reload; who is in stays until the end
--- config
    location /ws {
        chat;
        chat_drain_time 1m;
        chat_token_key ../html/key kid=k;
    }
--- user_files
>>> key
the first of two secrets, which is long enough
--- chat
copy $TEST_NGINX_TOKENS/secret $TEST_NGINX_SERVROOT/html/key
reload
token t HS256 header={"alg":"HS256","kid":"k"} {"sub":"ann","exp":+600}
token s HS256 header={"alg":"HS256","kid":"k"} {"sub":"bob","exp":+4}
a hello /ws?room=r | Authorization: Bearer {t}
b hello /ws?room=r | Authorization: Bearer {s}
copy $TEST_NGINX_TOKENS/secret2 $TEST_NGINX_SERVROOT/html/key
reload
c refuse 401 /ws | Authorization: Bearer {t} ~ signature that does not fit
token n HS256 key=secret2 header={"alg":"HS256","kid":"k"} {"sub":"ann","exp":+600}
c hello /ws?room=r | Authorization: Bearer {n}
c until json {"ev":"joined"}
# the old worker has half a minute for the first of its two
a find json {"ev":"drain"}
a call {"op":"send","room":"r","text":"still here"} => {"ok":{"seq":1}}
c until json {"ev":"message","text":"still here","from":{"id":"ann"}}
b until close 4203
a call {"op":"send","room":"r","text":"and here"} => {"ok":{"seq":2}}
a close 1000
a until close 1000
