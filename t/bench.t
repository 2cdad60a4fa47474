#!/usr/bin/perl

# Copyright (C) the ngx_chat_module authors
#
# Licensed under the BSD 2-Clause License, see LICENSE.

# The benchmark's short form: nothing lost, doubled or reordered under load.

use strict;
use warnings;

use File::Basename qw(dirname);

my $run = dirname($0) . '/bench/run';

exec $run, '--smoke' or die "$run: $!\n";
