# The page of the server's status, in a browser.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs', qw(status)
    or die "node: $!\n";
