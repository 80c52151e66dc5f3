"""The fold of every lead over a Parquet export, on one machine or on many: segments, clocks and verdicts as Parquet."""
