"""The contracts of Banli: events, commands, the envelope and sealed fields."""
