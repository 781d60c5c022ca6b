"""Run by a Python that has Qlib: `alpha158_in_qlib.py <folder> <names kept>`, on what `write` left there.

Prints JSON (version, processor seconds of the whole panel, of one name's last session) and leaves the first
names' features in the folder as `features.npy` [158, names, T].
"""

import json
import sys
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from time import process_time

import numpy as np
from numpy.typing import NDArray

CONFIG = {"kbar": {}, "price": {"windows": [0], "feature": ["OPEN", "HIGH", "LOW", "VWAP"]}, "rolling": {}}


def write(folder: Path, bars: dict[str, NDArray[np.float64]]) -> None:
    """Keep whole [T, N] columns in Qlib's own format, single precision."""
    sessions, names = bars["close"].shape
    weekdays = (date(2015, 1, 1) + timedelta(days=k) for k in range(2 * sessions + 7))
    days = [day.isoformat() for day in weekdays if day.weekday() < 5][:sessions]
    for part in ("calendars", "instruments", "features"):
        (folder / part).mkdir(parents=True)
    (folder / "calendars" / "day.txt").write_text("\n".join(days) + "\n", encoding="utf-8")
    spans = "".join(f"N{j:03d}\t{days[0]}\t{days[-1]}\n" for j in range(names))
    (folder / "instruments" / "all.txt").write_text(spans, encoding="utf-8")
    columns = {**bars, "vwap": (bars["high"] + bars["low"] + bars["close"]) / 3}
    for j in range(names):
        kept = folder / "features" / f"n{j:03d}"
        kept.mkdir()
        for name, column in columns.items():
            np.concatenate([[0.0], column[:, j]]).astype("<f4").tofile(kept / f"{name}.day.bin")


def measured(folder: Path, names: int) -> dict[str, object]:
    """Compute everything once, as Qlib's handler does, in this process."""
    qlib = import_module("qlib")
    qlib.init(provider_uri=str(folder), kernels=1, joblib_backend="threading")
    formulas, titles = import_module("qlib.contrib.data.loader").Alpha158DL.get_feature_config(CONFIG)
    data = import_module("qlib.data").D
    last = data.calendar(freq="day")[-1]
    data.features(["N000"], formulas, start_time=last, freq="day")
    started = process_time()
    data.features(["N001"], formulas, start_time=last, freq="day")
    one = process_time() - started
    started = process_time()
    found = data.features(data.instruments("all"), formulas, freq="day")
    panel = process_time() - started
    kept = [found.loc[f"N{j:03d}"].to_numpy(dtype=np.float32).T for j in range(names)]
    np.save(folder / "features.npy", np.stack(kept, axis=1))
    return {"version": qlib.__version__, "panel": panel, "one": one, "names": titles}


if __name__ == "__main__":
    found = measured(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write("\n" + json.dumps(found) + "\n")
