"""The topic model: reads a sentence with the stances of one topic, and says who takes which.

A *passage* is `<s> headline » sentences before » sentence </s>`. A *label* is `</s>` and the text of
a hypothesis or the name of an actor. The first layers (the *lower* ones) read the passage and each
label by themselves, so that a program computes a sentence once for all topics, and each label once
for all sentences. The other layers (the *upper* ones) read the passage with the labels of one topic.
This separation follows DeFormer (Cao et al. 2020).

Of the lower states, the skim says whether a stance may be taken at all. Of the upper states, that of
a hypothesis gives the three probabilities of natural language inference; paired with the state of an
actor, whether that actor is the holder and the source; paired with the states of the passage's tokens,
where the name of the holder and that of the source begin, and where the evidence begins and ends.
"""

import math

import torch
import torch.nn.functional as F
from transformers import MPNetModel

LABELS = ["entailment", "neutral", "contradiction"]
# Token types: text before the sentence, the sentence, a hypothesis's or an actor's first token, their words.
BEFORE, SENTENCE, STANCE, ACTOR, WORD = range(5)
ROLES, ROLE_WIDTH = 2, 128
POINTERS, POINTER_WIDTH = 4, 64
SKIM_HEADS, SKIM_WIDTH = 8, 32
LOWER = 4


