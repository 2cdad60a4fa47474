# What is around it: menus, settings, languages, keys, in a real browser.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs', qw(shell change)
    or die "node: $!\n";
