# html/openapi.yaml, against the code and t/api.t, under node.

use strict;
use warnings;

exec 'node', '--test', '--test-reporter=./t/browser/tap.mjs',
     't/openapi/openapi.test.mjs'
    or die "node: $!\n";
