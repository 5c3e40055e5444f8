"""Placeholder until the live helper writes it."""
