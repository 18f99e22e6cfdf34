"""As whom a child runs where root starts it: as nobody, or at least as a root without its powers.

A real step down needs a folder, programs and jars that another user can reach. Where they lie in a
closed folder, a user namespace takes every capability away, though not what root's files allow.
"""

import os
import shutil
import subprocess
from pathlib import Path

from banli_local.refusal import from_os_error

NOBODY = 65534

AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
WITHOUT_POWERS = ("unshare", "--map-user=1000", "--map-group=1000")


def stepped_down(*needed: Path) -> tuple[str, ...] | None:
    """Words before a command that take root away; None where this machine knows no way.

    What is `needed`, programs, files and folders, must be within reach behind them.
    """
    if os.geteuid():
        return ()
    for way in (AS_NOBODY, WITHOUT_POWERS):
        if shutil.which(way[0]) and all(_reaches(way, path) for path in needed):
            return way
    return None


def _reaches(way: tuple[str, ...], path: Path) -> bool:
    """Say whether one gets there: a folder may be closed, and stepping down may be refused."""
    asked = "-x" if path.is_dir() or os.access(path, os.X_OK) else "-r"
    probe = subprocess.run([*way, "test", asked, str(path)], capture_output=True, check=False)
    return probe.returncode == 0


def hand_over(words: tuple[str, ...] | None, *paths: Path) -> None:
    """Give files, and folders with all in them, to whom these words make of us; to nobody else."""
    for path in paths:
        try:
            if not path.exists():
                path.mkdir(mode=0o700, parents=True)
            if not os.geteuid():
                _give(path, NOBODY if words == AS_NOBODY else 0)
        except OSError as error:
            raise from_os_error(error, path) from error


def _give(path: Path, owner: int) -> None:
    if path.is_dir():
        path.chmod(0o700)
    for each in (path, *path.rglob("*")):
        if each.lstat().st_uid != owner:
            os.chown(each, owner, owner, follow_symlinks=False)
