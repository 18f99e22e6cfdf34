"""The vault on a real PostgreSQL: whom it knows, what a copy of it is worth, when it stays shut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import asyncpg
import pytest

from banli_events.sealed import seal, unseal
from banli_intake.refusals import VaultAway
from banli_intake.vault import Vault, VaultSettings
from banli_local import Cluster

KEY = "k" * 32


@pytest.fixture
def settings(servers: Cluster) -> VaultSettings:
    return VaultSettings(vault=servers.create_database(f"v{uuid4().hex[:8]}"), vault_key=KEY)


@pytest.fixture
async def vault(settings: VaultSettings) -> AsyncIterator[Vault]:
    opened = Vault(settings)
    yield opened
    await opened.close()


async def _rows(settings: VaultSettings, sql: str, *arguments: object) -> list[asyncpg.Record]:
    db = await asyncpg.connect(settings.vault)
    try:
        return await db.fetch(sql, *arguments)
    finally:
        await db.close()


async def test_a_person_is_known_by_the_reference_of_one_caller_and_no_other(vault: Vault) -> None:
    one = await vault.enter("hugo", "letter 7")
    assert await vault.enter("hugo", "letter 7") == one
    others = [await vault.enter("cara", "letter 7"), await vault.enter("hugo", "letter 8")]
    assert len({one.person, *(other.person for other in others)}) == 3
    sealed = seal(one.public, "王小明", one.subject, "name")
    found = await vault.keys(one.person)
    assert found is not None
    assert unseal(found.private, sealed, one.subject) == "王小明"


async def test_two_processes_that_hear_of_a_person_at_once_make_one_of_them(
    settings: VaultSettings,
) -> None:
    vaults = [Vault(settings) for _ in range(4)]
    entered = await asyncio.gather(*(vault.enter("hugo", "letter 7") for vault in vaults))
    assert len(set(entered)) == 1
    assert len(await _rows(settings, "select from persons")) == 1
    await asyncio.gather(*(vault.close() for vault in vaults))


async def test_a_destroyed_key_is_gone_with_its_reference(
    vault: Vault, settings: VaultSettings
) -> None:
    one, other = await vault.enter("hugo", "letter 7"), await vault.enter("hugo", "letter 8")
    assert await vault.destroy([one.person, "unknown"]) == 1
    assert await vault.destroy([one.person]) == 0
    assert await vault.keys(one.person) is None
    assert (await vault.enter("hugo", "letter 8")) == other
    assert (await vault.enter("hugo", "letter 7")).person != one.person
    assert len(await _rows(settings, "select from refs")) == 2


async def test_a_copy_of_the_vault_tells_neither_key_nor_reference(
    vault: Vault, settings: VaultSettings
) -> None:
    one = await vault.enter("hugo", "王小明 13812345678")
    (key,) = await _rows(settings, "select private_key from persons")
    (name,) = await _rows(settings, "select reference from refs")
    assert one.private not in key["private_key"]
    assert b"13812345678" not in name["reference"]
    assert len(name["reference"]) == 32


async def test_another_master_key_opens_nothing_and_makes_nobody(
    vault: Vault, settings: VaultSettings
) -> None:
    one = await vault.enter("hugo", "letter 7")
    other = Vault(VaultSettings(vault=settings.vault, vault_key="x" * 32))
    for _ in range(2):
        with pytest.raises(VaultAway):
            await other.enter("hugo", "letter 7")
        with pytest.raises(VaultAway):
            await other.keys(one.person)
    assert len(await _rows(settings, "select from persons")) == 1
    await other.close()


async def test_a_key_that_was_altered_or_put_under_another_name_opens_nothing(
    vault: Vault, settings: VaultSettings
) -> None:
    one, other = await vault.enter("hugo", "letter 7"), await vault.enter("hugo", "letter 8")
    await _rows(
        settings,
        "update persons set private_key = (select private_key from persons where person = $1)"
        " where person = $2",
        *(one.person, other.person),
    )
    with pytest.raises(VaultAway):
        await vault.keys(other.person)
    assert await vault.keys(one.person) == one


async def test_a_vault_that_is_away_is_no_fault_of_the_caller_and_is_found_again(
    vault: Vault, settings: VaultSettings
) -> None:
    one = await vault.enter("hugo", "letter 7")
    away = Vault(VaultSettings(vault="postgresql://x@127.0.0.1:1/x", vault_key=KEY))
    with pytest.raises(VaultAway) as caught:
        await away.enter("hugo", "letter 7")
    assert caught.value.again
    await _rows(
        settings,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )
    with suppress(VaultAway):  # the loss may be seen before
        await vault.keys(one.person)
    assert await vault.keys(one.person) == one


async def test_no_role_but_its_own_enters_the_vault(
    servers: Cluster, settings: VaultSettings
) -> None:
    intake = servers.create_database(f"i{uuid4().hex[:8]}")
    other = intake.rpartition("/")[0] + "/" + settings.vault.rpartition("/")[2]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(other)


@pytest.mark.parametrize("said", [{}, {"vault": "x"}, {"vault": "x", "vault_key": "short"}])
def test_a_process_without_a_vault_or_a_long_key_does_not_begin(said: dict[str, str]) -> None:
    with pytest.raises(SystemExit):
        VaultSettings(**{"vault": "", "vault_key": "", **said}).check()
    VaultSettings(vault="x", vault_key=KEY).check()
