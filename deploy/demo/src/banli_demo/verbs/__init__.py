"""The words of the scripts, each with what is asked where it stands."""

from collections.abc import Mapping

from banli_demo.telling import Verb
from banli_demo.verbs import after, assigning, clocks, handling, outside, registering, replying

VERBS: Mapping[str, Verb] = {
    **registering.VERBS,
    **assigning.VERBS,
    **outside.VERBS,
    **handling.VERBS,
    **replying.VERBS,
    **clocks.VERBS,
    **after.VERBS,
}
