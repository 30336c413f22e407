# The two commands of the README are `make demo` and `make test`. Everything is built once, with the
# release profile, so that DataFusion is compiled once.

CARGO ?= cargo
PEOPLE ?= 20000
MONTHS ?= 12
DATA ?= demo-data/$(PEOPLE)-$(MONTHS)

.PHONY: demo build test faults lint schemathesis deploy-check bless bench limits kafka-fetch

demo: ## synthesise a district, feed it, show what is found, serve the API
	$(CARGO) run --release --bin sanzao -- demo --data $(DATA) --people $(PEOPLE) --months $(MONTHS)

build: ## the sanzao binary
	$(CARGO) build --release --bin sanzao

test: ## everything, on real SQLite and, where Java and Maven are found, real Kafka
	./tests/run.sh

faults: ## every fault on a real Kafka, and the table of what held (SANZAO_FAULT_SEED="1 2" for two seeds); needs Java, Maven, kcat and Python, and root, who fills a disk
	./tests/faults/run.sh

lint: ## formatting and clippy, as CI has them
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

schemathesis: build ## asks the API, as each role, whether it is as its description says; needs Python 3.11 or newer
	./tests/schemathesis/run.sh

deploy-check: ## rules, dashboards and units under deploy/; needs Python, promtool and systemd-analyze, says what it left out
	./tests/deploy/run.sh

bless: ## rewrite committed outputs; read the diff
	SANZAO_BLESS=1 $(CARGO) test --release --workspace --exclude sanzao-schemas
	SANZAO_BLESS=1 $(CARGO) test --release -p sanzao-schemas

bench: ## CPU per event for each stage, beside the budget
	$(CARGO) run --release --bin sanzao -- bench

limits: ## large and many things on a real Kafka, up to ten million events: what they take; needs SANZAO_KAFKA
	SANZAO_LIMIT_SECONDS=$${SANZAO_LIMIT_SECONDS:-600} $(CARGO) test --release --workspace --exclude sanzao-schemas --test limits --test scale -- --include-ignored --nocapture --test-threads 1

kafka-fetch: ## Apache Kafka as Maven artifacts
	deploy/kafka/kafka.sh fetch
