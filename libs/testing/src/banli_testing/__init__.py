"""What tests of decisions share: a grammar of given, when, then, and a body with one case."""
