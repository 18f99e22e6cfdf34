"""Run one process of supervision."""

from banli_engine import process
from banli_supervision.service import SERVICE


def main() -> None:
    """Run until told to stop."""
    process.main(SERVICE)


if __name__ == "__main__":
    main()
