"""Private persons whom cases concern: entered by the door, seen masked, one of them forgotten."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import httpx

from banli_demo.people import People
from banli_demo.ways import TokenOf, UrlOf
from banli_events.words import PostRole

TOLD: Mapping[str, Mapping[str, str]] = {
    "S-001": {"name": "甲某（虚构）", "phone": "13800000001", "text.visit": "走访时反映路口难行。"},
    "S-002": {"name": "乙某（虚构）", "phone": "13800000002"},
    "Q-001": {"name": "丙某（虚构）", "address": "示例市示例区示例路一百二十号"},
}
"""What was told of whom, by the item that concerns them; of both ways in."""

FORGOTTEN = "S-002"


class Persons:
    """The registrar at the door."""

    def __init__(self, url: UrlOf, token: TokenOf, people: People) -> None:
        self._url, registrar = url, people.in_post(PostRole.REGISTRAR)
        self._headers = {"Authorization": f"Bearer {token(registrar.person)}"}
        self.ids: dict[str, str] = {}  # by item

    def enter(self) -> Mapping[str, str]:
        """Enter all of them; give the ids that items may name."""
        for item, parts in TOLD.items():
            answer = self._ask(httpx.put, f"/v1/persons/demo-{item}", json=dict(parts))
            self.ids[item] = answer.raise_for_status().json()["person"]
        return self.ids

    def forget(self) -> None:
        """Forget one of them."""
        command = {
            "id": str(uuid4()),
            "type": "ForgetPerson",
            "subject": f"person/{self.ids[FORGOTTEN]}",
            "data": {"reason": "本人申请删除（示例）"},
        }
        self._ask(httpx.post, "/v1/commands", json=command).raise_for_status()

    def seen(self) -> dict[str, Any]:
        """Look at each of them: the parts as they are masked, or why there are none."""
        answers = {
            item: self._ask(httpx.get, f"/v1/persons/{id_}").json()
            for item, id_ in self.ids.items()
        }
        return {item: said.get("parts") or said.get("code") for item, said in answers.items()}

    def _ask(self, ask: Callable[..., httpx.Response], path: str, **more: Any) -> httpx.Response:
        return ask(self._url("intake") + path, headers=self._headers, timeout=30, **more)
