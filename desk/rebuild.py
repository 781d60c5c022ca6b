"""Decides a past cycle again from the facts on record: its view, book, memories, mandate and answers."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from types import TracebackType

from sqlalchemy import Connection

from db.engine import in_transaction
from db.mandates import Mandates
from db.past import Past, StoredCycle
from db.record_codec import from_json, to_json
from desk.asking_again import AskingAgain
from desk.attention import WISHED, Wishes
from desk.bootstrap import Desk
from desk.changes import UNCHANGED, Change
from desk.cycle import track_of
from desk.cycle_names import cycle_named
from desk.learning import CHAMPION, INPUT
from desk.mandate import mandate_of
from desk.settings import Settings
from desk.trained_sources import TrainedSource
from fund.cycle import CycleRecord, decide
from fund.errors import DataError, QueryRefusedError
from fund.forecasting.validation import Schedule
from fund.mandate import Mandate
from fund.portfolio.book import Book
from fund.portfolio.session_mark import SessionMark
from graph.research import Researcher
from tools.forecasts import ForecastTools
from tools.memory import MemoryTools

"""What the input that names a forecaster's version begins with."""
STOOD = frozenset({"breaker", "reducing"}) | WISHED
"""Inputs that say how the circuit breaker stood and what the owner wanted: of the moment, never of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A decision as it is on record, and as it comes out now."""

    stored: StoredCycle
    then: CycleRecord
    now: CycleRecord
    text: str
    """The JSON of `now`, as it would be recorded."""
    change: str
    """What was changed on the way; empty when nothing was."""
    today: Mapping[str, str]
    """What the inputs of a decision of that moment would be today."""

    @property
    def same(self) -> bool:
        """Tell whether the two are the same, byte for byte."""
        return self.text == self.stored.text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a decision was made from, as the database has it."""

    book: Book
    mark: SessionMark
    mandate_text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A past decision with what it can be taken again from."""

    stored: StoredCycle
    then: CycleRecord
    book: Book
    mark: SessionMark
    mandate: Mandate
    sources: tuple[TrainedSource, ...]
    """The forecasters it heard."""


