"""How many labelled questions the offline router understands, what it takes them for, and how fast it is."""

import sys
from collections import Counter
from time import perf_counter

from graph.likeness import Likeness
from graph.router import route
from support.instruments import bundle_directory
from support.questions import TODAY, Outcome, outcomes, share, threads

PLAIN = ("easy", "medium")
SETS = ("known", "held_out", "fresh")


def tell(line: str) -> None:
    """Write a line."""
    sys.stdout.write(line + "\n")


def report(name: str, likeness: Likeness, how: str) -> None:
    """Print the accuracy with its interval, and every question that was taken for something else."""
    found = list(outcomes(threads(name), likeness))
    for level, some in (("easy and medium", [o for o in found if o.level in PLAIN]), ("all", found)):
        right, n, low, high = share(some)
        interval = f"95% interval {low:.1%} to {high:.1%}"
        tell(f"{name}, {how}, {level}: {right} of {n} ({right / n:.1%}; {interval})")
    tell(f"  control actions nobody asked for: {sum(not each.harmless for each in found)}")
    for (wanted, was), count in Counter(map(_confused, (o for o in found if not o.right))).most_common():
        tell(f"  {count} x {wanted} taken for {was}")
    if "--show" in sys.argv:
        for each in found:
            if not each.right:
                tell(f"    {each.level}: {each.ask!r} -> {each.intent.name}")


def speed(likeness: Likeness) -> None:
    """Print how long one question takes."""
    asks = [turn["ask"] for thread in threads("known") for turn in thread["turns"]]
    directory, seconds = bundle_directory(), list[float]()
    for ask in asks:
        started = perf_counter()
        route(ask, directory, TODAY, likeness=likeness)
        seconds.append(perf_counter() - started)
    seconds.sort()
    median, most = seconds[len(seconds) // 2] * 1e3, seconds[len(seconds) * 19 // 20] * 1e3
    tell(f"median {median:.1f} ms, p95 {most:.1f} ms")


def main() -> None:
    """Measure by letters alone, and with the sentence encoder where `--meaning` asks for it."""
    likeness = Likeness()
    for name in SETS:
        report(name, likeness, "letters")
    speed(likeness)
    if "--meaning" in sys.argv:
        from db.embeddings import SentenceEncoder

        encoder = SentenceEncoder()
        encoder.load()
        likeness.learn(encoder)
        for name in SETS:
            report(name, likeness, "letters and meaning")
        speed(likeness)


def _confused(outcome: Outcome) -> tuple[str, str]:
    return str(outcome.label.get("intent", "no action")), outcome.intent.name


if __name__ == "__main__":
    main()
