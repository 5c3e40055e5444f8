"""Reading what an experiment left in the ledger: labelled turns, and chosen turns that never came."""
