"""What assignment refuses: the docstring is the sentence, the name is the code."""

from banli_engine.errors import Rejection


class Conflict(Rejection):
    """What is asked does not go with what was decided before."""

    status = 409


class NotTheirs(Rejection):
    """It is for others to say this."""

    status = 403


class Missing(Rejection):
    """There is no such thing."""

    status = 404


# a case has ended, or its file is closed


class ItemTakenBack(Conflict):
    """The item was withdrawn; its handling has ended."""


class GoneElsewhere(Conflict):
    """The assigner took the item elsewhere; its handling here has ended."""


class ExplainedOutOfScope(Conflict):
    """Those who signed were told that the item is not this body's duty; its handling has ended."""


class AlreadyArchived(Conflict):
    """The file of the case is closed."""


class AlreadyReplied(Conflict):
    """The reply of this round has gone out; those who wrote it answer for it."""


# proposing, handing over, taking on


class NotClassified(Rejection):
    """The item has no category yet."""


class NotProposed(Rejection):
    """Nobody has been proposed for the item yet."""


class StaleProposal(Conflict):
    """This is not the proposal that waits to be carried out."""


class NeedsApproval(Conflict):
    """Once assigned, an item goes to others with the approval of a leader."""


class AlreadyAssigned(Conflict):
    """The item is assigned already."""


class UnitTwice(Rejection):
    """A unit handles an item once, as lead or as co."""


class UnitNotOpen(Rejection):
    """The unit does not exist yet on this day."""


class UnfitLeader(Rejection):
    """The responsible leader holds no chief's or deputy chief's post today."""


class UnfitHandler(Rejection):
    """The handler holds no handler's post in the unit today."""


class Accused(Conflict):
    """The item accuses them: they neither handle it nor learn of it."""


class NotAnalysed(Rejection):
    """A proposal says what was found when the item was analysed."""


class NotAssigned(Rejection):
    """The item is not assigned yet."""


class NotAccepted(Conflict):
    """The unit has not taken the item on yet."""


# objecting


class NoWindow(Rejection):
    """The rules for this item give no time in which to object."""


class ObjectionLate(Conflict):
    """The time in which to object is over."""


class AlreadyAccepted(Conflict):
    """The unit has taken the item on; it can no longer object."""


class AlreadyObjected(Conflict):
    """There is an objection already, on another ground."""


class ObjectionBinding(Conflict):
    """An objection was refused before, and that binds."""


class ObjectionStands(Conflict):
    """The unit's own objection stands; it takes the item on only once that is refused."""


class NotObjected(Rejection):
    """There is no objection to answer."""


class AlreadyRuled(Conflict):
    """The objection has been answered already, and differently."""


class RightlyObjected(Rejection):
    """The unit's objection was upheld; the item goes to others."""


# working on it


class UnfitSponsor(Rejection):
    """Who vouches for a case is a leader who holds this post today."""


class TaskTwice(Rejection):
    """A task has this id already."""


class UnknownRole(Rejection):
    """A section leads a task or works with it, nothing else."""


class NoSuchParent(Rejection):
    """A task's parent is one that the same unit divided off before it."""


class ParentFinished(Conflict):
    """The task of which this would be a part is done."""


class NotItsUnit(Rejection):
    """A unit divides its work among itself and what is below it."""


class UnfitTaskHandler(Rejection):
    """Who is given a task holds no post in its unit today."""


class NoSuchTask(Missing):
    """There is no such task."""


class NotTaskHandler(NotTheirs):
    """The task is another's."""


class NotYetWhole(Conflict):
    """A part of the task is not done yet."""


class AlreadyFinished(Conflict):
    """The task is done already, with another result."""


# other bodies


class AlreadyAnswered(Conflict):
    """The assigner's answer is recorded already, and differently."""


class ReferralTwice(Conflict):
    """A referral has this id already."""


class NoSuchReferral(Missing):
    """Nothing was referred under this id."""


class AlreadyReceived(Conflict):
    """The result of this referral is recorded already, and differently."""


class NotSigner(Rejection):
    """Somebody named here did not sign the item."""


class SignerMissing(Rejection):
    """Everyone who signed is told."""


class AlreadyHeld(Conflict):
    """The meeting is recorded already, and differently."""


# what is published


class AlreadyOpened(Conflict):
    """The unit exists already, and differently."""


class NotOpened(Missing):
    """There is no such unit."""


class DutyTwice(Rejection):
    """A unit has a function once in a territory."""


class NotLeader(Rejection):
    """Only a leader's post has charge of units."""


class AlreadyCreated(Conflict):
    """The post exists already, and differently."""


class NotCreated(Missing):
    """There is no such post."""


class EndsBeforeStart(Rejection):
    """An appointment ends after the day on which it begins."""


class AlreadyAppointed(Conflict):
    """The person holds this post in that time already."""


class NotAppointed(Rejection):
    """The person does not hold this post on that day."""


class AlreadyAdmitted(Conflict):
    """The system is admitted already, and differently."""


class NeverAdmitted(Missing):
    """There is no such system."""


class NoSuchCommand(Rejection):
    """There is no command of that name."""


class NotForSystems(Rejection):
    """No system gives this command."""


class AlreadySettled(Conflict):
    """It is settled already which event is kept here, and a choice is for ever."""
