"""What is asked, by whom, and when: read off a request, each value checked first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.datastructures import QueryParams

from banli_engine.errors import Malformed, Rejection
from banli_engine.sight import Sight
from banli_events.base import instant
from banli_events.subjects import is_subject
from banli_reporting.dispatch import SOON
from banli_reporting.evaluations import Of
from banli_reporting.parameters import MOST_DAYS, MOST_LINES
from banli_reporting.queries import Page

PAGE = 100
"""How many lines a page has where no other number is asked for."""


class Unknown(Rejection):
    """There is nothing of this name."""

    status = 404


@dataclass(frozen=True, slots=True)
class Asked:
    """One question."""

    path: Mapping[str, str]
    query: QueryParams
    sight: Sight
    now: datetime  # for who holds which post; what is asked may be another moment

    @property
    def csv(self) -> bool:
        """Tell whether lines are asked for as CSV, which is whole where no limit is."""
        return self.query.get("format") == "csv"

    def subject(self) -> str:
        """Read which case is meant."""
        subject = f"case/{self.path['case']}"
        if not is_subject(subject):
            raise Unknown("case")
        return subject

    def page(self) -> Page:
        """Read which lines are meant."""
        limit = None if self.csv else PAGE
        if "limit" in self.query:
            limit = self._number("limit", MOST_LINES)
        try:
            after = Page.read(self.query["offset"]) if "offset" in self.query else None
        except (ValueError, TypeError, RecursionError):
            raise Malformed("offset") from None
        unit, kind, step = (self.query.get(name) for name in ("unit", "kind", "step"))
        return Page(unit, kind, step, limit, after)

    def moment(self, name: str) -> datetime | None:
        """Read a moment, where one is asked about."""
        if name not in self.query:
            return None
        try:
            moment = datetime.fromisoformat(self.query[name])
            instant(moment)
        except (ValueError, OverflowError):
            raise Malformed(name) from None
        return moment

    def at(self) -> datetime:
        """Read the moment that is asked about: by default now, which nothing kept rests on."""
        return self.moment("at") or self.now

    def soon(self) -> timedelta:
        """Read what counts as soon."""
        return timedelta(days=self._number("soon", MOST_DAYS)) if "soon" in self.query else SOON

    def of(self) -> Of:
        """Read which cases are evaluated."""
        kind, rules = self.query.get("kind"), self.query.get("rules")
        return Of(self._day("from"), self._day("to"), kind, rules)

    def _day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.query[name]) if name in self.query else None
        except ValueError:
            raise Malformed(name) from None

    def _number(self, name: str, most: int) -> int:
        try:
            number = int(self.query[name])
        except ValueError:
            raise Malformed(name) from None
        if not 1 <= number <= most:
            raise Malformed(name)
        return number
