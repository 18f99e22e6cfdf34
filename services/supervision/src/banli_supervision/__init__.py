"""Supervision: is it done, well and in time."""
