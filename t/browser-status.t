# The page of the server's status, and networks without WebSocket, in a browser.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs', qw(status fallback)
    or die "node: $!\n";
