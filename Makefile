# Every target but `lock` and `vendor` is a command of ./run, which needs nothing but Python 3.11 and pip.

.PHONY: demo test lint bench lock vendor

demo test lint bench:
	./run $@

# Writes requirements/*.txt anew from pyproject.toml and keeps the pins that still fit; needs uv.
# `make lock UPGRADE=--upgrade` takes the newest versions.
COMPILE = uv pip compile --quiet --no-config --universal --python-version 3.11 --only-binary :all: --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header $(UPGRADE) pyproject.toml --group build

lock:
	$(COMPILE) --output-file requirements/run.txt
	$(COMPILE) --extra dask --extra otel --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

# Writes the browser's script anew from the published package, and axe, by which the tests check pages; needs npm. The tests
# hold both to their SHA-256.
HTMX = 4.0.1
AXE = 4.14.1
NOTE = /* htmx $(HTMX) and its extension hx-sse, as published, one behind the other: two deferred scripts would race. `make vendor` makes it. Licence: htmx.LICENSE.txt */

vendor:
	rm -rf build/vendor && mkdir -p build/vendor
	cd build/vendor && npm pack --silent htmx.org@$(HTMX) axe-core@$(AXE) && for one in *.tgz; do mkdir $$one.d && tar xzf $$one -C $$one.d; done
	cd build/vendor/htmx.org-$(HTMX).tgz.d/package && { printf '%s\n' '$(NOTE)'; cat dist/htmx.min.js; echo; cat dist/ext/hx-sse.min.js; echo; } \
		> $(CURDIR)/api/web/static/htmx.js && cp LICENSE $(CURDIR)/api/web/static/htmx.LICENSE.txt
	cd build/vendor/axe-core-$(AXE).tgz.d/package && cp axe.min.js $(CURDIR)/tests/web/axe/ && cp LICENSE $(CURDIR)/tests/web/axe/LICENSE
	rm -rf build/vendor
