# ngx_chat_module: make help

SHELL = /bin/bash
CC = gcc
BUILD = build
SO = $(BUILD)/ngx_http_chat_module.so

DESTDIR =
MODULES = $(shell /usr/sbin/nginx -V 2>&1 | tr ' ' '\n' | \
	sed -n 's/^--modules-path=//p')
HTML = /usr/share/ngx_chat_module/html

# seconds that each fuzz target runs
FUZZ_TIME = 60

# the tests to run: make test T="t/ws-frames.t t/unit.t"
T =

export FUZZ_TIME T


.PHONY: build run test test-quick test-asan asan static bench fuzz check
.PHONY: install clean help deps deps-build deps-run deps-test deps-bench
.PHONY: node-modules

build: deps-build
	@t/bin/build-module

run: deps-run
	@t/bin/build-module
	@exec t/bin/run

test: deps-test node-modules
	@t/bin/build-module
	@t/bin/build-asan
	@t/bin/test $(T)

test-quick: deps-test
	@t/bin/build-module
	@t/bin/test --flavour debian $(T)

test-asan: deps-test
	@t/bin/build-asan
	@t/bin/test --flavour asan $(T)

asan: deps-test
	@t/bin/build-asan

static: deps-test
	@t/bin/build-static

bench: deps-bench
	@t/bin/build-module
	@t/bench/run $(BENCH)

fuzz: deps-test
	@t/bin/fuzz

check: deps-test
	@t/bin/check

install: build
	install -D -m 644 $(SO) \
		$(DESTDIR)$(MODULES)/ngx_http_chat_module.so
	cd html && find . -type f -exec \
		install -D -m 644 {} $(DESTDIR)$(HTML)/{} \;

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
	@echo 'make run         a chat to try: redis-server, nginx, a page'
	@echo 'make test        the whole suite (T=t/x.t: only that test)'
	@echo 'make test-quick  the suite on the nginx of this Debian only'
	@echo 'make test-asan   the suite on the sanitizer build only'
	@echo 'make asan        nginx and the module with ASan and UBSan'
	@echo 'make static      nginx with the module linked in'
	@echo 'make check       compiler warnings, clang-tidy, cppcheck'
	@echo 'make fuzz        libFuzzer, FUZZ_TIME=60 seconds a target'
	@echo 'make bench       speed and memory beside other servers'
	@echo 'make install     the module and the page (DESTDIR=)'
	@echo 'make clean       remove build/'
