# The page and the classic page in a real browser, against the real module.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs' or die "node: $!\n";
