"""What an alpha says: read from its tables and the ledger, for those who see alphas."""
