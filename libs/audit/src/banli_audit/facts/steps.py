"""How a table of steps is written: what each event changes of all that its source has said."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from banli_events.base import Event
from banli_events.envelope import Recorded

Steps: TypeAlias = Mapping[type[Event] | type[None], Callable[[Any, Any, Recorded], Any]]
"""By event type: a function of what was said, the event's own words, and the event."""
