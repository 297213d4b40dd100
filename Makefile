# `make` alone lists what there is. Choose another Python with `make book PYTHON=python3.12`.

BIN := .venv/bin
PYTHON_USED := $(or $(PYTHON),python3)

# The same build for everyone: one thread of BLAS, no start-up noise, nothing of the user's own
# settings for Python, Jupyter, IPython and matplotlib.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 0
export CUDA_VISIBLE_DEVICES := -1
export PYTHONHASHSEED := 0
export PYTHONUTF8 := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export IPYTHONDIR := $(CURDIR)/.venv/settings/ipython
export MPLCONFIGDIR := $(CURDIR)/.venv/settings/matplotlib
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/settings/jupyter
unexport NODE_OPTIONS PYTHONPATH PYTHONHOME PYTHONSTARTUP JUPYTER_PATH MATPLOTLIBRC MPLBACKEND

.PHONY: help env book pdf epub serve lab connect test links renew audit bench bench-live lint \
  format lock clean

help:
	@echo "Deep Learning, Verified"
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 /p' Makefile | awk '{ printf "  %s %-10s", $$1, $$2; $$1 = $$2 = ""; print }'

# Makes or repairs .venv so that it holds what requirements.txt says; at once when it does.
env:
	@command -v "$(PYTHON_USED)" >/dev/null || { echo "There is no $(PYTHON_USED) here: install \
	Python 3.11, 3.12 or 3.13, or choose one with \`make book PYTHON=python3.12\`." >&2; exit 1; }
	@"$(PYTHON_USED)" tools/bootstrap.py $(if $(PYTHON),--chosen)

book: env ## build the book into _build/html
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "The book is in $(CURDIR)/_build/html: open index.html there, or run \`make serve\`."

pdf: book ## make a PDF of the whole book, from the same run
	$(BIN)/jupyter-book build . -W -n --keep-going --builder custom --custom-builder $@
	@cp _build/$@/*.$@ _build/html

epub: book ## make an EPUB of the whole book, from the same run
	$(BIN)/jupyter-book build . -W -n --keep-going --builder custom --custom-builder $@
	@cp _build/$@/*.$@ _build/html

serve: env ## show the book in a browser and rebuild it on every edit (PORT=8000)
	$(BIN)/python tools/serve.py $(PORT)

lab: env ## open the chapters as notebooks in JupyterLab
	@$(BIN)/jupytext-config set-default-viewer markdown myst
	$(BIN)/jupyter lab --notebook-dir=book $(if $(filter 0,$(shell id -u)),--allow-root)

connect: env ## let a site's copy of the book run its cells here (ORIGIN=https://…)
	@$(BIN)/python tools/connect.py "$(ORIGIN)" "$(PORT)"

test: env ## run every test, the book's cells among them
	@$(BIN)/python tools/browser.py
	$(BIN)/python -m pytest

links: env ## follow every link that leads out of the book (needs the network)
	$(BIN)/jupyter-book build . --builder custom --custom-builder linkcheck --keep-going

renew: env ## write the pages' expectations anew (then read the diff)
	$(BIN)/python -m pytest tests/book --renew

audit: env ## measure the built pages with Lighthouse (the first time it is installed)
	@$(BIN)/python tools/audit $(PAGES)

bench: .venv-bench/ready ## measure dlbook against its peers
	.venv-bench/bin/python -m benchmarks

bench-live: env ## measure the live cells of the built book
	$(BIN)/python -m benchmarks.live

# By pip, because it heeds PIP_FIND_LINKS, where a CPU build of PyTorch may lie.
.venv-bench/ready: benchmarks/requirements.txt | env
	$(BIN)/python -m venv --clear .venv-bench
	.venv-bench/bin/python -m pip install --quiet --requirement benchmarks/requirements.txt
	@touch $@

lint: env ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: env ## write the code in the book's style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: env ## compile requirements.txt from pyproject.toml (UPGRADE=1: newest versions)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --fork-strategy fewest --extra plots --group install --group book --group read --group test \
	  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
	  pyproject.toml --output-file requirements.txt

clean: ## remove the built book, its caches and the environments
	rm -rf _build .venv .venv-bench .audit node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
