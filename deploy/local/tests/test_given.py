"""Servers given by address."""

from pathlib import Path

from banli_local import GivenServers


def test_a_given_kafka_is_read_off_its_address(tmp_path: Path) -> None:
    kafka = "SASL_PLAINTEXT://admin:p%40ss@127.0.0.1:9092?mechanism=SCRAM-SHA-512"
    given = GivenServers(kafka, "postgresql://postgres@127.0.0.1/postgres", tmp_path)
    login = given.login("intake")
    assert given.bootstrap == "127.0.0.1:9092"
    assert (login.user, login.password) == ("admin", "p@ss")
    assert (login.mechanism, login.protocol) == ("SCRAM-SHA-512", "SASL_PLAINTEXT")
