# Every target but `lock` is a command of ./run, which needs nothing but Python 3.11 and pip.

.PHONY: demo test lint bench lock

demo test lint bench:
	./run $@

# Writes requirements/*.txt anew from pyproject.toml and keeps the pins that still fit; needs uv.
# `make lock UPGRADE=--upgrade` takes the newest versions.
COMPILE = uv pip compile --quiet --no-config --universal --python-version 3.11 --only-binary :all: --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(UPGRADE) pyproject.toml --group build

lock:
	$(COMPILE) --output-file requirements/run.txt
	$(COMPILE) --extra dask --group dev --constraint requirements/run.txt --output-file requirements/dev.txt