class Rebuilder(AbstractContextManager["Rebuilder"]):
    """Rebuilds decisions of one desk; writes nothing, and calls nobody unless another LLM is asked for.

    `asked` are the settings whose keys another LLM is asked with.
    """

    def __init__(self, desk: Desk, asked: Settings) -> None:
        self._desk = desk
        self._exits = ExitStack()
        self._asking = AskingAgain(desk, asked, self._exits)
        self._sources: dict[tuple[str, ...], tuple[TrainedSource, ...]] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def rebuild(self, name: str, change: Change = UNCHANGED) -> Rebuilt:
        """Return a decision beside what it comes to again; `name` is a cycle's id, its session or `last`.

        Raises `QueryRefusedError` naming what is missing or is not what was recorded.
        """
        recorded = self.recorded(name)
        now = self._decided(recorded, change)
        return Rebuilt(
            stored=recorded.stored,
            then=recorded.then,
            now=now,
            text=to_json(now),
            change=change.label,
            today=self._today(recorded.then),
        )

    def recorded(self, name: str) -> Recorded:
        """Return a decision with what it was made from; refuses what `rebuild` refuses."""
        stored = in_transaction(self._desk.engine, lambda connection: cycle_named(Past(connection), name))
        if not stored.intact:
            raise QueryRefusedError(
                f"the record of {stored.cycle_id} is not what was recorded: the hash chain breaks there, so "
                "nothing can be compared with it; `desk verify` names the first wrong row"
            )
        then = from_json(CycleRecord, stored.text)
        facts = in_transaction(self._desk.engine, lambda connection: self._facts(connection, then))
        mandate = self._mandate(then, facts.mandate_text)
        return Recorded(
            stored=stored,
            then=then,
            book=facts.book,
            mark=facts.mark,
            mandate=mandate,
            sources=self._forecasters(then, mandate),
        )

    def _decided(self, recorded: Recorded, change: Change) -> CycleRecord:
        then, mandate = recorded.then, recorded.mandate
        track, wishes = track_of(recorded.mark), Wishes.recorded(then.inputs)
        memory = MemoryTools(self._desk.engine)
        research = Researcher(
            ForecastTools(recorded.sources), memory, lambda: track, lambda: wishes.attention
        )
        return decide(
            self._asking.strategy(then, mandate, research, change),
            self._desk.history.view(then.as_of),
            recorded.book,
            change.mandate(mandate),
            cycle_id=then.cycle_id,
            inputs=self._inputs(then, mandate),
            halted=then.cause if then.status == "halted" else None,
            reducing=then.inputs.get("reducing"),
            asked=wishes.exits,
        )

    def _facts(self, connection: Connection, then: CycleRecord) -> _Facts:
        past = Past(connection)
        mark = past.mark_at(then.session)
        if mark is None:
            raise QueryRefusedError(
                f"this decision cannot be replayed: the close of {then.session} is not on record"
            )
        text = Mandates(connection).text_of(then.inputs.get("mandate_hash", ""))
        return _Facts(book=past.book_at(then.session), mark=mark, mandate_text=text)

    def _mandate(self, then: CycleRecord, text: str | None) -> Mandate:
        """Return the mandate a decision ran under: as it was kept, or the present one if it is the same."""
        wanted = then.inputs.get("mandate_hash", "")
        if text is None:
            if self._desk.mandate.mandate_hash == wanted:
                return self._desk.mandate
            raise QueryRefusedError(
                f"this decision cannot be replayed: the mandate {wanted[:12]} it ran under is not kept, and "
                f"the present one is {self._desk.mandate.mandate_hash[:12]}; name its file with --mandate"
            )
        mandate = mandate_of(text, f"the mandate kept as {wanted[:12]}")
        if mandate.mandate_hash != wanted:
            raise QueryRefusedError(
                f"this decision cannot be replayed: the mandate kept as {wanted[:12]} is not what was kept, "
                f"it has the hash {mandate.mandate_hash[:12]}"
            )
        return mandate

    def _forecasters(self, then: CycleRecord, mandate: Mandate) -> tuple[TrainedSource, ...]:
        """Return the forecasters of the versions a decision names, read once."""
        named = {
            key.removeprefix(INPUT): version for key, version in then.inputs.items() if key.startswith(INPUT)
        }
        champion = then.inputs.get(CHAMPION, "")
        key = (*sorted(named.values()), champion, mandate.mandate_hash)
        if key not in self._sources:
            learning = replace(
                self._desk.learning,
                benchmark=mandate.benchmark,
                schedule=Schedule(horizon_sessions=mandate.horizon_sessions),
            )
            try:
                self._sources[key] = learning.recorded(named, champion)
            except DataError as error:
                raise QueryRefusedError(
                    f"this decision cannot be replayed: a forecaster it heard is not as it was kept: {error}"
                ) from error
        return self._sources[key]

    def _inputs(self, then: CycleRecord, mandate: Mandate) -> dict[str, str]:
        """Return what the decision is made from now: the recorded versions where they are used again."""
        used = {key: value for key, value in then.inputs.items() if _names_forecasters(key)}
        return {**self._present(then), "mandate_hash": mandate.mandate_hash, **used}

    def _today(self, then: CycleRecord) -> dict[str, str]:
        return {**self._present(then), **self._desk.learning.in_use()}

    def _present(self, then: CycleRecord) -> dict[str, str]:
        """Return today's inputs of that moment but for the forecasters; the breaker stands as recorded."""
        present = self._desk.player.inputs_at(then.as_of)
        stood = {key: value for key, value in then.inputs.items() if key in STOOD}
        return {key: value for key, value in present.items() if not _names_forecasters(key)} | stood


def _names_forecasters(key: str) -> bool:
    return key.startswith(INPUT) or key == CHAMPION
