"""Run one process of intake."""

from banli_engine import process
from banli_intake.service import SERVICE
from banli_intake.ways import ways


def main() -> None:
    """Run until told to stop."""
    process.main(SERVICE, *ways())


if __name__ == "__main__":
    main()
