"""Read models: tables that say what the ledger means, thrown away and rebuilt at will."""
