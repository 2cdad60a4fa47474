# Encrypted rooms in a real browser, and that nothing else can read them.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs', qw(e2e sealed)
    or die "node: $!\n";
