# The torture test's short form: a minute with every kind of fault, and the
# checker's own test.  The long form is "make torture".

use strict;
use warnings;

exec 'node', '--test', '--test-reporter=tap', 't/torture/torture.test.mjs'
    or die "node: $!\n";
