"""Headlines read by a classifier of the FinBERT kind, from a folder of the owner's: no network, no pickle."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from fund.errors import ConfigError
from fund.news.sentiment import LEANINGS, Sentiment

BATCH = 16
MOST_TOKENS = 128
"""A headline is shorter; what is longer is read up to here."""
SETTING = "DESK_SENTIMENT__CLASSIFIER"


class ClassifierSentiment:
    """A `SentimentScorer` over a transformers sequence classifier with the labels positive and negative.

    The folder is checked when it is named, its weights are loaded when the first headline is read. Raises
    `ConfigError` naming the setting where the folder, its files or its labels are not as they must be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places = _places(_config(folder))
        self.name = f"classifier/{folder.name}/{_fingerprint(folder)[:12]}"
        self._lock = Lock()
        self._loaded: tuple[Any, Any] | None = None

    def score(self, texts: Sequence[str]) -> tuple[Sentiment | None, ...]:
        """Return the probability of good less that of bad news for each text; None for an empty one."""
        asked = [at for at, text in enumerate(texts) if text.strip()]
        found: dict[int, Sentiment] = {}
        with self._lock:
            for start in range(0, len(asked), BATCH):
                own = asked[start : start + BATCH]
                found.update(zip(own, self._read([texts[at] for at in own]), strict=True))
        return tuple(found.get(at) for at in range(len(texts)))

    def _read(self, texts: list[str]) -> list[Sentiment]:
        import torch

        words, weights = self._load()
        longest = min(MOST_TOKENS, int(weights.config.max_position_embeddings))
        sent = words(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        with torch.inference_mode():
            chances = torch.softmax(weights(**sent).logits.double(), dim=-1).tolist()
        good, bad = self._places["positive"], self._places["negative"]
        return [
            Sentiment(score=_within(row[good] - row[bad]), confidence=min(1.0, max(row)), n=1)
            for row in chances
        ]

    def _load(self) -> tuple[Any, Any]:
        """Return tokenizer and classifier, whole: a head that is not in the file would be made up."""
        if self._loaded is None:
            from safetensors import SafetensorError
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            local = {"local_files_only": True, "trust_remote_code": False}
            try:
                words = AutoTokenizer.from_pretrained(str(self._folder), **local)
                weights, told = AutoModelForSequenceClassification.from_pretrained(
                    str(self._folder), use_safetensors=True, output_loading_info=True, **local
                )
            except (OSError, ValueError, RuntimeError, SafetensorError) as error:
                raise self._unusable(str(error)) from error
            if told["missing_keys"] or told["mismatched_keys"]:
                lacking = sorted(map(str, (*told["missing_keys"], *told["mismatched_keys"])))
                raise self._unusable(f"no weights for {', '.join(lacking[:3])}")
            weights.eval()
            self._loaded = (words, weights)
        return self._loaded

    def _unusable(self, found: str) -> ConfigError:
        return ConfigError(
            f"{SETTING}={self._folder}: expected a classifier that transformers loads, found {found}"
        )


def _config(folder: Path) -> Mapping[str, Any]:
    if not any(folder.glob("*.safetensors")):
        raise ConfigError(
            f"{SETTING}={folder}: expected a folder with config.json, tokenizer.json and *.safetensors, "
            "found no safetensors; convert the weights, other formats can run code"
        )
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{SETTING}={folder}: expected a readable config.json, found {error}") from error
    if not isinstance(config, dict):
        raise ConfigError(f"{SETTING}={folder}: expected config.json to be an object, found {config!r:.80}")
    return config


def _places(config: Mapping[str, Any]) -> dict[str, int]:
    """Return where each side stands in the classifier's output, from the labels of its config."""
    labels = config.get("id2label")
    named = labels if isinstance(labels, dict) else {}
    try:
        places = {str(label).casefold(): int(place) for place, label in named.items()}
    except ValueError:
        places = {}
    expected = set(LEANINGS)
    if not places or set(places) not in (expected, expected - {"neutral"}) or len(places) < len(named):
        raise ConfigError(
            f"{SETTING}: expected the labels positive, negative and perhaps neutral in config.json, found "
            f"{list(named.values())!r}; a classifier with other labels reads something else"
        )
    return places


def _fingerprint(folder: Path) -> str:
    """Return a hash of everything that decides a score: labels, words and weights."""
    whole = hashlib.sha256()
    for path in sorted((*folder.glob("*.json"), *folder.glob("*.txt"), *folder.glob("*.safetensors"))):
        whole.update(path.name.encode())
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))
