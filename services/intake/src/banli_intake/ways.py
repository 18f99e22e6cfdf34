"""The ways in and out that intake has beside its commands."""

from banli_engine.ways import Way
from banli_intake import files
from banli_intake.door import Door
from banli_intake.readers import Readers
from banli_intake.vault import Vault, VaultSettings


def ways() -> tuple[Way, ...]:
    """Give them, for the folders and databases that the environment names."""
    return (
        *files.ways(files.FileSettings().files, Readers()),
        *Door(Vault(VaultSettings())).ways(),
    )
