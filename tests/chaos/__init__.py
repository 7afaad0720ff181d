"""G1: many commands, faulty answers, late effects and killed processes; then the marketplace's ledger is compared with
our journal. `python -m tests.chaos --help`."""
