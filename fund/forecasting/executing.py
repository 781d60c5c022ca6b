"""Where independent pieces of work run: here, on threads, or on Ray. The results are the same to the bit."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, local
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar

from fund.errors import ConfigError, DataError

if TYPE_CHECKING:
    from ray import ObjectRef

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

RAY = "ray"
_AT_WORK = local()
"""What ends the work of this thread, where it is one of a pool's."""


def nobody_waits() -> bool:
    """Tell a piece of long work on a thread that whoever asked for it has gone; Ctrl-C is such a case."""
    ended: Event | None = getattr(_AT_WORK, "ended", None)
    return ended is not None and ended.is_set()


class Executor(Protocol):
    """Runs one function over many items."""

    @property
    def apart(self) -> bool:
        """Whether work runs in other processes, so that what it takes and gives has to travel."""
        ...

    def map(
        self, function: Callable[[Shared, Item], Result], shared: Shared, items: Sequence[Item]
    ) -> Generator[Result, None, None]:
        """Yield `function(shared, item)` in the order of the items, each as soon as those before it are.

        The first error ends it and is raised as it is. Whoever stops asking ends what has not begun.
        """
        ...


class Inline:
    """One after the other, where it was asked for; nothing is begun before it is asked for."""

    apart: ClassVar[bool] = False

    def map(
        self, function: Callable[[Shared, Item], Result], shared: Shared, items: Sequence[Item]
    ) -> Generator[Result, None, None]:
        """Work through the items."""
        for item in items:
            yield function(shared, item)


INLINE = Inline()


class Threads:
    """Some at once, for work that spends its time in compiled code."""

    apart: ClassVar[bool] = False

    def __init__(self, workers: int) -> None:
        self.workers = _at_least_one(workers)

    def map(
        self, function: Callable[[Shared, Item], Result], shared: Shared, items: Sequence[Item]
    ) -> Generator[Result, None, None]:
        """Hand the items to the threads; the end waits for what is at work, which may ask `nobody_waits`."""
        ended = Event()

        def work(item: Item) -> Result:
            _AT_WORK.ended = ended
            return function(shared, item)

        pool = ThreadPoolExecutor(max_workers=self.workers, thread_name_prefix="work")
        try:
            yield from pool.map(work, items)
        finally:
            ended.set()
            pool.shutdown(wait=True, cancel_futures=True)


class Ray:
    """Tasks on a Ray cluster: one of this machine's own, or one that listens at an address.

    Every node needs this program at the same version. What a task takes and gives is serialised by Ray and
    never kept; `shared` travels once for as long as the same one is given. Use it as a context: leaving it
    ends a cluster of its own, and leaves another's running.
    """

    apart: ClassVar[bool] = True

    def __init__(self, workers: int, address: str | None = None) -> None:
        """`workers` is the size of a cluster of its own; one at an address has its own size."""
        self.workers = _at_least_one(workers)
        self.address = address
        self._put: tuple[object, ObjectRef[Any]] | None = None

    def __enter__(self) -> Self:
        ray = _ray()
        shown = {"log_to_driver": False, "configure_logging": False}
        try:
            if self.address is None:
                ray.init(num_cpus=self.workers, include_dashboard=False, **shown)
            else:
                ray.init(address=self.address, **shown)
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = f"the one at {self.address!r}" if self.address else "one of this machine's own"
            raise ConfigError(f"expected a Ray cluster, {where}, found that it fails: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _ray().shutdown()

    def map(
        self, function: Callable[[Shared, Item], Result], shared: Shared, items: Sequence[Item]
    ) -> Generator[Result, None, None]:
        """Hand every item to the cluster; an error of a task is raised as the task raised it."""
        ray = _ray()
        task = ray.remote(num_cpus=1, max_retries=2)(function)
        if self._put is None or self._put[0] is not shared:
            self._put = (shared, ray.put(shared))
        asked: list[ObjectRef[Any]] = [task.remote(self._put[1], item) for item in items]
        try:
            for each in asked:
                try:
                    yield ray.get(each)
                except ray.exceptions.RayTaskError as error:
                    raise error.cause if isinstance(error.cause, DataError) else error from None
        finally:
            for each in asked:
                ray.cancel(each, force=False)


def executor_on(where: str, workers: int) -> Inline | Threads | Ray:
    """Return what `--on` asks for: `inline`, `threads`, `ray` or `ray:ADDRESS`; `ConfigError` otherwise."""
    kind, _, address = where.partition(":")
    if kind == RAY:
        _ray()
        return Ray(workers, address or None)
    if where in ("inline", "threads"):
        return INLINE if where == "inline" else Threads(workers)
    raise ConfigError(f"expected --on inline, threads, ray or ray:ADDRESS, found {where!r}")


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise ConfigError(
            "expected the package 'ray', which is an extra, found it not installed; "
            "run `pip install -e '.[ray]'` in the checkout, or leave out --on ray"
        ) from error
    return ray


def _at_least_one(workers: int) -> int:
    if workers < 1:
        raise DataError(f"expected at least 1 worker, found {workers!r}")
    return workers
