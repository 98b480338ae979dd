"""Writes tiny random models, and the outputs of transformers for them: `python architectures.py`.

Install `training/requirements.txt` first. Writes `tests/data/architectures/NAME/`: `config.json`
and `model.safetensors` as saved by transformers, `model.onnx` as exported by optimum, and
`expected.json`: cases of ids, token type ids and logits, each sequence alone and without padding.
The seed is fixed: the same versions write the same files. The tests compare the backends with them.
"""

import json
import pathlib
import random
import shutil
import warnings
import zlib

import torch
import transformers as hf

OUT = pathlib.Path(__file__).parents[1] / "data" / "architectures"
LIMIT = 40  # tokens
# Zeroing any tensor changes some logit by 0.04 or more, except key biases, on which softmax does
# not depend.
SEED = 7
NLI = ["contradiction", "neutral", "entailment"]
NER = ["O"] + [f"{place}-{kind}" for kind in ["PER", "ORG", "LOC", "MISC"] for place in "BI"]

SIZE = {"vocab_size": 48, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12}
BERT = SIZE | {"max_position_embeddings": LIMIT}
# Positions start after the padding index.
ROBERTA = SIZE | {
    "max_position_embeddings": LIMIT + 2, "layer_norm_eps": 1e-5, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
}
# Like microsoft/deberta-base, deberta-v3-base and deberta-v2-xlarge.
DEBERTA = BERT | {
    "relative_attention": True, "max_relative_positions": -1, "position_biased_input": False, "type_vocab_size": 0,
    "pos_att_type": "c2p|p2c", "layer_norm_eps": 1e-7,
}
DEBERTA_V3 = DEBERTA | {"pos_att_type": "p2c|c2p", "position_buckets": 8, "norm_rel_ebd": "layer_norm", "share_att_key": True}
DEBERTA_V2 = DEBERTA_V3 | {"conv_kernel_size": 3, "conv_act": "gelu", "attention_head_size": 4}
# Settings that those do not use: only absolute positions, and separate projections of positions,
# without buckets.
OTHER = {"embedding_size": 6, "type_vocab_size": 2, "num_hidden_layers": 1}
DEBERTA_PLAIN = BERT | OTHER
DEBERTA_APART = DEBERTA | OTHER | {"max_relative_positions": 12}
DISTILBERT = {"vocab_size": 48, "dim": 8, "n_layers": 2, "n_heads": 2, "hidden_dim": 12, "max_position_embeddings": LIMIT}
BART = {
    "vocab_size": 48, "d_model": 8, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 12, "decoder_ffn_dim": 12, "max_position_embeddings": LIMIT,
}
MODERNBERT = BERT | {
    "pad_token_id": 3, "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2,
    "local_attention": 8, "global_attn_every_n_layers": 2, "reference_compile": False,
}

# Configuration, ids of the special tokens around a sequence and between a pair, heads, and heads
# exported to ONNX.
BERT_LIKE, ROBERTA_LIKE = ([1], [2], [2]), ([0], [2], [2, 2])
MODELS = {
    "bert": (hf.BertConfig(**BERT), BERT_LIKE, "ner nli", "ner"),
    "distilbert": (hf.DistilBertConfig(**DISTILBERT), BERT_LIKE, "ner nli", ""),
    "roberta": (hf.RobertaConfig(**ROBERTA, type_vocab_size=1), ROBERTA_LIKE, "ner nli", "nli"),
    "xlm-roberta": (hf.XLMRobertaConfig(**ROBERTA, type_vocab_size=1), ROBERTA_LIKE, "ner nli", "ner"),
    "deberta": (hf.DebertaConfig(**DEBERTA), BERT_LIKE, "ner nli", ""),
    "deberta-v3": (hf.DebertaV2Config(**DEBERTA_V3), BERT_LIKE, "ner nli", "nli"),
    "deberta-v2": (hf.DebertaV2Config(**DEBERTA_V2), BERT_LIKE, "ner nli", ""),
    "deberta-plain": (hf.DebertaConfig(**DEBERTA_PLAIN), BERT_LIKE, "nli", ""),
    "deberta-v2-apart": (hf.DebertaV2Config(**DEBERTA_APART), BERT_LIKE, "nli", ""),
    "bart": (hf.BartConfig(**BART), ROBERTA_LIKE, "nli", ""),
    "mpnet": (hf.MPNetConfig(**ROBERTA), ROBERTA_LIKE, "nli", "nli"),
    "modernbert": (hf.ModernBertConfig(**MODERNBERT), BERT_LIKE, "ner", "ner"),
}
ONNX_ONLY = ["mpnet", "modernbert"]


