# The habits of this project. Each target works in a fresh clone; `make test` makes the environment that the
# others use.

python := .venv-tests/bin/python

.PHONY: test lint fuzz bench docs docs-site captures

test:
	tests/run

$(python): setup.cfg setup.py pyproject.toml
	tests/run --prepare
	@touch $@

lint: $(python)
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy

# Minutes of random and mutated input, other seeds on each run; CASES=1000000 for the figure that was aimed at. What was
# stopped goes on where it was; `rm build/mutated.json` begins anew. AGAINST=python@directory compares another build.
fuzz: $(python)
	$(python) -m pytest -m long --hypothesis-profile=long
	$(python) benchmarks/mutated.py --count $(or $(CASES),100000) --seed $$(date +%s) --progress build/mutated.json \
		$(if $(AGAINST),--against $(AGAINST))

# Ratios against tshark, both measured in this one run.
bench: $(python)
	$(python) benchmarks/generate.py --output build/bench --size 0.05 handshake mixed bulk
	$(python) benchmarks/run.py build/bench/handshake-0.05.pcap build/bench/mixed-0.05.pcap build/bench/bulk-0.05.pcap

# Puts the program's present output into the samples of README.md and docs/, and makes the generated pages anew.
docs: $(python)
	$(python) -m tests.cli.help_pages
	$(python) -m tests.cli.man_pages
	$(python) -m tests.filter.page
	$(python) -m tests.registry.page
	$(python) -m tests.data_frames.table_page
	$(python) -m tests.verifiers.rule_book_page
	$(python) -m tests.policy.peer_software.products_page
	$(python) -m tests.docs.json_page
	$(python) -m tests.docs.made_tables
	$(python) docs/refresh_samples.py

# The documentation as web pages, the notebooks with their outputs: build/site/index.html.
docs-site: $(python)
	$(python) -m sphinx -W -n --keep-going -t execute -d build/doctrees docs build/site

# Makes the captures anew; the same bytes come out on every machine.
captures: $(python)
	$(python) captures/make.py
