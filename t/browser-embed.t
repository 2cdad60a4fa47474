# <chat-room> in pages of others, and what hostile texts do, in a browser.

use strict;
use warnings;

exec 'node', 't/browser/run.mjs', qw(embed headers xss)
    or die "node: $!\n";
