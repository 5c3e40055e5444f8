"""Liked next to right: what an experiment's figures come to at matched behaviour, and whether behaviour stays in bounds."""
