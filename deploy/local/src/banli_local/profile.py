"""The operators' profile of this stack: where everything is, and who may do what there."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from banli_local.folder import write_private
from banli_local.servers import VAULT, Cluster


def write_profile(
    path: Path,
    cluster: Cluster,
    databases: Mapping[str, str],
    urls: Mapping[str, Sequence[str]],
    *,
    epoch: str = "",
    operators: Iterable[str] = (),
) -> Path:
    """Write the file that `banli --profile` reads; it holds passwords, so it is private."""
    login = cluster.login()
    kafka = {"bootstrap": cluster.bootstrap, "protocol": login.protocol}
    if login.user:
        kafka |= {"mechanism": login.mechanism, "user": login.user, "password": login.password}
    tables: dict[str, Mapping[str, object]] = {"kafka": kafka}
    for name, addresses in urls.items():
        tables[f"services.{name}"] = {"http": list(addresses), "database": databases[name]}
    if VAULT in databases:
        tables[VAULT] = {"database": databases[VAULT]}
    tables["development"] = {
        "signing_key": str(cluster.identities.private),
        "token_keys": str(cluster.identities.public),
        "operators": list(operators),
    }
    lines = [f"epoch = {json.dumps(epoch)}"]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {json.dumps(v)}" for key, v in table.items())]
    write_private(path, "\n".join(lines) + "\n")
    return path
