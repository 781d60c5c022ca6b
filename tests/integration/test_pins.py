"""What a person has pinned stays: whatever is trained later challenges it, until somebody says otherwise."""

import pytest

from db.engine import transaction
from db.promotions import Promotions
from desk.promoting import Promoting
from fund.errors import QueryRefusedError
from fund.forecasting.families.baseline import RidgeForecaster
from support.records import NOON
from support.retrained import LATER, NOW, SESSIONS, World, leader
from tools.forecasters import ForecasterTools

pytest_plugins = ["support.retrained_worlds"]


def promoting(world: World) -> Promoting:
    return Promoting(world.learning, "me")


def back(world: World) -> str:
    """Train anew, then take it back, and return the version that leads again."""
    world.learning.train(NOW)
    own = promoting(world)
    return own.confirm(own.rollback(5), "rolled_back", why="worse", explanation="", now=NOON).version


def test_a_rollback_holds_until_somebody_promotes(world: World) -> None:
    first = leader(world)
    assert back(world) == first
    sources = world.learning.train(LATER)
    assert leader(world) == first, "the training of its family has not taken its place"
    assert sources[0].card.version == first
    assert world.roles("momentum") == [("champion", True), ("retired", False), ("challenger", False)]
    assert world.roles("reversal")[-1] == ("challenger", True), "others are trained as ever"
    again = world.learning.registered(LATER)
    assert again[0].card.version == first, "a restart does not train again"
    assert world.learning.learned(sources) == LATER
    assert not world.learning.due(sources, SESSIONS[590]), "an old pin is no reason to train every evening"
    standings = {each.version: each for each in tools_of(world).forecasters().forecasters}
    assert [version for version, each in standings.items() if each.pinned] == [first]

    own, newest = promoting(world), world.rows("momentum")[-1].version
    change = own.promotion(newest)
    assert not any("pinned" in line for line in change.consequences)
    assert not own.confirm(change, "promoted", why="", explanation="", now=NOON).pinned
    world.learning.train(SESSIONS[590])
    assert leader(world) not in (first, newest), "who promotes the newest lets trainings replace it"


def tools_of(world: World) -> ForecasterTools:
    learning = world.learning
    return ForecasterTools(learning.engine, lambda: LATER, learning.kept, lambda: learning.unavailable)


def test_a_pin_that_is_ended_lets_the_next_training_lead_and_the_end_is_no_place_to_go_back_to(
    world: World,
) -> None:
    own, first = promoting(world), leader(world)
    with pytest.raises(QueryRefusedError, match="no version is pinned over 5 sessions; a rollback pins"):
        own.unpinning(5)
    back(world)
    change = own.unpinning(5)
    assert "until momentum is trained next" in change.consequences[0]
    made = own.confirm(change, "unpinned", why="enough", explanation="", now=NOON)
    assert (made.kind, made.version, made.previous, made.pinned) == ("unpinned", first, None, False)
    assert leader(world) == first
    assert world.told("forecaster_unpinned") == [f"{first} is pinned no longer over 5 sessions by me: enough"]
    with pytest.raises(QueryRefusedError, match="no version is pinned"):
        own.unpinning(5)
    world.learning.train(LATER)
    assert leader(world) != first
    with transaction(world.learning.engine) as connection:
        assert Promotions(connection).before(leader(world)) == first


def test_an_older_version_is_pinned_by_its_promotion_and_a_newer_training_in_between_counts(
    world: World,
) -> None:
    own, first = promoting(world), leader(world)
    world.learning.train(NOW)
    change = own.promotion(first)
    assert change.consequences[-1].startswith("it is pinned: momentum that is trained later is a challenger")
    assert own.confirm(change, "promoted", why="", explanation="", now=NOON).pinned
    assert world.told("forecaster_promoted")[0].endswith("; it is pinned")
    (ridge,) = world.learning.challenge([RidgeForecaster()], 5, NOW)
    change = own.promotion(ridge.version)
    assert len(change.consequences) == 3
    world.learning.challenge([RidgeForecaster()], 5, LATER)
    made = own.confirm(change, "promoted", why="", explanation="", now=NOON)
    assert made.pinned, "by the time of the word a newer one was there"
    with transaction(world.learning.engine) as connection:
        pin = Promotions(connection).pinned(5)
    assert pin is not None
    assert pin.version == ridge.version, "one version is pinned over a horizon"


def test_a_pinned_version_that_cannot_be_read_is_replaced_and_the_owner_told(world: World) -> None:
    first = back(world)
    (card,) = (world.folder / "forecasters" / first).glob("card.json")
    card.write_text(card.read_text() + " ")
    assert world.learning.registered(LATER) == (), "nothing speaks in its place by itself"
    world.learning.train(LATER)
    new = leader(world)
    assert new != first
    assert world.told("forecaster_pin_lost") == [
        f"{first} was pinned and cannot be read any more; {new} was trained and speaks in its place"
    ]
    with transaction(world.learning.engine) as connection:
        assert Promotions(connection).pinned(5) is None


def test_a_drifting_pin_is_trained_anew_beside_it(world: World) -> None:
    first = back(world)
    world.fares(first, LATER, "errors")
    assert world.retrainer().calls(LATER) == (), "what was taken back learned fifteen sessions ago"
    world.fares(first, SESSIONS[595], "errors")
    assert "was trained anew" in world.retrainer().run(SESSIONS[595])
    assert leader(world) == first
    assert world.roles("momentum")[-1] == ("challenger", False)
