"""The kinds of nets there are, and how one is written down."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fund.errors import DataError
from fund.forecasting.families.nets.convolutional import Cnn, Tcn
from fund.forecasting.families.nets.hybrid import Hybrid
from fund.forecasting.families.nets.patches import Patches
from fund.forecasting.families.nets.recurrent import Recurrent

Net = Recurrent | Cnn | Tcn | Hybrid | Patches
KINDS: Mapping[str, type[Net]] = {each.kind: each for each in (Recurrent, Cnn, Tcn, Hybrid, Patches)}


def described(net: Net) -> dict[str, Any]:
    """Return kind and sizes as plain values."""
    return {"kind": net.kind, **asdict(net)}


def net_to_json(net: Net) -> str:
    """Write kind and sizes."""
    return json.dumps(described(net), sort_keys=True)


def net_from_json(text: str) -> Net:
    """Read what `net_to_json` wrote; `DataError` for anything else."""
    try:
        sizes = json.loads(text)
        return KINDS[sizes.pop("kind")](**sizes)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"expected a net of {sorted(KINDS)!r} with its sizes, found {text!r}") from error
