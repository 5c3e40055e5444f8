"""Liked next to right: figures at matched behaviour, and whether behaviour stays within its bounds."""
