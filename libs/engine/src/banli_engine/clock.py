"""Business time, from one clock: the wall, or a driven clock that is a row in the database."""

from collections.abc import Mapping
from datetime import UTC, datetime

NOW = "now"
"""The row of `settings` that holds the driven time."""


def business_time(settings: Mapping[str, str], driven: bool) -> datetime:
    """Tell what time it is for decisions; a driven clock never set shows the wall's."""
    if driven and (row := settings.get(NOW)):
        return datetime.fromisoformat(row)
    return datetime.now(UTC)
