"""What the command line cannot do, said in one sentence."""


class Refusal(Exception):
    """The sentence; the command ends with status 1. `code` is that of the service that refused."""

    def __init__(self, sentence: str, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code
