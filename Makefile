# make run   read raw_docs and publish parsed/current
# make test  lint, types, doctests and the whole suite, over all formats
PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin

.PHONY: run test clean help

help:
	@sed -n '1,2s/^# //p' Makefile

$(BIN)/python:
	$(PYTHON) -m venv $(ENV)

$(ENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(ENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@ $(ENV)/.installed

run: $(ENV)/.installed
	$(BIN)/hongzhi run raw_docs --out parsed

test: $(ENV)/.installed-test
	tools/install-system-packages
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/hongzhi rules check
	$(BIN)/python -m pytest -n auto --dist worksteal

clean:
	rm -rf $(ENV) build dist *.egg-info
