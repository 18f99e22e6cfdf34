"""What intake may say of a private person: nothing before they are entered or once forgotten."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code
from banli_events.intake import PersonEntered, PersonForgotten, PersonUnsealed


def entered(known: Known, _: PersonEntered) -> Breaches:
    """A person who was forgotten stays forgotten."""
    if known.intake.forgotten:
        yield Code.AFTER_FORGETTING


def unsealed(known: Known, _: PersonUnsealed) -> Breaches:
    """Only of a person who was entered, and not yet forgotten, is anything shown."""
    yield from _must_be_there(known)


def forgotten(known: Known, _: PersonForgotten) -> Breaches:
    """A person who was entered is forgotten once."""
    yield from _must_be_there(known)


def _must_be_there(known: Known) -> Breaches:
    if not known.intake.entered:
        yield Code.NO_PERSON
    if known.intake.forgotten:
        yield Code.AFTER_FORGETTING
