"""Readouts: what an experiment says at the end of a closed hour, from its totals and its labelled slice."""
