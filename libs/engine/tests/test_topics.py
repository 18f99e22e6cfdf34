"""Names and rights, without a broker."""

import re
from typing import Any

import pytest

from banli_engine import provision, topics
from banli_engine.topics import DECIDERS, SERVICES, BadSystemName, check_system_name


def test_an_epoch_is_a_prefix_of_every_name() -> None:
    assert topics.case_events() == "case-events"
    assert topics.case_events("t7") == "t7.case-events"
    assert topics.group("intake", "log", "t7") == "t7.svc.intake.log"
    made = [*topics.common_topics("t7"), *topics.system_topics("letters", epoch="t7")]
    assert all(topic.name.startswith("t7.") for topic in made)


def test_every_right_under_an_epoch_stays_in_it() -> None:
    grants = [grant for service in SERVICES for grant in topics.service_grants(service, "t7")]
    grants += [*topics.auditor_grants("t7"), *topics.system_grants("letters", epoch="t7")]
    assert all(grant.name.startswith("t7.") for grant in grants)


def test_a_right_by_prefix_ends_with_the_separator() -> None:
    grants = [grant for service in SERVICES for grant in topics.service_grants(service)]
    grants += [*topics.auditor_grants(), *topics.system_grants("letters")]
    assert all(grant.name.endswith(".") for grant in grants if grant.prefix)


def test_the_log_is_kept_for_ever_and_stamped_by_the_broker() -> None:
    for topic in topics.common_topics()[:2]:
        configs = topic.configs()
        assert configs["retention.ms"] == configs["retention.bytes"] == "-1"
        assert configs["cleanup.policy"] == "delete"
        assert configs["message.timestamp.type"] == "LogAppendTime"


def test_two_replicas_must_hold_a_record_where_there_are_three() -> None:
    log = topics.common_topics()[0]
    assert log.configs()["min.insync.replicas"] == "1"
    assert log.configs(replicas=3)["min.insync.replicas"] == "2"


def test_a_pattern_finds_its_own_topics_only() -> None:
    pattern = re.compile(topics.submissions_pattern("intake", "t7"))
    assert pattern.match(topics.submissions("intake", "letters", "t7"))
    assert not pattern.match(topics.submissions("intake", "letters"))
    assert not pattern.match(topics.submissions("assignment", "letters", "t7"))
    assert not pattern.match("t7xsubmissions.intake.letters")


def test_a_system_is_read_off_its_topic() -> None:
    for service in DECIDERS:
        assert topics.system_of(topics.submissions(service, "city-letters", "t7")) == "city-letters"


@pytest.mark.parametrize("name", ["admin", "svc", "http", "intake", "a.b", "A", "", "-x", "x" * 64])
def test_a_name_that_reaches_too_far_is_refused(name: str) -> None:
    with pytest.raises(BadSystemName):
        check_system_name(name)


def test_no_system_has_the_name_of_the_epoch_whose_groups_it_would_take_in() -> None:
    check_system_name("t7")
    admin: Any = None
    for give in (provision.make_system_topics, provision.give_rights):
        with pytest.raises(BadSystemName):
            give(admin, "t7", epoch="t7")
