"""An LLM that obeys every attacker to the letter: nothing is done, nothing leaves, nothing false is shown."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from desk.owner import OwnerGate
from support.chat_page import opened
from support.prompt_attack_desk import PromptAttackedDesk, prompt_attacked_desk
from support.prompt_attack_goals import GOALS
from support.prompt_attack_run import Puppet, forbidden
from support.prompt_attacks import Channel, attacks_of

ATTACKS = attacks_of(GOALS, channels_each=6, most_reasons=8)
KINDS = tuple(dict.fromkeys(attack.kind for attack in ATTACKS))


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Iterator[PromptAttackedDesk]:
    with prompt_attacked_desk(engine, ATTACKS) as attacked:
        yield attacked


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def puppet(desk: PromptAttackedDesk) -> Puppet:
    return Puppet(desk, ATTACKS)


def test_the_corpus_is_as_large_and_as_wide_as_was_promised() -> None:
    assert len(ATTACKS) >= 160
    assert len(KINDS) >= 25
    assert {attack.channel for attack in ATTACKS} == set(Channel)
    assert len({attack.payload for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_llm_that_obeys_does_nothing_forbidden(
    puppet: Puppet, gate: OwnerGate, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    found: list[str] = []
    for attack in (each for each in ATTACKS if each.kind == kind):
        async with opened(gate, monkeypatch) as page:
            found += forbidden(attack, await puppet.attacked(attack, page))
    assert found == []
