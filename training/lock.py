"""Writes `models.lock` for the models of a folder: `python lock.py MODELS`.

Reads `models.toml`, which is written by hand.
"""

import hashlib
import pathlib
import sys
import tomllib


def main():
    root = pathlib.Path(sys.argv[1])
    lines = ["# Written by demarche: each file pinned by size and sha256.", "version = 1"]
    for model in tomllib.loads((root / "models.toml").read_text())["model"]:
        lines += ["", "[[model]]", f'name = "{model["name"]}"', "[model.files]"]
        files = sorted(path for path in (root / model["folder"]).iterdir() if path.name != "README.md")
        for path in files:
            data = path.read_bytes()
            lines.append(f'"{path.name}" = {{ size = {len(data)}, sha256 = "{hashlib.sha256(data).hexdigest()}" }}')
    (root / "models.lock").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
