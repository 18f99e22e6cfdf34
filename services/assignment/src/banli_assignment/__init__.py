"""Assignment: who handles a case."""
