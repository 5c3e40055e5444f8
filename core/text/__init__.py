"""What models and people wrote, made safe to show: no Django models, plain functions on strings."""
