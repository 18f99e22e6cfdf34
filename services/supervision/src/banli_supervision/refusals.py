"""What supervision refuses: the docstring is the sentence, the name is the code."""

from banli_engine.errors import Rejection


class AlreadyArchived(Rejection):
    """The case is closed; nothing more is done in it."""

    status = 409


class HandlingEnded(Rejection):
    """The handling has ended: withdrawn, explained to be out of scope, or given back."""

    status = 409


class NotLeadUnit(Rejection):
    """Of the heads, only the lead unit's reviews."""

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


class NotCoordinated(Rejection):
    """Not every co-unit has been asked for its opinion yet; that comes before this step."""


class NotRectified(Rejection):
    """Nothing has been put right yet; that comes before this step."""


class NotContactedAgain(Rejection):
    """No signer was contacted after things were put right; that comes before this step."""


class NotConsulted(Rejection):
    """Those who signed have not been consulted face to face yet; that comes before this step."""


class SignerNotContacted(Rejection):
    """Somebody who signed has not been contacted yet; everyone is before the approval."""


class NotCoUnit(Rejection):
    """This unit is no co-unit of the case."""


class AlreadyAsked(Rejection):
    """The co-unit has been asked already, and something else."""

    status = 409


class NotAsked(Rejection):
    """The co-unit has not been asked for its opinion."""


class AlreadyAnswered(Rejection):
    """The co-unit has given its opinion already, and another."""

    status = 409


class OpinionsAwaited(Rejection):
    """A co-unit has not given its opinion yet, and its time is not over."""


class OpinionUntold(Rejection):
    """A co-unit gave its opinion, and the draft does not say once what became of it."""


class UnknownOpinion(Rejection):
    """The draft tells of an opinion that no co-unit of the case gave."""


class UnknownTaken(Rejection):
    """An opinion is taken fully, in part or not."""


class OpinionsChanged(Rejection):
    """The co-units are others than those the draft tells of, or one has spoken since."""

    status = 409


class UnknownAsk(Rejection):
    """The item has no such ask."""


class AskAnsweredTwice(Rejection):
    """An ask is answered in more than one line."""


class AskUnanswered(Rejection):
    """An ask of the item is left without an answer."""


class UnknownResult(Rejection):
    """There is no such result class."""


class ResultUnproved(Rejection):
    """What is solved is shown by its day and evidence, what is planned by plan and day."""


class ReasonMissing(Rejection):
    """What cannot be done now has one of the reasons why."""


class FollowUpMissing(Rejection):
    """What is not solved yet is followed up by somebody, on a day."""


class MeasuresMissing(Rejection):
    """Neither measure nor plan is named; without one the case could never be closed."""


class UnchangedDraft(Rejection):
    """This draft was returned, or did not satisfy, and is unchanged."""


class NoDraft(Rejection):
    """There is no draft yet."""


class StaleDraft(Rejection):
    """The draft has been replaced by another."""

    status = 409


class DraftVoid(Rejection):
    """The author of the draft does not handle the case any more; its handler writes another."""

    status = 409


class OwnDraft(Rejection):
    """Nobody reviews or approves what they wrote themselves."""

    status = 403


class NotTheirLevel(Rejection):
    """The levels review one after another, and it is not this post's turn."""

    status = 403


class OneLevelEach(Rejection):
    """Nobody reviews or approves a draft at two levels."""

    status = 403


class AspectMissing(Rejection):
    """A draft that is returned fails in form, in substance, or in both."""


class DraftReturned(Rejection):
    """The draft was returned and must be redone first."""

    status = 409


class NotPassed(Rejection):
    """Not every level has reviewed and passed this draft yet."""


class AlreadyApproved(Rejection):
    """The draft is approved already; only a new draft undoes that."""

    status = 409


class NotApprover(Rejection):
    """The rules of this case name another post as approver."""

    status = 403


class NotApproved(Rejection):
    """The draft is not approved."""


class NotSealed(Rejection):
    """A reply goes out sealed."""


class OpinionFormMissing(Rejection):
    """With a reply goes the form on which to rate it."""


class NotToEverySigner(Rejection):
    """A reply goes to everyone who signed."""


class WrongProduct(Rejection):
    """A reply is issued where this body leads, a co-opinion delivered where it is co."""


class AlreadySent(Rejection):
    """The reply or co-opinion has gone out already."""

    status = 409


class NotSent(Rejection):
    """The reply or co-opinion has not gone out yet."""


class NotAddressee(Rejection):
    """The reply did not go to this person."""


class UnknownMeasure(Rejection):
    """The reply names no such measure."""


class SummaryMissing(Rejection):
    """What is published as a summary has one."""


class PublicationReasonMissing(Rejection):
    """That nothing is made public has its reason."""


class AlreadyDecided(Rejection):
    """It has been decided already, and otherwise."""

    status = 409


class AlreadyReported(Rejection):
    """The case has been reported closed already, and otherwise."""

    status = 409


class NothingToDecide(Rejection):
    """No meeting has to decide on this case."""


class AlreadyFiled(Rejection):
    """The summary is on file already, in other words."""

    status = 409


class AlreadyPublished(Rejection):
    """This version is published already, and differently."""

    status = 409


class VersionOutOfOrder(Rejection):
    """Versions are published as 1, 2, 3, one after the other."""

    status = 409


class UnknownTimezone(Rejection):
    """There is no such time zone."""


class UnfitApprover(Rejection):
    """A reply is approved by the chief or a deputy chief."""
