"""A bakeoff and a blind sheet are told with sizes and intervals, and nothing hidden before the end."""

from datetime import UTC, datetime

from graph.chat_events import BlindDecision, DecisionRated
from graph.ratings import RatedContestant, RatingStanding
from graph.replies.bakeoff import bakeoff_reply, end_reply
from graph.replies.rating import begun_reply, rated_reply
from support.bakeoffs import a_bakeoff
from support.talk import tables_of, text_of
from tools.bakeoffs import BakeoffEnd, BakeoffNow, BakeoffUnderWay

WAITING = BlindDecision(
    row="0123abcd",
    place=2,
    of=20,
    situation="Energy: 20 sessions +1.0%",
    decision="more of it",
    reasons="a good rank",
    ratings=("sound", "doubtful", "wrong"),
)


def test_an_ended_bakeoff_is_told_by_dataset_with_every_score_and_its_page() -> None:
    events = list(end_reply(BakeoffEnd(result=a_bakeoff())))
    said = text_of(events)
    assert "each case asked 4 times" in said
    assert "**risk management**: offline rules, no LLM wins" in said
    assert "openai (no key: DESK\\_OPENAI" in said or "openai (no key: DESK_OPENAI" in said
    assert "[The whole report](/evals/bakeoff-0123456789ab)" in said
    (table,) = tables_of(events).values()
    assert table.title == "risk management: shrunk right, no skill 0.5"
    assert table.rows == (
        ("offline rules, no LLM", "0.610", "0.550 to 0.670", 96, "0.00021"),
        ("never shrinks", "0.500", "n/a", 12, "0.00021"),
    )


def test_one_under_way_is_told_with_how_far_it_is_and_the_last_beside_it() -> None:
    going = BakeoffUnderWay(
        command_id="cmd-1",
        datasets=("risk_management", "robustness"),
        begun_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
        done=312,
        total=1_160,
    )
    said = text_of(bakeoff_reply(BakeoffNow(under_way=going, last=a_bakeoff())))
    assert "risk management and robustness is under way since 2026-11-20 12:00 UTC" in said
    assert "UTC: 312 of 1,160 answers. The last bakeoff ended on 2026-11-20 11:30 UTC" in said
    assert text_of(end_reply(BakeoffEnd(result=None, stopped="Cancelled by owner."))) == "Cancelled by owner."


def standing(**changes: object) -> RatingStanding:
    plain: dict[str, object] = {
        "experiment": "bakeoff-1",
        "seed": 7,
        "rated": 1,
        "of": 20,
        "following": WAITING,
    }
    return RatingStanding(**{**plain, **changes})  # type: ignore[arg-type]


def test_a_sheet_goes_on_with_the_next_decision_and_names_its_seed() -> None:
    *said, last = begun_reply(standing())
    assert last == WAITING
    assert text_of(said).startswith("1 of 20 are rated, drawn from bakeoff-1 by seed 7. ")
    just = DecisionRated(row="0", place=1, rating="sound", ratings=WAITING.ratings)
    assert list(rated_reply(standing(just=just))) == [just, WAITING]


def test_at_its_end_whose_the_decisions_were_is_told_and_how_far_two_agree() -> None:
    counts = (("sound", 15), ("doubtful", 15), ("wrong", 10))
    done = standing(
        following=None,
        rated=20,
        raters=("ann", "owner"),
        contestants=(RatedContestant(contestant="offline rules, no LLM", counts=counts),),
        agreement=("Cohen's kappa 0.64 [0.35, 0.93], n = 20.",),
    )
    events = list(rated_reply(done))
    said = text_of(events)
    assert "rated, by ann, owner. Cohen's kappa 0.64 [0.35, 0.93], n = 20." in said
    (table,) = tables_of(events).values()
    assert table.title == "Rated blind by 2 people"
    assert table.rows == (("offline rules, no LLM", 15, 15, 10, 40),)
    alone = text_of(rated_reply(standing(following=None, rated=20, raters=("ann",))))
    assert "Once a second person has rated the same sheet" in alone
