"""What intake refuses: the docstring is the sentence, the name is the code."""

from banli_engine.errors import Rejection


class AlreadyRegistered(Rejection):
    """An item with this number is in the register already."""

    status = 409


class AlreadyRefused(Rejection):
    """An item with this number was refused already."""

    status = 409


class AlreadyWithdrawn(Rejection):
    """The item was withdrawn already."""

    status = 409


class AlreadyReplied(Rejection):
    """The reply has gone out; what is answered is not taken back."""

    status = 409


class AskTwice(Rejection):
    """Two asks have the same id."""


class SignerTwice(Rejection):
    """The same person signed twice."""


class NoSuchSession(Rejection):
    """A term and a session are numbers from 1 to 9999."""


class TwoLeadSigners(Rejection):
    """An item has one lead signer."""


class UnknownOuterRole(Rejection):
    """This body handles an item as lead or as co, nothing else."""


class OuterLeadMissing(Rejection):
    """An item that this body handles as co names the body that leads."""


class NotRegistered(Rejection):
    """There is no such item in the register."""

    status = 404


class NotCorrectable(Rejection):
    """The item has no such field, or it is one that cannot be corrected."""


class UnfitCorrection(Rejection):
    """This cannot stand in the field."""


class NothingToRate(Rejection):
    """This body is co for the item; its co-opinion is rated by nobody."""


class NotSigner(Rejection):
    """The reply did not go to this person."""


class AlreadyRated(Rejection):
    """This signer has rated the reply already, and differently."""

    status = 409


class OwnCase(Rejection):
    """Who handles a case, or has done, does not record how it is rated."""

    status = 403


class FileTooLarge(Rejection):
    """A file has 20 million bytes at most."""

    status = 413


class UnfitMediaType(Rejection):
    """Files of this kind are not taken."""

    status = 415


class AlreadyListed(Rejection):
    """The list is entered already, and differently."""

    status = 409


class NumberingTwice(Rejection):
    """An item stands in a list once."""


class NoSuchPerson(Rejection):
    """Nobody was entered under this id."""

    status = 404


class Forgotten(Rejection):
    """The person was forgotten; what was sealed about them can never be opened again."""

    status = 410


class NoSuchPart(Rejection):
    """Nothing is sealed under this name about the person."""

    status = 404


class NotOfCase(Rejection):
    """The case does not name the person."""

    status = 403


class CaseMissing(Rejection):
    """Who acts for a unit says for the sake of which case."""


class UnfitPart(Rejection):
    """A part is a name in small letters and a text: name, phone, text.<reference>; not too long."""


class KeyMissing(Rejection):
    """The vault holds no key that opens what is sealed about the person."""

    status = 410


class ShownBefore(Rejection):
    """What was asked for with this id was shown already, some time ago; ask anew."""

    status = 409


class NotOnLog(Rejection):
    """That it is shown is not on the log yet; ask again with the same id."""

    status = 503


class VaultAway(Rejection):
    """The vault does not answer; ask again."""

    status = 503


class NotWhatItSays(Rejection):
    """The file does not begin as one of its kind does."""


class OtherContent(Rejection):
    """The content has another hash than the name says."""


class NoSuchFile(Rejection):
    """No file of this name was handed in."""

    status = 404


class NotStored(Rejection):
    """The file could not be stored; send it again."""

    status = 503
