# ngx_chat_module: make help

SHELL = /bin/bash
CC = gcc
BUILD = build
SO = $(BUILD)/ngx_http_chat_module.so

DESTDIR =
MODULES = $(shell /usr/sbin/nginx -V 2>&1 | tr ' ' '\n' | \
	sed -n 's/^--modules-path=//p')
HTML = /usr/share/ngx_chat_module/html

# what lib/ is held to, by gcc and by clang
STRICT = -std=c99 -Wall -Wextra -Wconversion -Wshadow -Werror

# seconds that each fuzz target runs
FUZZ_TIME = 60

# the tests to run: make test T="t/ws-frames.t t/unit.t"
T =

# seconds of faults, and the store: shm, redis; others of its settings:
# t/torture/README.md
TORTURE_TIME ?= 900
TORTURE_STORE ?= shm

export FUZZ_TIME T TORTURE_TIME TORTURE_STORE


.PHONY: build run test test-quick test-asan test-partial test-late
.PHONY: asan static bench fuzz check torture
.PHONY: install clean help deps deps-build deps-run deps-test deps-bench
.PHONY: node-modules unit-programs replay-programs fuzz-programs preload

build: deps-build
	@t/bin/build-module

run: deps-run
	@t/bin/build-module
	@exec t/bin/run

test: deps-test node-modules preload
	@t/bin/build-module
	@t/bin/build-asan
	@t/bin/test all $(T)

test-quick: deps-test node-modules
	@t/bin/build-module
	@t/bin/test debian $(T)

test-asan: deps-test
	@t/bin/build-asan
	@t/bin/test asan $(T)

test-partial: deps-test preload
	@t/bin/build-module
	@t/bin/test partial $(T)

# not a part of the suite: a pause is too long for a few tests by right
test-late: deps-test preload
	@t/bin/build-module
	@t/bin/test late $(T)

asan: deps-test
	@t/bin/build-asan

static: deps-test
	@t/bin/build-static

bench: deps-bench
	@t/bin/build-module
	@t/bench/run $(BENCH)

fuzz: deps-test
	@t/bin/fuzz

torture: deps-test
	@t/bin/build-module
	@node t/torture/torture.mjs

check: deps-test
	@t/bin/check

install: build
	install -D -m 644 $(SO) \
		$(DESTDIR)$(MODULES)/ngx_http_chat_module.so
	cd html && find . -path ./pictures -prune -o -type f -exec \
		install -D -m 644 {} $(DESTDIR)$(HTML)/{} \;

# the tests of lib/, with ASan and UBSan

LIB_DIR = ngx_chat_module/lib
LIB = $(wildcard $(LIB_DIR)/*.c)
HEADERS = $(wildcard $(LIB_DIR)/*.h t/unit/*.h t/fuzz/*.h)
UNIT = $(patsubst t/unit/%.c,$(BUILD)/unit/%,$(wildcard t/unit/*_test.c))
TARGETS = $(patsubst t/fuzz/%_fuzz.c,%,$(wildcard t/fuzz/*_fuzz.c))
REPLAY = $(TARGETS:%=$(BUILD)/fuzz/%_replay)
FUZZ = $(TARGETS:%=$(BUILD)/fuzz/%_fuzz)

SANITIZE = -g1 -O1 -fno-omit-frame-pointer -fno-sanitize-recover=undefined

# the embedded store may be ended at any of its steps
OPTIONS = -DNGX_CHAT_LOG_STEPS=1 -DNGX_HAVE_LIBJWT=1

TEST_CC = $(CC) -std=gnu99 -Wall -Wextra -Werror $(SANITIZE) $(OPTIONS) \
	-fsanitize=address,undefined -I $(LIB_DIR) -I t/unit
FUZZ_CC = clang -std=gnu99 -Wall -Wextra -Werror $(SANITIZE) $(OPTIONS) \
	-fsanitize=address,undefined,fuzzer -I $(LIB_DIR) -I t/unit
LIBS = -lcjson -ljwt -lcrypto -lz -lm -licui18n -licuuc

LIB_OBJECTS = $(LIB:$(LIB_DIR)/%.c=$(BUILD)/unit/lib/%.o)
FUZZ_OBJECTS = $(LIB:$(LIB_DIR)/%.c=$(BUILD)/fuzz/lib/%.o)

unit-programs: $(UNIT)
replay-programs: $(REPLAY)
fuzz-programs: $(FUZZ)

$(BUILD)/unit/lib/%.o: $(LIB_DIR)/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(TEST_CC) -c -o $@ $<

$(BUILD)/fuzz/lib/%.o: $(LIB_DIR)/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CC) -fno-sanitize=fuzzer -fsanitize=fuzzer-no-link -c -o $@ $<

$(BUILD)/unit/%: t/unit/%.c $(LIB_OBJECTS)
	$(TEST_CC) -o $@ $< $(LIB_OBJECTS) -lcmocka $(LIBS)

$(BUILD)/fuzz/%_replay: t/fuzz/%_fuzz.c t/fuzz/replay.c $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(TEST_CC) -o $@ $< t/fuzz/replay.c $(LIB_OBJECTS) $(LIBS)

$(BUILD)/fuzz/%_fuzz: t/fuzz/%_fuzz.c $(FUZZ_OBJECTS)
	@mkdir -p $(@D)
	$(FUZZ_CC) -o $@ $< $(FUZZ_OBJECTS) $(LIBS)

# short reads and writes for Debian's nginx, pauses, and a clock that jumps

PRELOAD = partial_io late clock

preload: $(PRELOAD:%=$(BUILD)/preload/%.so)

$(BUILD)/preload/%.so: t/preload/%.c
	@mkdir -p $(@D)
	$(CC) $(STRICT) -D_GNU_SOURCE -O2 -g -fPIC -shared -o $@ $< -ldl

clean:
	rm -rf $(BUILD)

deps: deps-run

deps-build deps-run deps-test deps-bench:
	@t/bin/deps $(@:deps-%=%)

# what the browser tests need; of the site's own nothing
node-modules: deps-test
	@t/bin/node-modules

help:
	@echo 'make build       the module, for the nginx of this Debian:'
	@echo '                 $(SO)'
	@echo 'make run         a chat to try: nginx, a page (STORE=redis: with Redis)'
	@echo 'make test        the whole suite (T=t/x.t: only that test)'
	@echo 'make test-quick  the suite on the nginx of this Debian only'
	@echo 'make test-asan   the suite on the sanitizer build only'
	@echo 'make test-partial  with short reads and writes, and EAGAIN'
	@echo 'make asan        nginx and the module with ASan and UBSan'
	@echo 'make static      nginx with the module linked in'
	@echo 'make check       compiler warnings, clang-tidy, cppcheck'
	@echo 'make fuzz        libFuzzer, FUZZ_TIME=60 seconds a target'
	@echo 'make torture     faults for TORTURE_TIME=900 seconds, a verdict'
	@echo '                 (TORTURE_STORE=shm or redis)'
	@echo 'make bench       speed and memory beside other servers'
	@echo 'make install     the module and the page (DESTDIR=)'
	@echo 'make clean       remove build/'
