"""The ways in and out that intake has beside its commands."""

from banli_engine.ways import Way
from banli_intake import files


def ways() -> tuple[Way, ...]:
    """Give them, for the folders and databases that the environment names."""
    return files.ways(files.FileSettings().files)
