# The page and the classic page in a real browser, against the real module.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs', qw(chat classic kept token)
    or die "node: $!\n";
