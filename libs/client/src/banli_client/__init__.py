"""What a department system installs to submit commands and to wait for their receipts."""

from banli_client.client import Client, Request
from banli_client.errors import (
    BadReceipt,
    BanliError,
    LoginRefused,
    NoAnswer,
    NoSuchTopic,
    NotAllowed,
    NotTrusted,
    PersonalData,
    TooLarge,
    Unreachable,
)
from banli_client.settings import BadSetting, Settings
from banli_events.submission import Answer, Outcome, Problem

__all__ = [
    "Answer",
    "BadReceipt",
    "BadSetting",
    "BanliError",
    "Client",
    "LoginRefused",
    "NoAnswer",
    "NoSuchTopic",
    "NotAllowed",
    "NotTrusted",
    "Outcome",
    "PersonalData",
    "Problem",
    "Request",
    "Settings",
    "TooLarge",
    "Unreachable",
]
