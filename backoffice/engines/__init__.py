"""PostgreSQL and Valkey from their wheels: where they live, as whom they run, how they start and stop; no Django."""
