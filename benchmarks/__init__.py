"""What the ledger's speed is compared with, on the machine at hand: `python -m benchmarks --help`.

Each benchmark is a file that says what it compares and why that is fair. A ratio is always between two medians of one
run, in which ours and the peer's turns alternate.
"""
