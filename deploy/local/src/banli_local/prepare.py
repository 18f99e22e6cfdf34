"""What is done once all services answer: the reference data of the local stack."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from banli_local.stack import Stack


def prepare(stack: "Stack") -> None:
    """Publish what the stack's people and systems need; whatever is raised here stops the start."""
