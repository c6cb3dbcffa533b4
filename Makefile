# Short names for what this project does. The scripts and .venv/bin/cadencia do the work.
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test check doctor bench bench-agreement bench-amd bench-amd-calls bench-attempts bench-audiosocket bench-calls bench-console bench-control bench-day bench-gate bench-import bench-ivr bench-ivr-speech bench-ledger bench-message bench-pacing simulate-month bench-reservations fuzz-ivr clean

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup:  ## system packages, .venv and the private Asterisk (as root)
	scripts/setup

run:  ## set up, then a demonstration campaign with the console
	scripts/run

test:  ## lint, types, imports and every test, on real servers (as root)
	scripts/test

check:  ## lint, types, imports, unit and property tests: a minute or two, needs no server
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit tests/property tests/golden

doctor:  ## examine this installation and say how to mend it
	$(BIN)/cadencia doctor

bench: bench-gate bench-attempts bench-import bench-audiosocket bench-calls  ## every measurement that needs no data of yours

bench-agreement:  ## half an hour on Asterisk and SIPp beside what the simulator says of it: 35 minutes (as root)
	$(BIN)/python -m tests.perf.bench_agreement

bench-amd:  ## the detector beside others, on the line, under load, into docs/amd-benchmarks.md: CADENCIA_AMD_AUDIO=folder make bench-amd (as root)
	$(BIN)/python -m tests.perf.bench_amd --output docs/amd-benchmarks.md

bench-amd-calls:  ## 200 files as calls through the whole engine, their verdicts beside those offline (as root)
	$(BIN)/python -m tests.perf.bench_amd --only calls --output docs/amd-benchmarks.md

bench-attempts:  ## the log of attempts: milliseconds a batch, attempts a second
	$(BIN)/python tests/perf/bench_attempts.py

bench-audiosocket:  ## many calls' audio through server and detector
	$(BIN)/python tests/perf/bench_audiosocket.py

bench-calls:  ## calls through the whole engine, Asterisk and SIPp, into docs/benchmarks.md: ten minutes (as root)
	$(BIN)/python -m tests.perf.bench_calls --output docs/benchmarks.md

bench-console:  ## from an event on the bus to the supervisors' screens, into docs/benchmarks.md: two minutes
	$(BIN)/python -m tests.perf.bench_console --output docs/benchmarks.md

bench-control:  ## from a supervisor's order to what it changes, into docs/benchmarks.md: three minutes
	$(BIN)/python -m tests.perf.bench_control --output docs/benchmarks.md

bench-day:  ## a day of 100 agents through the whole engine in virtual time
	$(BIN)/python -m tests.perf.bench_virtual_day

bench-gate:  ## one decision of the compliance gate, in microseconds
	$(BIN)/python tests/perf/bench_gate.py

bench-import:  ## a million rows of debtors into a database
	$(BIN)/python tests/perf/bench_import.py

bench-ivr:  ## a hundred self-service calls at the same time on a real Asterisk, into docs/ivr.md: two minutes (as root)
	$(BIN)/python -m tests.perf.bench_ivr --output docs/ivr.md

bench-ivr-speech:  ## spoken answers that the small models understand, into docs/ivr-speech.md: two minutes
	$(BIN)/python -m tests.perf.bench_ivr_speech --output docs/ivr-speech.md

bench-message:  ## how soon after the beep a message begins, on a real Asterisk (as root)
	$(BIN)/python -m tests.perf.bench_message

bench-pacing:  ## every pacer on the same simulated days, into docs/pacing-benchmarks.md: hours, and it may be stopped
	$(BIN)/python -m tests.perf.bench_pacing

simulate-month:  ## 30 days, 100,000 debtors, every way to dial, each decision judged again: an hour
	$(BIN)/python tests/perf/simulate_month.py

bench-ledger:  ## a decision with ten million events in the ledger, and how they are read: ten minutes, 6 GB of disk
	$(BIN)/python tests/perf/bench_ledger.py

bench-reservations:  ## reservations a second through the gate, on SQLite and on PostgreSQL
	$(BIN)/python tests/perf/bench_reservations.py

fuzz-ivr:  ## 20,000 self-service calls of random keys, words and hang-ups: half a minute
	CADENCIA_IVR_WALKS=20000 $(BIN)/pytest -q tests/property/test_self_service_walks.py

screenshots:  ## pictures of every page from a demonstration, into docs/images/console: six minutes
	scripts/screenshots

clean:  ## remove caches; data, .venv and Asterisk stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov dist
	find . -name __pycache__ -type d -not -path './.venv/*' -exec rm -rf {} +
