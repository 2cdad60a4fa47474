# The browser library's tests, under node.

use strict;
use warnings;

exec 'node', '--test', '--test-reporter=./t/browser/tap.mjs',
     sort glob 't/js/*.test.mjs'
    or die "node: $!\n";
