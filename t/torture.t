# The torture test's short form: half a minute with every kind of fault, with
# either store, and the checker's own test.  The long form is "make torture".

use strict;
use warnings;

exec 'node', '--test', '--test-reporter=./t/browser/tap.mjs',
     't/torture/torture.test.mjs'
    or die "node: $!\n";
