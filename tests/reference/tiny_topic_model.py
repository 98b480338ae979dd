"""Writes a tiny random topic model, and PyTorch's outputs for it: `python tiny_topic_model.py`.

Install `training/requirements.txt` first. Writes `tests/data/topic_model/`: the two graphs in int8
(`lower.onnx`, `upper.onnx`), the sieve, tokenizer, settings, and `expected.json`: for passages with
the labels of a topic the skim's logits, the stances' logits, and the roles' logits, computed in f32.
The seed is fixed: the same versions write the same files.
"""

import json
import pathlib
import sys
import tempfile

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import MPNetConfig, MPNetModel, PreTrainedTokenizerFast

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "training"))

import export_topics
import sieve
from examples import Example, Tokens
from topic_model import Batch, TopicModel

OUT = pathlib.Path(__file__).parents[1] / "data" / "topic_model"
WORDS = """someone india pakistan united states other narrator supports rejects visas the a of and in on to for says it he
trade talks help outside mediation ceasefire delhi islamabad washington monday never . , ( ) »""".split()


def tokenizer():
    words = ["<s>", "<pad>", "</s>", "<unk>", *WORDS]
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", cls_token="<s>", sep_token="</s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )


def main():
    torch.manual_seed(5)
    config = MPNetConfig(
        vocab_size=4 + len(WORDS), hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=24, max_position_embeddings=400
    )
    with tempfile.TemporaryDirectory() as base:
        MPNetModel(config, add_pooling_layer=False).save_pretrained(base)
        words = tokenizer()
        words.save_pretrained(base)
        model = TopicModel(base, layers=3, lower=2).eval()
        # Random weights give answers that are all alike; larger ones do not.
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.dim() == 2 and "embeddings" not in name:
                    weight.mul_(4)
                # The exporter would make one tensor of all that are equal.
                if weight.dim() == 1:
                    weight.add_(torch.randn_like(weight) * 0.1)
        export_topics.write(model, base, OUT)
    vectors = sieve.Sieve(torch.randn(config.vocab_size, 16))
    export_topics.write_sieve(vectors, OUT / "sieve.safetensors")

    tokens, cases = Tokens(words), []
    for before, text, hypotheses, names in [
        ("", "India rejects visas.", ["Someone supports visas.", "Someone rejects visas."], ["India", "other", "narrator"]),
        ("Trade talks in Delhi", "He says it never supports outside help.", ["Someone supports outside help."], ["India", "Pakistan"]),
        ("Delhi: talks on Monday » Islamabad says", "the ceasefire", ["Someone says the ceasefire"] * 8, ["narrator"]),
    ]:
        ids, types, _, _ = tokens.passage(before, text)
        example = Example(ids, types, [tokens.label(h) for h in hypotheses], [tokens.label(n) for n in names])
        with torch.no_grad():
            skim, upper, states = (batch := Batch([example], tokens.pad)).read(model)
            query, _ = model.split(model.query(states))
            key, _ = model.split(model.key(upper[0, batch.actor_at[0]]))
            roles = torch.einsum("srd,ard->sar", query, key) / query.shape[-1] ** 0.5 * 4 + model.role_bias
        cases.append({
            "before": before, "text": text, "hypotheses": hypotheses, "names": names, "ids": list(ids), "types": list(types),
            "skim": skim.tolist(), "logits": model.stances(states).tolist(), "roles": roles.tolist(),
        })
    (OUT / "expected.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
