# What the module exports, and what lib/ defines, begins with its prefix.

use strict;
use warnings;

use Test::More;

my $so = 'build/ngx_http_chat_module.so';
my @exported = map { (split)[-1] } `nm -D --defined-only $so`;

cmp_ok(scalar @exported, '>', 0, "$so exports symbols");
is(join(' ', grep { !/^ngx_/ } @exported), '',
   'the module exports ngx_ names only');

for my $object (glob 'build/nginx/addon/lib/ngx_chat_*.o') {
    my @defined = map { (split)[-1] } `nm --extern-only --defined-only $object`;
    is(join(' ', grep { !/^ngx_chat_/ } @defined), '',
       "$object defines ngx_chat_ names only");

    my @wanted = map { (split)[-1] } `nm --undefined-only $object`;
    is(join(' ', grep { /^ngx_(?!chat_)/ } @wanted), '',
       "$object needs nothing of nginx");
}

for my $object (glob 'build/nginx/addon/ngx_chat_module/ngx_http_chat*.o') {
    my @defined = map { (split)[-1] } `nm --extern-only --defined-only $object`;
    is(join(' ', grep { !/^ngx_http_chat_/ } @defined), '',
       "$object defines ngx_http_chat_ names only");
}

done_testing();
