"""What can go wrong with a command, and what the loop does with each.

Rejection      the command breaks a rule: recorded as its answer, never retried
TooEarly       a fact of another service may still be on its way: waits, never recorded
anything else  a bug: tried again alone, then an event parks its subject, a command is refused
"""

import re


class Rejection(Exception):
    """The command breaks a rule.

    A refusal is a class: its docstring is the sentence, its name the code. `field` names the part
    of the command that is at fault; no value of the command is ever repeated.
    """

    status = 422

    def __init__(self, field: str | None = None) -> None:
        super().__init__(self.sentence)
        self.field = field

    @property
    def sentence(self) -> str:
        """The docstring's first paragraph, on one line."""
        return " ".join((type(self).__doc__ or "").strip().split("\n\n")[0].split())

    @property
    def code(self) -> str:
        """The class name in kebab-case: OwnReply is `own-reply`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def again(self) -> bool:
        """Tell whether who asks the same again may get another answer."""
        return self.status == 503


class TooEarly(Rejection):
    """A fact that this rests on has not arrived yet; ask again."""

    status = 409
    again = True


class IdReused(Rejection):
    """This command id has already been used for another command."""

    status = 409


class Malformed(Rejection):
    """This is not a command that can be read."""

    status = 400


class UnknownCommand(Rejection):
    """This service knows no such command."""

    status = 400


class PersonalData(Rejection):
    """Contact data of persons is entered by its own door; here only the id that it answers."""


class UnfitSubject(Rejection):
    """This command is about another kind of subject."""

    status = 400


class NotPermitted(Rejection):
    """The post does not entitle to this."""

    status = 403


class NotHolder(Rejection):
    """The person does not hold this post today."""

    status = 403


class NotAssignedUnit(Rejection):
    """The item is assigned to other units."""

    status = 403


class NotAdmitted(Rejection):
    """This system is not admitted."""

    status = 403


class NotGranted(Rejection):
    """Over Kafka this takes a grant of its own, which this system does not have."""

    status = 403


class HandlesItself(Rejection):
    """A system that stands for a unit which handles the item cannot do this for it."""

    status = 403


class TooLarge(Rejection):
    """What this would record is too large for the log."""

    status = 413


class NotReady(Rejection):
    """The service has not caught up with the log, or is being rebuilt; ask again."""

    status = 503


class Busy(Rejection):
    """More is asked at once than the service takes on; ask again."""

    status = 503


class NothingHere(Rejection):
    """There is nothing at this address."""

    status = 404


class NoSuchMethod(Rejection):
    """What is at this address cannot be asked in this way."""

    status = 405


class TooSlow(Rejection):
    """The request did not arrive in time."""

    status = 408


class UnfitEncoding(Rejection):
    """A body is JSON in UTF-8, not compressed."""

    status = 415


class HeadTooLong(Rejection):
    """The address and headers of the request are too long, or too many."""

    status = 431


class InternalFault(Rejection):
    """The command could not be handled; the fault is on our side and has been recorded."""

    status = 500
