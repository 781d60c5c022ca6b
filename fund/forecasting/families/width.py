"""Whether rows are of the features that were learned from."""

from typing import Any

from numpy.typing import NDArray

from fund.errors import DataError


def expect_width(values: NDArray[Any], features: int) -> None:
    """Raise `DataError` unless the last axis of ranked features is as long as what was learned from."""
    if values.shape[-1] != features:
        raise DataError(
            f"expected {features!r} ranked features, found shape {values.shape!r}; "
            "train again on these features"
        )


def expect_columns(values: NDArray[Any], last: int) -> None:
    """Raise `DataError` when the last axis does not reach to the feature of that index."""
    if values.shape[-1] <= last:
        raise DataError(
            f"expected more than {last!r} ranked features, found shape {values.shape!r}; "
            "train again on these features"
        )
