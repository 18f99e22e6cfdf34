"""What can go wrong on the way; a command that is refused has its answer and is no error.

BanliError
├── Unreachable, NotTrusted, LoginRefused    the way in is closed: look at the settings
├── NotAllowed, NoSuchTopic                  the way in is closed: tell an operator
├── TooLarge, PersonalData                   the command itself cannot be sent
├── NoAnswer                                 ask again with the same ids
├── BadReceipt                               the answer is not readable by this build
└── BadNotice                                a notice is not: nothing behind it was taken
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from banli_events.submission import Answer


class BanliError(Exception):
    """Something went wrong on the way to Banli or back."""


class Unreachable(BanliError):
    """No Kafka broker answers at the address in the settings."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class LoginRefused(BanliError):
    """Kafka refuses this user or this password."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotTrusted(BanliError):
    """The broker's certificate is none that the settings trust."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotAllowed(BanliError):
    """This user has no right to a topic."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"This user has no right to topic {topic}.")
        self.topic = topic


class NoSuchTopic(BanliError):
    """A topic does not exist: the system is not admitted, or the epoch is another."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"There is no topic {topic}: is the system admitted, and is the epoch right?"
        )
        self.topic = topic


class TooLarge(BanliError):
    """The command is too large to be sent."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class PersonalData(BanliError):
    """Contact data of a person stands in the command; it is entered by Banli's door for persons."""

    def __init__(self, field: str) -> None:
        super().__init__(self.__doc__)
        self.field = field


class NoAnswer(BanliError):
    """No receipt came in time; the command may yet be admitted, so ask again with the same id.

    `ids` are those without an answer; `answers` holds what came for the others of the same call.
    """

    def __init__(self, ids: Sequence[UUID], answers: Mapping[UUID, Answer] | None = None) -> None:
        which = str(ids[0]) + (f" and {len(ids) - 1} others" if len(ids) > 1 else "")
        super().__init__(f"No receipt came in time for {which}: ask again with the same id.")
        self.ids = tuple(ids)
        self.answers = dict(answers or {})

    @property
    def id(self) -> UUID:
        """The first id without an answer."""
        return self.ids[0]


class BadReceipt(BanliError):
    """A receipt came that this build cannot read."""

    def __init__(self, id_: UUID) -> None:
        super().__init__(f"The receipt for {id_} cannot be read: is this client too old?")
        self.id = id_


class BadNotice(BanliError):
    """A notice came that this build cannot read: is this client too old?"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)
