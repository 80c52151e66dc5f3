"""Import of any event log: files of rows, a mapping that says what each row means, and the ledger's bulk door."""
