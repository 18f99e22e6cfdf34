"""A launcher that is stopped after its test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from banli_local.folder import Folder
from banli_local.testing import Launcher, make_launcher


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    """Return a launcher; whatever it left running is stopped."""
    one = make_launcher(tmp_path, "stack")
    yield one
    if Folder(one.folder).holder() is not None:
        one("down")
