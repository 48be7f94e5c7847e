# make dev    everything on this machine, until Ctrl-C   (ARGS=--fresh starts anew)
# make test   every test, two files at a time           (ARGS="-k lockout" only some)
# make bench  what this machine can do beside what Ostiary does (ARGS=--list)
# make check  format, types, layers, dependencies

LOCKED = $(shell cat requirements-dev.txt requirements-argon2.txt docs/ops/argon2.sh | cksum | cut -d' ' -f1)
STAMP = .venv/installed-$(LOCKED)
PYTHONS = python3 python3.14 python3.13 python3.12 python3.11
FIND_PYTHON = for python in $(PYTHONS); do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo $$python; break; fi; done

.PHONY: dev test bench check venv
.SILENT:

dev: venv
	exec .venv/bin/ostiary dev $(ARGS)

# What prints figures or a table does so from one process.
ALONE = $(REHEARSAL) $(filter -s --routes,$(ARGS))
JOBS ?= 2
# As they are listed, which is the processes first: they wait while others compute.
ORDER = --dist loadfile --no-loadscope-reorder

test: venv
	.venv/bin/pytest -q -n $(if $(strip $(ALONE)),0,$(JOBS)) $(ORDER) $(ARGS)

bench: venv
	exec .venv/bin/python -m workshop.benchmarks $(ARGS)

check: venv
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .

venv: $(STAMP)

$(STAMP):
	python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo "Ostiary needs Python 3.11 or later, and none of $(PYTHONS) is." >&2; exit 1; fi; \
	echo "Making .venv with $$python, once; this takes about a minute."; \
	$$python -m venv .venv
	.venv/bin/pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	.venv/bin/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation \
		--config-settings editable_mode=compat -e .
	sh docs/ops/argon2.sh .venv/bin/python
	rm -f .venv/installed-* && touch $(STAMP)
