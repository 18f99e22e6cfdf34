"""What assignment refuses: the docstring is the sentence, the name is the code."""

from banli_engine.errors import Rejection


class NotClassified(Rejection):
    """The item has no category yet."""


class NotProposed(Rejection):
    """Nobody has been proposed for the item yet."""


class AlreadyAssigned(Rejection):
    """The item is assigned already."""

    status = 409


class UnitTwice(Rejection):
    """A unit handles an item once, as lead or as co."""


class UnitNotOpen(Rejection):
    """The unit does not exist yet on this day."""


class UnfitLeader(Rejection):
    """The responsible leader holds no chief's or deputy chief's post today."""


class UnfitHandler(Rejection):
    """The handler holds no handler's post in the unit today."""


class NotAnalysed(Rejection):
    """A proposal says what was found when the item was analysed."""


class NotAssigned(Rejection):
    """The item is not assigned yet."""


class NotAssignedUnit(Rejection):
    """The item is assigned to other units."""

    status = 403


class AlreadyOpened(Rejection):
    """The unit exists already, and differently."""

    status = 409


class AlreadyCreated(Rejection):
    """The post exists already, and differently."""

    status = 409


class NotCreated(Rejection):
    """There is no such post."""

    status = 404


class EndsBeforeStart(Rejection):
    """An appointment ends after the day on which it begins."""


class AlreadyAppointed(Rejection):
    """The person holds this post in that time already."""

    status = 409


class NotAppointed(Rejection):
    """The person does not hold this post on that day."""


class AlreadyAdmitted(Rejection):
    """The system is admitted already, and differently."""

    status = 409


class NoSuchCommand(Rejection):
    """There is no command of that name."""


class AlreadySettled(Rejection):
    """It is settled already which event is kept here, and a choice is for ever."""

    status = 409
