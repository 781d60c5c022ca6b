"""One small piece of real work for each of the libraries that a classifier of headlines needs."""


def keeps_weights() -> None:
    import torch
    from safetensors.torch import load, save

    assert torch.equal(load(save({"ones": torch.ones(2)}))["ones"], torch.ones(2))


def classifies() -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    tiny = BertConfig(
        vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
    )
    assert BertForSequenceClassification(tiny)(torch.tensor([[1, 2]])).logits.shape == (1, 2)
