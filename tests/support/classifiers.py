"""A tiny classifier with random weights, in a folder as transformers keeps one: it proves the path alone."""

import json
from collections.abc import Mapping
from pathlib import Path

WORDS = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "norvale",
    "beats",
    "misses",
    "estimates",
    "cuts",
    "outlook",
)
LABELS = {0: "positive", 1: "negative", 2: "neutral"}
"""In FinBERT's order."""


def a_classifier(folder: Path, labels: Mapping[int, str] = LABELS) -> Path:
    """Write a BERT of two layers with these labels into a folder and return it."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        initializer_range=0.6,
        id2label=dict(labels),
        label2id={label: place for place, label in labels.items()},
    )
    BertForSequenceClassification(config).save_pretrained(str(folder))
    words = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.normalizer = normalizers.BertNormalizer(lowercase=True)
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(str(folder))
    return folder


def relabelled(folder: Path, labels: object) -> Path:
    """Change what the config calls the outputs."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["id2label"] = labels
    path.write_text(json.dumps(config))
    return folder
