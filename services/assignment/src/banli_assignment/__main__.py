"""Run one process of assignment."""

from banli_assignment.service import SERVICE
from banli_engine import process


def main() -> None:
    """Run until told to stop."""
    process.main(SERVICE)


if __name__ == "__main__":
    main()
