# The stored inputs of the fuzz targets, run again with ASan and UBSan.

use strict;
use warnings;

use Test::More;

system('mkdir -p build && flock build/.lib.lock'
       . ' make -s -j2 replay-programs') == 0
    or BAIL_OUT('the fuzz targets do not compile');

for my $source (sort glob 't/fuzz/*_fuzz.c') {
    my ($stem) = $source =~ m{([^/]+)_fuzz\.c$};
    my $corpus = "t/fuzz/corpus/$stem";

    if (!-d $corpus) {
        fail("$corpus is missing");
        next;
    }

    my $output = `build/fuzz/${stem}_replay $corpus 2>&1`;
    my ($count) = $output =~ /^ok 1 - .*?(\d+) inputs/m;

    ok($? == 0 && $count, "$stem, " . ($count // 0) . ' inputs')
        or diag(substr $output, 0, 8000);
}

done_testing();
