"""Run one process of intake."""

from banli_engine import process
from banli_intake.keeper import Keeper
from banli_intake.service import SERVICE
from banli_intake.vault import Vault, VaultSettings
from banli_intake.ways import ways


def main() -> None:
    """Run until told to stop."""
    settings = VaultSettings()
    settings.check()
    process.main(SERVICE, *ways(), beside=[Keeper(Vault(settings)).run])


if __name__ == "__main__":
    main()
