# The unit tests of lib/, built with ASan and UBSan.

use strict;
use warnings;

use Test::More;

system('mkdir -p build && flock build/.lib.lock'
       . ' make -s -j2 unit-programs') == 0
    or BAIL_OUT('the unit tests do not compile');

for my $source (sort glob 't/unit/*_test.c') {
    my ($name) = $source =~ m{([^/]+)\.c$};
    my $output = `build/unit/$name 2>&1`;
    my $status = $?;
    my $count = () = $output =~ /^ok \d/mg;
    my $bad = $status != 0 || $count == 0 || $output =~ /^not ok/m;

    ok(!$bad, "$name, $count tests")
        or diag(join "\n", "status $status",
                (grep { !/^ok / } split /\n/, $output)[0 .. 80]);
}

done_testing();
