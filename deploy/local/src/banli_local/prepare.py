"""What is done once all services answer: the reference data of the local stack."""

from typing import TYPE_CHECKING

from banli_cli import publishing
from banli_cli.services import Services
from banli_engine.topics import SERVICES
from banli_local.refusal import Refusal

if TYPE_CHECKING:
    from banli_local.stack import Stack


def prepare(stack: "Stack") -> None:
    """Publish what the stack's people and systems need; whatever is raised here stops the start."""
    if not stack.settings.published:
        return
    if not stack.settings.operators:
        raise Refusal("The settings file names files to publish, and no operator to publish them.")
    urls = {name: (stack.url(name),) for name in SERVICES}
    operator = stack.token(stack.settings.operators[0])
    with Services(urls, operator) as services:
        publishing.publish(stack.content, services)
