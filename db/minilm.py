"""The sentence encoder all-MiniLM-L6-v2, computed from its weights by numpy.

The library it was trained with would cost a running desk 400 MB and 8 seconds for these six layers (Devlin et
al. 2019, BERT; Wang et al. 2020, MiniLM; Reimers and Gurevych 2019, Sentence-BERT); a test compares with it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]

LAYERS, HEADS = 6, 12
MOST_TOKENS = 256
"""What is longer is read up to here, as in training."""
EPSILON = np.float32(1e-12)
PADDING = 0
HEADER_BYTES = 8
"""A safetensors file begins with the length of its names as JSON; behind them stand all numbers in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniLM:
    """Weights by name, and what turns texts into the numbers of their word pieces; both are only read."""

    weights: Mapping[str, Floats]
    words: "Tokenizer"

    def encode(self, texts: Sequence[str], *, batch: int) -> Floats:
        """Return one vector of length 1 for each text, [n, d], in the same order."""
        read = [each.ids for each in self.words.encode_batch_fast(list(texts))]
        order = sorted(range(len(read)), key=lambda place: len(read[place]))
        made = np.empty((len(read), self.weights["embeddings.LayerNorm.bias"].size), dtype=np.float32)
        for first in range(0, len(order), batch):
            places = order[first : first + batch]
            made[places] = self._vectors([read[place] for place in places])
        return made

    def _vectors(self, tokens: Sequence[Sequence[int]]) -> Floats:
        """Return the mean direction of the words of each text; what fills up the shorter ones is ignored."""
        longest = max(len(each) for each in tokens)
        ids = np.array([[*each, *[PADDING] * (longest - len(each))] for each in tokens])
        there = np.array([[1.0] * len(each) + [0.0] * (longest - len(each)) for each in tokens], np.float32)
        hidden = self._normed(
            "embeddings.LayerNorm",
            self.weights["embeddings.word_embeddings.weight"][ids]
            + self.weights["embeddings.position_embeddings.weight"][:longest]
            + self.weights["embeddings.token_type_embeddings.weight"][0],
        )
        ignored = np.where(there[:, np.newaxis, np.newaxis, :] > 0, np.float32(0), np.float32(-1e30))
        for layer in range(LAYERS):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, ignored)
        mean = (hidden * there[:, :, np.newaxis]).sum(axis=1) / there.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)

    def _layer(self, name: str, hidden: Floats, ignored: Floats) -> Floats:
        seen = self._attended(f"{name}.attention.self", hidden, ignored)
        hidden = self._normed(
            f"{name}.attention.output.LayerNorm", hidden + self._dense(f"{name}.attention.output.dense", seen)
        )
        wide = _gelu(self._dense(f"{name}.intermediate.dense", hidden))
        return self._normed(f"{name}.output.LayerNorm", hidden + self._dense(f"{name}.output.dense", wide))

    def _attended(self, name: str, hidden: Floats, ignored: Floats) -> Floats:
        texts, words, width = hidden.shape

        def heads(part: str) -> Floats:
            made = self._dense(f"{name}.{part}", hidden)
            return made.reshape(texts, words, HEADS, width // HEADS).transpose(0, 2, 1, 3)

        scale = np.float32((width // HEADS) ** -0.5)
        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) * scale + ignored
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        seen = (shares @ heads("value")).transpose(0, 2, 1, 3)
        return np.asarray(seen.reshape(texts, words, width))

    def _dense(self, name: str, given: Floats) -> Floats:
        flat = given.reshape(-1, given.shape[-1]) @ self.weights[f"{name}.weight"].T
        return np.asarray((flat + self.weights[f"{name}.bias"]).reshape(*given.shape[:-1], -1))

    def _normed(self, name: str, given: Floats) -> Floats:
        apart = given - given.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(apart).mean(axis=-1, keepdims=True) + EPSILON)
        return np.asarray(apart / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"])


def load_minilm(folder: Path) -> MiniLM:
    """Return the encoder of a folder in the form the hub has it; weights are paged in when they are used."""
    from tokenizers import Tokenizer

    words = Tokenizer.from_file(str(folder / "tokenizer.json"))
    words.no_padding()
    words.enable_truncation(MOST_TOKENS)
    return MiniLM(weights=dict(_weights(folder / "model.safetensors")), words=words)


def _weights(path: Path) -> Iterator[tuple[str, Floats]]:
    """Yield each tensor of a safetensors file by its name, as a view of the file."""
    stored = np.memmap(path, mode="r", dtype=np.uint8)
    start = HEADER_BYTES + int.from_bytes(stored[:HEADER_BYTES].tobytes(), "little")
    for name, told in json.loads(stored[HEADER_BYTES:start].tobytes()).items():
        if name != "__metadata__" and told["dtype"] == "F32":
            first, end = told["data_offsets"]
            yield (
                name,
                np.asarray(stored[start + first : start + end].view(np.float32).reshape(told["shape"])),
            )


def _gelu(given: Floats) -> Floats:
    from scipy.special import erf

    half = erf(given * np.float32(2**-0.5))
    half += 1
    half *= np.float32(0.5)
    half *= given
    return np.asarray(half, dtype=np.float32)
