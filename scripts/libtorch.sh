#!/usr/bin/env bash
# Installs libtorch 2.4.0 for the CPU, which the feature rust-bert needs, into a folder:
# scripts/libtorch.sh DEST
#
# Downloads the wheels that PyTorch publishes on PyPI (810 MB, kept in pip's cache), checks their
# sha256 and unpacks the needed files (530 MB). Needs Linux on x86-64, python3 and pip. Then, in
# this repository: cargo build --release --features rust-bert
set -euo pipefail

DEST=${1:?"usage: scripts/libtorch.sh DEST"}
VERSION=2.4.0

if [ -f "$DEST/build-version" ] && [ "$(cat "$DEST/build-version")" = "$VERSION" ]; then
  echo "$DEST already has libtorch $VERSION"
  exit 0
fi
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "these wheels are for Linux on x86-64; set LIBTORCH to your own libtorch $VERSION, see docs/models.md" >&2
  exit 1
fi

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cat > "$WORK/wheels.txt" <<'WHEELS'
torch==2.4.0 --hash=sha256:e743adadd8c8152bb8373543964551a7cb7cc20ba898dc8f9c0cdbe47c283de0
nvidia-cuda-cupti-cu12==12.1.105 --hash=sha256:e54fde3983165c624cb79254ae9818a456eb6e87a7fd4d56a2352c24ee542d7e
nvidia-cuda-runtime-cu12==12.1.105 --hash=sha256:6e258468ddf5796e25f1dc591a31029fa317d97a0a94ed93468fc86301d61e40
WHEELS
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
  --python-version 3.11 --platform manylinux1_x86_64 --dest "$WORK" --requirement "$WORK/wheels.txt"

# The CPU library still depends on two CUDA libraries, which need no GPU. The wheel's own
# libtorch.so would need all of them.
python3 - "$WORK" <<'UNPACK'
import pathlib, re, sys, zipfile

work = pathlib.Path(sys.argv[1])
kept = re.compile(r"torch/include/|torch/lib/(libtorch_cpu\.so|libc10\.so|libgomp-[^/]*)$|.*/(libcupti|libcudart)\.so\.12$")
out = work / "out"
for wheel in work.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or not kept.match(entry.filename):
                continue
            name = entry.filename
            path = out / (name.removeprefix("torch/") if name.startswith("torch/") else "lib/" + pathlib.Path(name).name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as target:
                while block := source.read(1 << 20):
                    target.write(block)
UNPACK
ln -s libtorch_cpu.so "$WORK/out/lib/libtorch.so"

mkdir -p "$DEST"
rm -rf "$DEST/include" "$DEST/lib"
mv "$WORK/out/include" "$WORK/out/lib" "$DEST/"
# Written last, so that an interrupted run is repeated.
echo "$VERSION" > "$DEST/build-version"
echo "libtorch $VERSION is in $DEST"
