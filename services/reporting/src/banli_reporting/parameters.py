"""What reporting may be asked with: each parameter's name, what it says, and what it may be."""

from banli_engine.ways import Schema, Told
from banli_reporting.dispatch import NAME as DISPATCH
from banli_reporting.evaluation import FORMULAS
from banli_reporting.evaluations import EVALUATIONS
from banli_reporting.ledgers import LEDGERS

MOST_LINES = 1_000
MOST_DAYS = 366


def _whole(most: int) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": most}


_DAY: Schema = {"type": "string", "format": "date"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_LEDGERS = [name.replace("_", "-") for name in (*LEDGERS, DISPATCH)]

CASE = {"case": Told("The case's id: what follows `case/` in its subject.")}
LEDGER = {"name": Told("The ledger.", {"type": "string", "enum": _LEDGERS})}
EVALUATION = {"name": Told("The evaluation.", {"type": "string", "enum": list(EVALUATIONS)})}
FIGURE = {"figure": Told("The figure.", {"type": "string", "enum": list(FORMULAS)})}

MOMENT = {"at": Told("The moment that is asked about; now.", _INSTANT)}
AFTER = {
    "after": Told(
        "What the answer is to rest on, as answers to commands name it: `case/<id>@intake:3`.",
        {"type": "string", "pattern": "^[a-z]+/[0-9a-zA-Z._-]+@[a-z]+:[0-9]{1,9}$"},
        many=True,
    )
}
FORMAT = {
    "format": Told("How the lines are written; JSON.", {"type": "string", "enum": ["json", "csv"]})
}
DRAFTS = {
    "from": Told("The hash of the draft compared with; the one before.", _HASH),
    "to": Told("The hash of the draft compared; the last.", _HASH),
}
UNIT = {"unit": Told("Only where this unit is lead or co.")}
PAGE = {
    **UNIT,
    "kind": Told("Only items of this kind, as in `SUGGESTION`."),
    "step": Told("Only cases at this step."),
    "limit": Told("How many lines; 100.", _whole(MOST_LINES)),
    "offset": Told("Where the page before ended: its `next`."),
    "soon": Told("Of the dispatch: due within so many days counts as soon.", _whole(MOST_DAYS)),
}
CASES = {
    **{name: PAGE[name] for name in ("unit", "kind", "step", "limit", "offset")},
    "due_before": Told("Only where the next clock runs out before this moment.", _INSTANT),
}
POST = {"post": Told("The post; the one that the token names.")}
OF = {
    "from": Told("Only items registered on this day or later.", _DAY),
    "to": Told("Only items registered on this day or before.", _DAY),
    "kind": Told("Only items of this kind."),
    "rules": Told("Only cases under this rule set, as in `pack@2022`."),
}
PARKED = {"subject": Told("Of what is parked, show that of this subject.")}