def labels(name, head, rng):
    """The labels of the head, in an order that differs between models, as with real ones."""
    found = {"deberta-v3-nli": ["entailment", "not_entailment"]}.get(name, NER if head == "ner" else NLI)
    return rng.sample(found, len(found))


def fill(model):
    """Weights that are large enough for each to change the output."""
    for module in model.modules():
        for key, weights in module.named_parameters(recurse=False):
            norm = "Norm" in type(module).__name__ and key == "weight"
            torch.nn.init.normal_(weights, mean=1.0 if norm else 0.0, std=0.3 if weights.dim() == 1 else 0.7)
    model.tie_weights()


def cases(special, two_types, rng):
    """Ids and token type ids: single sequences and pairs, the last one of the maximum length."""
    opening, closing, parting = special
    for first, second in [(1, 0), (4, 0), (2, 3), (9, 0), (5, 12), (17, LIMIT)]:
        ids = opening + [rng.randrange(4, 48) for _ in range(first)]
        types = len(ids)
        if second:
            ids += parting
            # The first separator belongs to the first segment.
            types = len(ids)
            ids += [rng.randrange(4, 48) for _ in range(min(second, LIMIT - len(ids) - len(closing)))]
        ids += closing
        if not second:
            types = len(ids)
        yield ids, [int(two_types and at >= types) for at in range(len(ids))]


def inputs(model, ids, types):
    """The inputs that the architecture has."""
    rows = {"input_ids": ids, "attention_mask": [1] * len(ids)}
    if getattr(model.config, "type_vocab_size", 0) > 1:
        rows["token_type_ids"] = types
    return {key: torch.tensor([row]) for key, row in rows.items()}


def export(model, folder, sample):
    axes = {0: "batch_size", 1: "sequence_length"}
    torch.onnx.export(
        model, (sample,), folder / "model.onnx", dynamo=False, opset_version=17,
        input_names=list(sample), output_names=["logits"],
        dynamic_axes={key: axes for key in sample} | {"logits": axes if "Token" in type(model).__name__ else {0: "batch_size"}},
    )


def make(name, head, config, special, exported):
    seed = zlib.crc32(f"{SEED} {name}".encode())
    rng = random.Random(seed)
    torch.manual_seed(seed)
    config.id2label = dict(enumerate(labels(name, head, rng)))
    config.label2id = {label: at for at, label in config.id2label.items()}
    auto = hf.AutoModelForTokenClassification if head == "ner" else hf.AutoModelForSequenceClassification
    model = auto.from_config(config, attn_implementation="eager").eval()
    fill(model)
    folder = OUT / name
    model.save_pretrained(folder, safe_serialization=True)
    rows = []
    for ids, types in cases(special, getattr(config, "type_vocab_size", 0) > 1, rng):
        with torch.no_grad():
            logits = model(**inputs(model, ids, types)).logits
        rows.append({"ids": ids, "types": types, "logits": [round(x, 6) for x in logits.flatten().tolist()]})
    (folder / "expected.json").write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    if exported:
        export(model, folder, inputs(model, rows[2]["ids"], rows[2]["types"]))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    shutil.rmtree(OUT, ignore_errors=True)
    for name, (config, special, heads, onnx) in MODELS.items():
        for head in heads.split():
            make(f"{name}-{head}", head, config, special, head in onnx.split())
        if name in ONNX_ONLY:
            (OUT / f"{name}-{heads}" / "model.safetensors").unlink()
