# What is said, as the page shows it, in a real browser.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs', qw(log)
    or die "node: $!\n";
