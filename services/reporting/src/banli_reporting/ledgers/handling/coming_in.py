"""What intake's events change on a line of the handling ledger."""

from banli_events.base import instant
from banli_events.envelope import Recorded
from banli_events.intake import (
    AttachmentAdded,
    FeedbackReceived,
    ItemCorrected,
    ItemRefused,
    ItemRegistered,
    ItemWithdrawn,
)
from banli_reporting.ledger import Lines
from banli_reporting.ledgers.handling.line import Line


def open_line(line: Line, recorded: Recorded, item: ItemRegistered) -> None:
    """Open the line."""
    line.kind, line.title, line.number = str(item.kind), item.title, item.numbering.number
    line.outer_role, line.outer_lead = str(item.outer.role), item.outer.lead
    line.signers = [each.person for each in item.signers]
    line.accused = sorted({*line.accused, *item.accused})
    line.registered_at = recorded.time


def put_right(line: Line, recorded: Recorded, corrected: ItemCorrected) -> None:
    """Show the corrected title and outer lead; the register tells that they were corrected."""
    if corrected.field == "title":
        line.title = corrected.after
    elif corrected.field == "outer.lead":
        line.outer_lead = corrected.after


def refuse(line: Line, recorded: Recorded, refused: ItemRefused) -> None:
    """Note that the item was not entered."""
    line.kind, line.number = str(refused.kind), refused.numbering.number
    line.refused_at = recorded.time


def withdraw(line: Line, recorded: Recorded, withdrawn: ItemWithdrawn) -> None:
    """Note that the item was taken back, which ends its handling."""
    line.withdrawn_at = recorded.time


def attach(line: Line, recorded: Recorded, attached: AttachmentAdded) -> None:
    """Count a file."""
    line.files += 1


def rate(line: Line, recorded: Recorded, rated: FeedbackReceived) -> None:
    """Note how a signer rates the reply."""
    number = str(rated.round)
    line.grades.setdefault(number, {})[rated.signer] = str(rated.grade)
    line.rated.setdefault(number, {}).setdefault(rated.signer, instant(recorded.time))
    line.rated_at = recorded.time


COMING_IN: Lines = {
    ItemRegistered: open_line,
    ItemCorrected: put_right,
    ItemRefused: refuse,
    ItemWithdrawn: withdraw,
    AttachmentAdded: attach,
    FeedbackReceived: rate,
}
