"""Answers being written: claimed by one process, streamed, persisted once a second, shown on the programme's clock."""
