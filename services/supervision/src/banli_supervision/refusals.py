"""What supervision refuses: the docstring is the sentence, the name is the code."""

from banli_engine.errors import Rejection


class AlreadyArchived(Rejection):
    """The case is closed; nothing more is done in it."""

    status = 409


class NotAssignedUnit(Rejection):
    """The item is assigned to other units."""

    status = 403


class NotHandler(Rejection):
    """Only the handler named in the assignment does this."""

    status = 403


class NotSigner(Rejection):
    """This person did not sign the item."""


class NotContacted(Rejection):
    """No signer has been contacted yet; contact comes before the draft."""


class NotResearched(Rejection):
    """The matter has not been looked into yet; research comes before the draft."""


class UnknownAsk(Rejection):
    """The item has no such ask."""


class AskAnsweredTwice(Rejection):
    """An ask is answered in more than one line."""


class AskUnanswered(Rejection):
    """An ask of the item is left without an answer."""


class UnknownResult(Rejection):
    """There is no such result class."""


class MeasuresMissing(Rejection):
    """Not one measure is named; without one the case could never be closed."""


class UnchangedDraft(Rejection):
    """This is the draft that was returned, unchanged."""


class NoDraft(Rejection):
    """There is no draft yet."""


class StaleDraft(Rejection):
    """The draft has been replaced by another."""

    status = 409


class OwnDraft(Rejection):
    """Nobody reviews or approves what they wrote themselves."""

    status = 403


class DraftReturned(Rejection):
    """The draft was returned and must be redone first."""

    status = 409


class NotPassed(Rejection):
    """Nobody has reviewed and passed this draft yet."""


class AlreadyApproved(Rejection):
    """The draft is approved already; only a new draft undoes that."""

    status = 409


class NotApprover(Rejection):
    """The rules of this case name another post as approver."""

    status = 403


class NotApproved(Rejection):
    """The draft is not approved."""


class WrongProduct(Rejection):
    """A reply is issued where this body leads, a co-opinion delivered where it is co."""


class AlreadySent(Rejection):
    """The reply or co-opinion has gone out already."""

    status = 409


class NotSent(Rejection):
    """The reply or co-opinion has not gone out yet."""


class AlreadyFiled(Rejection):
    """The summary is on file already, in other words."""

    status = 409


class AlreadyPublished(Rejection):
    """This version of the pack is published already, and differently."""

    status = 409


class VersionOutOfOrder(Rejection):
    """The versions of a pack are published as 1, 2, 3, one after the other."""

    status = 409


class UnknownTimezone(Rejection):
    """There is no such time zone."""


class UnfitApprover(Rejection):
    """A reply is approved by the chief or a deputy chief."""
