"""Shared by both training scripts: data, word shapes, token batches, the optimiser's loop."""

import gzip
import json
import os
import pathlib
import random
import time
import tomllib

import torch

LOWER, INITIAL, ALL, MIXED = range(4)


def config(name):
    """A file of the program's configuration."""
    return tomllib.loads((pathlib.Path(__file__).parent.parent / "config" / name).read_text(encoding="utf-8"))


def read(path):
    """Rows of a JSONL file, gzipped or plain."""
    opened = gzip.open if str(path).endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def shape(word):
    """The token type id of a word: its shape, which an uncased vocabulary loses.

    The Rust program has the same rule in `src/entities/shape.rs`.
    """
    upper = [c.isupper() for c in word]
    if not any(upper):
        return LOWER
    if sum(upper) > 1 and not any(c.islower() for c in word):
        return ALL
    if upper[0] and sum(upper) == 1:
        return INITIAL
    return MIXED


def batches(lengths, budget, rng):
    """Row indices in batches of about `budget` padded tokens and similar lengths, in random order.
    """
    order = list(range(len(lengths)))
    rng.shuffle(order)
    out = []
    for at in range(0, len(order), 4096):
        pool = sorted(order[at : at + 4096], key=lambda i: lengths[i])
        batch, widest = [], 0
        for i in pool:
            widest = max(widest, lengths[i])
            if batch and widest * (len(batch) + 1) > budget:
                out.append(batch)
                batch, widest = [], lengths[i]
            batch.append(i)
        out.append(batch)
    rng.shuffle(out)
    return out


def pad(rows, value):
    width = max(map(len, rows))
    return torch.tensor([row + [value] * (width - len(row)) for row in rows])


def train(model, make_batch, lengths, out, *, epochs, rate, budget, seed, evaluate):
    """AdamW, warm-up over 6% of the steps, then linear decay; bf16 autocast on the CPU.

    The word embeddings stay frozen: they are half of the weights, and small data would change
    only those of the words that it contains.
    """
    torch.set_num_threads(int(os.environ.get("TRAIN_THREADS", os.cpu_count() or 1)))
    rng = random.Random(seed)
    model.base_model.embeddings.word_embeddings.weight.requires_grad_(False)
    plan = [batch for _ in range(epochs) for batch in batches(lengths, budget, rng)]
    fresh = [p for n, p in model.named_parameters() if "classifier" in n or "token_type" in n]
    known = {id(p) for p in fresh}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    groups = [{"params": rest, "lr": rate}, {"params": fresh, "lr": rate * 5}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    warm = max(1, int(0.06 * len(plan)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min((step + 1) / warm, (len(plan) - step) / max(1, len(plan) - warm)),
    )
    started, running = time.time(), None
    for step, rows in enumerate(plan):
        model.train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = make_batch(rows)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest + fresh, 1.0)
        optimiser.step()
        schedule.step()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if step % 50 == 0:
            print(f"step {step}/{len(plan)} loss {running:.4f} {time.time() - started:.0f}s", flush=True)
        if step and step % 500 == 0:
            model.save_pretrained(out)
    model.save_pretrained(out)
    model.eval()
    print(json.dumps(evaluate()), flush=True)
