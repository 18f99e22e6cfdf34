"""What the command line cannot do, said in one sentence."""


class Refusal(Exception):
    """The sentence; the command ends with status 1."""
