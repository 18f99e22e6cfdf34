"""Reporting: what happened, seen together."""