class TopicModel(torch.nn.Module):
    def __init__(self, base, layers=12, lower=LOWER):
        super().__init__()
        self.enc = MPNetModel.from_pretrained(
            base, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.enc.encoder.layer = torch.nn.ModuleList(list(self.enc.encoder.layer)[:layers])
        self.lower = lower
        width = self.enc.config.hidden_size
        self.types = torch.nn.Embedding(5, width)
        torch.nn.init.normal_(self.types.weight, std=0.02)
        self.dense, self.out = torch.nn.Linear(width, width), torch.nn.Linear(width, 3)
        pairs = ROLES * ROLE_WIDTH + POINTERS * POINTER_WIDTH
        self.query, self.key = torch.nn.Linear(width, pairs), torch.nn.Linear(width, pairs)
        self.role_bias = torch.nn.Parameter(torch.tensor([-1.5, -3.0]))
        self.skim_query = torch.nn.Linear(width, SKIM_HEADS * SKIM_WIDTH)
        self.skim_key = torch.nn.Linear(width, SKIM_HEADS * SKIM_WIDTH)
        self.skim_out = torch.nn.Linear(SKIM_HEADS, 1)
        torch.nn.init.constant_(self.skim_out.weight, 0.5)
        torch.nn.init.constant_(self.skim_out.bias, -3.0)

    def bias(self, width):
        """Relative positions, as a table of attention scores `[1, heads, width, width]`."""
        return self.enc.encoder.compute_position_bias(torch.zeros(1, width, 1)).detach()

    def layer(self, layer, x, scores):
        own = layer.attention.attn
        batch, width, size = x.shape
        split = lambda y: y.view(batch, width, own.num_attention_heads, -1).transpose(1, 2)
        # Cast once for the three products. On CPUs the products by themselves, forward and backward, take a
        # quarter of the time of scaled_dot_product_attention with a mask.
        y = x.to(scores.dtype)
        match = torch.matmul(split(own.q(y)), split(own.k(y)).transpose(-1, -2)) * own.attention_head_size**-0.5
        mixed = torch.matmul(torch.softmax(match + scores, -1, dtype=scores.dtype), split(own.v(y)))
        mixed = own.o(mixed.transpose(1, 2).reshape(batch, width, size))
        x = layer.attention.LayerNorm(mixed + x)
        return layer.output.LayerNorm(layer.output.dense(F.gelu(layer.intermediate.dense(x))) + x)

    def run(self, layers, x, mask):
        scores = self.bias(x.shape[1]) + (1.0 - mask[:, None, None, :].float()) * -10000.0
        scores = scores.to(torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype)
        for layer in layers:
            x = self.layer(layer, x, scores)
        return x

    def read_lower(self, ids, types, mask):
        """States `[sequences, tokens, width]` of passages or labels, each read by itself."""
        positions = torch.arange(ids.shape[1])[None] + 2
        embeddings = self.enc.embeddings
        x = embeddings.word_embeddings(ids) + self.types(types) + embeddings.position_embeddings(positions)
        return self.run(self.enc.encoder.layer[: self.lower], embeddings.LayerNorm(x), mask)

    def read_upper(self, states, mask):
        return self.run(self.enc.encoder.layer[self.lower :], states, mask)

    def stances(self, states):
        return self.out(torch.tanh(self.dense(states)))

    def split(self, pairs):
        roles, pointers = pairs.split([ROLES * ROLE_WIDTH, POINTERS * POINTER_WIDTH], -1)
        return roles.unflatten(-1, (ROLES, ROLE_WIDTH)), pointers.unflatten(-1, (POINTERS, POINTER_WIDTH))

    def skim(self, stance, tokens, sentence):
        """Logits `[pairs]` for states of hypotheses `[pairs, width]` and passages `[pairs, tokens, width]`.

        Each head takes its greatest match among the tokens of the sentence.
        """
        q = self.skim_query(stance).unflatten(-1, (SKIM_HEADS, SKIM_WIDTH))
        k = self.skim_key(tokens).unflatten(-1, (SKIM_HEADS, SKIM_WIDTH))
        match = torch.einsum("phd,pthd->pht", q.float(), k.float()) / math.sqrt(SKIM_WIDTH)
        best = match.masked_fill(~sentence[:, None, :], -1e4).amax(-1)
        return self.skim_out(best).squeeze(-1)

    def start_from_prototype(self, weights):
        """Takes the encoder and the heads of `shared/prototype`."""
        own = self.state_dict()
        known = {k: v.float() for k, v in weights.items() if k in own and own[k].shape == v.shape}
        self.load_state_dict(known, strict=False)
        with torch.no_grad():
            self.types.weight[:] = self.types.weight * 0.1
            self.types.weight[STANCE] = weights["mark"][0]
            self.types.weight[ACTOR] = weights["mark"][1]
            rows = ROLES * ROLE_WIDTH
            for ours, theirs in [(self.query, "rs"), (self.key, "ra")]:
                ours.weight[:rows], ours.bias[:rows] = weights[theirs + ".weight"], weights[theirs + ".bias"]
            self.role_bias[:] = weights["rb"]
        return len(known)


class Batch:
    """Examples as tensors. Equal passages and equal labels are read once."""

    def __init__(self, examples, pad):
        passages, labels = {}, {}
        number = lambda known, key: known.setdefault(key, len(known))
        self.examples = examples
        rows = []
        for e in examples:
            passage = number(passages, (e.ids, e.types))
            stances = [number(labels, (ids, STANCE)) for ids in e.stances]
            actors = [number(labels, (ids, ACTOR)) for ids in e.actors]
            rows.append((passage, stances, actors))
        self.passages = padded([ids for ids, _ in passages], pad), padded([types for _, types in passages], 0)
        self.passage_mask = padded([[1] * len(ids) for ids, _ in passages], 0)
        self.labels = padded([ids for ids, _ in labels], pad)
        self.label_types = padded([[kind] + [WORD] * (len(ids) - 1) for ids, kind in labels], 0)
        self.label_mask = padded([[1] * len(ids) for ids, _ in labels], 0)
        wide, offset = self.passages[0].shape[1], self.passages[0].numel()
        label_wide, sizes = self.labels.shape[1], [len(ids) for ids, _ in labels]
        self.index, self.stance_at, self.actor_at = [], [], []
        for e, (passage, stances, actors) in zip(examples, rows):
            index = [passage * wide + at for at in range(len(e.ids))]
            places = []
            for label in stances + actors:
                places.append(len(index))
                index += [offset + label * label_wide + at for at in range(sizes[label])]
            self.index.append(index)
            self.stance_at.append(places[: len(stances)])
            self.actor_at.append(places[len(stances) :])
        self.mask = padded([[1] * len(index) for index in self.index], 0)
        self.index = padded(self.index, 0)
        # One pair of (example, stance) after the other.
        self.pairs = [(row, number) for row, e in enumerate(examples) for number in range(len(e.stances))]
        self.pair_passage = torch.tensor([rows[row][0] for row, _ in self.pairs])
        self.pair_label = torch.tensor([rows[row][1][number] for row, number in self.pairs])
        self.pair_row = torch.tensor([row for row, _ in self.pairs])
        self.pair_at = torch.tensor([self.stance_at[row][number] for row, number in self.pairs])

    def read(self, model):
        """The skim's logits by pair; the upper states; the states of the pairs' hypotheses."""
        passages = model.read_lower(*self.passages, self.passage_mask)
        labels = model.read_lower(self.labels, self.label_types, self.label_mask)
        sentence = (self.passages[1] == SENTENCE) & (self.passage_mask == 1)
        skim = model.skim(labels[self.pair_label, 0], passages[self.pair_passage], sentence[self.pair_passage])
        width = passages.shape[-1]
        flat = torch.cat([passages.reshape(-1, width), labels.reshape(-1, width)])
        upper = model.read_upper(flat[self.index], self.mask)
        return skim.float(), upper, upper[self.pair_row, self.pair_at]


def padded(rows, value):
    width = max(map(len, rows))
    return torch.tensor([list(row) + [value] * (width - len(row)) for row in rows])


def loss(model, batch):
    skim, upper, states = batch.read(model)
    examples, pairs = batch.examples, batch.pairs
    taken = torch.tensor([LABELS.index(examples[r].labels[n]) for r, n in pairs])
    weight = torch.tensor([examples[r].weight for r, n in pairs])
    total = (F.cross_entropy(model.stances(states).float(), taken, reduction="none", label_smoothing=0.02) * weight).sum()
    role_q, pointer_q = model.split(model.query(states))
    role_k, pointer_k = model.split(model.key(upper))

    asked = [(p, r, n, a) for p, (r, n) in enumerate(pairs) for a in range(len(examples[r].actors))]
    if asked:
        places = torch.tensor([batch.actor_at[r][a] for _, r, _, a in asked])
        k = role_k[torch.tensor([r for _, r, _, _ in asked]), places]
        q = role_q[torch.tensor([p for p, _, _, _ in asked])]
        logits = (q.float() * k.float()).sum(-1) / math.sqrt(ROLE_WIDTH) * 4 + model.role_bias
        goal = torch.tensor([(examples[r].holders[n][a], examples[r].sources[n][a]) for _, r, n, a in asked], dtype=torch.float)
        known = torch.tensor([1.0 if any(examples[r].holders[n]) else 0.25 for _, r, n, _ in asked])
        known = torch.stack([known, known * (1 + 2 * goal[:, 1])], 1)
        total = total + F.binary_cross_entropy_with_logits(logits, goal, known, reduction="sum")

    skimmed = [p for p, (r, _) in enumerate(pairs) if examples[r].actors]
    if skimmed:
        goal = (taken[skimmed] == 0).float()
        # A claim that is skimmed away is lost; one that is not costs only time.
        total = total + 0.5 * F.binary_cross_entropy_with_logits(skim[skimmed], goal, 1 + 7 * goal, reduction="sum")

    # Where the names of holder and source begin, where the evidence begins and ends.
    for number, share in [(0, 0.4), (1, 0.4), (2, 0.3), (3, 0.3)]:
        pointed = [(p, r, examples[r].pointers[n][number]) for p, (r, n) in enumerate(pairs) if examples[r].pointers]
        pointed = [(p, r, at) for p, r, at in pointed if at is not None]
        if not pointed:
            continue
        q = pointer_q[[p for p, _, _ in pointed], number]
        k = pointer_k[[r for _, r, _ in pointed], :, number]
        logits = torch.einsum("pd,ptd->pt", q.float(), k.float()) / math.sqrt(POINTER_WIDTH) * 4
        first = SENTENCE if number > 1 else BEFORE
        allowed = torch.zeros_like(logits, dtype=torch.bool)
        for i, (_, r, _) in enumerate(pointed):
            types = torch.tensor(examples[r].types)
            allowed[i, : len(types)] = types >= first
        logits = logits.masked_fill(~allowed, -1e4)
        total = total + share * F.cross_entropy(logits, torch.tensor([at for _, _, at in pointed]), reduction="sum")
    return total / len(pairs)


@torch.no_grad()
def predict(model, examples, pad, budget=8000):
    """For each example: probabilities `[stances, 3]`, roles `[stances, actors, 2]`, skim `[stances]`, pointers."""
    out = [None] * len(examples)
    order = sorted(range(len(examples)), key=lambda i: examples[i].length)
    chunks, widest = [[]], 0
    for i in order:
        widest = max(widest, examples[i].length)
        if chunks[-1] and widest * (len(chunks[-1]) + 1) > budget:
            chunks.append([])
        chunks[-1].append(i)
    model.eval()
    for chunk in chunks:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            batch = Batch([examples[i] for i in chunk], pad)
            skim, upper, states = batch.read(model)
            probabilities = torch.softmax(model.stances(states).float(), -1)
            role_q, pointer_q = model.split(model.query(states).float())
            role_k, pointer_k = model.split(model.key(upper).float())
        start = 0
        for row, i in enumerate(chunk):
            e = examples[i]
            own = slice(start, start + len(e.stances))
            start += len(e.stances)
            roles = None
            if e.actors:
                k = role_k[row, batch.actor_at[row]]
                roles = torch.einsum("sed,aed->sae", role_q[own], k) / math.sqrt(ROLE_WIDTH) * 4 + model.role_bias
                roles = torch.sigmoid(roles)
            k = pointer_k[row, : len(e.ids)]
            pointers = torch.einsum("spd,tpd->spt", pointer_q[own], k) / math.sqrt(POINTER_WIDTH) * 4
            out[i] = probabilities[own], roles, torch.sigmoid(skim[own]), pointers
    model.train()
    return out
