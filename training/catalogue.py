"""Writes `models.toml` for the models in a folder: `python catalogue.py MODELS`."""

import hashlib
import pathlib
import sys

MODELS = [("minilm-l6-ner", "ner"), ("mpnet-l6-nli", "nli")]
FILES = ["config.json", "model.onnx", "tokenizer.json"]


def main():
    root = pathlib.Path(sys.argv[1])
    lines = ["# Written by training/catalogue.py: each file pinned by size and sha256."]
    for name, task in MODELS:
        lines += ["", "[[model]]", f'name = "{name}"', f'task = "{task}"', f'folder = "{task}"', 'licence = "Apache-2.0"', "[model.files]"]
        for file in FILES:
            data = (root / task / file).read_bytes()
            lines.append(f'"{file}" = {{ size = {len(data)}, sha256 = "{hashlib.sha256(data).hexdigest()}" }}')
    (root / "models.toml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
