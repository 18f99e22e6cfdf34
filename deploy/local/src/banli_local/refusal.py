"""What a newcomer is told when the stack cannot start: one sentence, no traceback."""

import errno

from banli_cli.refusal import Refusal as Refusal


def from_os_error(error: OSError, where: object) -> Refusal:
    """Say in words what the operating system refused."""
    place = error.filename or where
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Refusal(f"The disk that holds {where} is full.")
        case errno.EROFS:
            return Refusal(f"The folder {where} is read-only; name another with BANLI_FOLDER.")
        case errno.EACCES | errno.EPERM:
            return Refusal(f"You may not write to {place}; name another folder with BANLI_FOLDER.")
        case _:
            return Refusal(f"{place}: {error.strerror}.")


# Lines by which the programs say why they cannot start.
SIGNS = {
    "No space left on device": "The disk that holds {folder} is full.",
    "Read-only file system": "The folder {folder} is read-only.",
    "Socket server failed to bind to": "A port that Kafka needs was taken while it started.",
    "could not bind IPv4 address": "The port that PostgreSQL needs was taken while it started.",
    "Failed to acquire lock on file .lock": "Another Kafka uses {folder}.",
    "Permission denied": "The folder {folder} may not be written to.",
    "ENOSPC": "The disk that holds {folder} is full.",  # so a service's own log names them
    "EROFS": "The folder {folder} is read-only.",
    "EACCES": "The folder {folder} may not be written to.",
    "No module named": "A program of the stack is missing: {line}.",
}


def from_log(name: str, lines: list[str], folder: object, log: object) -> Refusal:
    """Turn the end of a program's log into a sentence."""
    last = f" It ended with: {lines[-1].strip().rstrip('.')}." if lines else ""
    return by_sign(lines, folder) or Refusal(f"{name} did not start.{last} See {log}.")


def by_sign(lines: list[str], folder: object) -> Refusal | None:
    """Return the sentence for the first line that has a known cause."""
    for line in lines:
        for sign, sentence in SIGNS.items():
            if sign in line:
                return Refusal(sentence.format(folder=folder, line=line.strip().rstrip(".")))
    return None
