"""How the closer looks at one version are told at the terminal: its features, and its paths."""

from rich.console import RenderableType
from rich.table import Table

from desk.shown_forecasters import interval
from desk.version_depth import FeatureWorth, PathSpread

MOST_SHOWN = 20


def features_told(found: FeatureWorth) -> tuple[RenderableType, ...]:
    """Return the features that matter most, each with its interval, and how many stand out at all."""
    table = Table("Feature", "Rank IC lost without it (95 %)")
    for each in found.features[:MOST_SHOWN]:
        table.add_row(each.feature, interval(each.lost))
    certain = sum(each.lost.low > 0.0 for each in found.features)
    return (
        f"What the features of {found.version} were worth out of sample, {found.first} to {found.last}; "
        f"rank IC with all of them {interval(found.rank_ic)}.",
        table,
        f"Of {len(found.features)} features {certain} have an interval above 0; by chance alone about "
        f"{0.025 * len(found.features):.1f} would. Features that say the same share their worth.",
    )


def paths_told(found: PathSpread) -> tuple[RenderableType, ...]:
    """Return the paths, lowest first, with the walk-forward and the baselines beside them."""
    table = Table("", "Mean daily rank IC (95 %)", title=f"{found.version}: the same sessions on every line")
    table.add_row("walk-forward", interval(found.walk_forward))
    for at, path in enumerate(found.paths, start=1):
        table.add_row(f"path {at}", interval(path))
    for name, figure in sorted(found.baselines.items()):
        table.add_row(f"{name}, walk-forward", interval(figure))
    low, high = found.paths[0].value, found.paths[-1].value
    return (
        table,
        f"{len(found.paths)} paths of {found.fits} fits spread from {low:+.4f} to {high:+.4f}. They learn "
        "from what came later too: they judge a way of learning, and are no track record and no claim.",
    )
