"""What the command line cannot do, said in one sentence, and the exit codes that go with it."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ends; see docs/exit-codes.md."""

    OK = 0
    WRONG = 1  # something is wrong, or what was asked could not be done
    USAGE = 2  # the command line, the profile or a file is not as it must be
    UNREACHED = 3  # a service, a database or Kafka does not answer
    REFUSED = 4  # a service or Kafka says no: a rule, or rights that are missing
    INTERRUPTED = 130  # Ctrl-C


class Refusal(Exception):
    """The sentence; the command ends with `exit`. `code` is that of the service that refused."""

    exit = Exit.WRONG

    def __init__(self, sentence: str, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code


class Misused(Refusal):
    """The command line, the profile or a file is not as it must be."""

    exit = Exit.USAGE


class NotReached(Refusal):
    """A service, a database or Kafka does not answer."""

    exit = Exit.UNREACHED


class Denied(Refusal):
    """A service or Kafka says no."""

    exit = Exit.REFUSED
