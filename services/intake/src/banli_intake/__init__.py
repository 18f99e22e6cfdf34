"""Intake: all that comes in from outside."""
