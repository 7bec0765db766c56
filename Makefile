.PHONY: check test demo pin

check:  ## format, lint, types, floors
	uv run python tools/check.py

test:  ## all tests, the checks included
	uv run pytest

demo:  ## a virtual walker, analysed
	uv run kinelab demo

pin:  ## renew the pinned versions
	python tools/pin.py
