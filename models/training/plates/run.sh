#!/bin/sh
# Everything from glyph bitmaps to weights:
#   run.sh GLYPHS OUT MINUTES [PYTHON]
# GLYPHS: folder font_model of Pengfei8324/chinese_license_plate_generator, commit
# df4757f99e63d7180a59d6c2633f466a339b500b (MIT). Run again with the same OUT it goes on where it stopped.
set -eu
glyphs=$1 out=$2 minutes=$3 python=${4:-python3}
here=$(cd "$(dirname "$0")" && pwd)
shards=${SHARDS:-25}
mkdir -p "$out/pool"
export OMP_NUM_THREADS=1
cd "$here"
[ -f "$out/validation_x.npy" ] || "$python" synth.py pool "$glyphs" "$out/validation" 3000 777
(
  shard=0
  while [ "$shard" -lt "$shards" ]; do
    name=$out/pool/p$(printf %02d "$shard")
    [ -f "${name}_x.npy" ] || "$python" synth.py pool "$glyphs" "$name" 10000 $((1000 + shard))
    shard=$((shard + 1))
  done
) &
until ls "$out"/pool/*_x.npy > /dev/null 2>&1; do sleep 1; done
"$python" train.py "$out/pool/*_x.npy" "$out/validation" "$out/run" "$minutes"
wait
"$python" export.py "$out/run/best.pt" "$out/platerec-2.onnx"
