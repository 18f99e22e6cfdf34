"""The demonstration: a simulated year of cases, with sabotage."""
