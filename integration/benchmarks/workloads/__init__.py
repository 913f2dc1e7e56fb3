"""Data for benchmarks, made from seeds: every run and every machine has the same bytes."""
