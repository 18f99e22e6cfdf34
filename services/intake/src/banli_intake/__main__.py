"""Run one process of intake."""

from banli_engine import process
from banli_intake import files
from banli_intake.service import SERVICE


def main() -> None:
    """Run until told to stop."""
    process.main(SERVICE, *files.ways(files.FileSettings().files))


if __name__ == "__main__":
    main()
