"""Play the demonstration: a year of cases, looked at, rebuilt and audited; 0 if all checks hold."""

import logging
import os
import signal
import sys
import time
from typing import NoReturn

from banli_demo.checks import Check
from banli_demo.run import Run
from banli_demo.sabotage import KINDS
from banli_demo.stage import HOME
from banli_local.refusal import Refusal
from banli_local.servers import ROOT

REPORT = ROOT / "var" / "demo" / "report.json"

logging.getLogger("kafka").setLevel(logging.CRITICAL)
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def main() -> None:
    """Run it; say which check failed and where the logs are."""
    os.environ.pop("BANLI_FOLDER", None)  # the demonstration has a folder of its own
    signal.signal(signal.SIGTERM, _interrupt)
    kind = os.environ.get("SABOTAGE", "")
    if kind not in ("", *KINDS):
        print(f"SABOTAGE is one of {', '.join(KINDS)}.", file=sys.stderr)
        sys.exit(2)
    began = time.monotonic()
    try:
        run = Run(kind, lambda text: _say(began, text))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(1)
    status = _run(run)
    run.report.write(REPORT)
    sys.exit(status or _conclude(run, time.monotonic() - began))


def _run(run: Run) -> int:
    REPORT.unlink(missing_ok=True)
    try:
        run.all()
    except KeyboardInterrupt:
        print("Interrupted; what was started is stopped.", file=sys.stderr)
        return 130
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except Exception as fault:
        print(f"The run broke off: {type(fault).__name__}: {fault}", file=sys.stderr)
        for check in run.report.failed:
            _tell(check)
        _hint()
        return 1
    return 0


def _conclude(run: Run, seconds: float) -> int:
    report = run.report
    for check in report.failed:
        _tell(check)
    unmade = [] if run.kind else report.unmade()
    if unmade:
        print(f"Checks that were never made: {', '.join(unmade)}", file=sys.stderr)
    good = len(report.checks) - len(report.failed)
    print(f"{good} of {len(report.checks)} checks hold; {seconds:.0f} s; {_short(REPORT)}")
    if run.kind:
        print(f"{run.damage}.", file=sys.stderr)
        for name in ("rebuilt.set-aside", "audit"):
            if name not in {check.id for check in report.failed}:
                print(f"It was NOT noticed by the check {name}.", file=sys.stderr)
    if report.failed or unmade:
        _hint()
    return int(bool(report.failed or unmade or run.kind))


def _tell(check: Check) -> None:
    print(f"FAILED {check.id}: {check.what}", file=sys.stderr)
    found = check.differences()
    for each in found[:12]:
        print(f"  {each}", file=sys.stderr)
    if len(found) > 12:
        print(f"  … and {len(found) - 12} more", file=sys.stderr)


def _hint() -> None:
    print(f"The logs are in {HOME / 'logs'}.", file=sys.stderr)


def _short(path: object) -> str:
    return str(path).removeprefix(f"{ROOT}/")


def _say(began: float, text: str) -> None:
    print(f"[{time.monotonic() - began:5.1f} s] {text}", flush=True)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
