"""What a department system installs: to submit commands, and to read receipts and notices."""

from banli_client.client import Client, Request
from banli_client.errors import (
    BadNotice,
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
from banli_client.notices import notices
from banli_client.settings import BadSetting, Settings
from banli_events.notice import Notice, NoticeType
from banli_events.submission import Answer, Outcome, Problem

__all__ = [
    "Answer",
    "BadNotice",
    "BadReceipt",
    "BadSetting",
    "BanliError",
    "Client",
    "LoginRefused",
    "NoAnswer",
    "NoSuchTopic",
    "NotAllowed",
    "NotTrusted",
    "Notice",
    "NoticeType",
    "Outcome",
    "PersonalData",
    "Problem",
    "Request",
    "Settings",
    "TooLarge",
    "Unreachable",
    "notices",
]
