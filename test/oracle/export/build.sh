#!/usr/bin/env bash
# Exports every line of models.txt twice (as published, and NAME_det) and records LibTorch's answers in FOLDER/models.
set -euo pipefail
dest=$(cd "${1:?usage: build.sh FOLDER [models.txt]}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$dest/models"
cd "$dest/models"
export OMP_NUM_THREADS=1

record() { # PYTHON NAME
  "$1" "$here/reference.py" "$2.ts" "$2_det.ts"
}

while read -r site name configs rest; do
  case $site in '' | '#'*) continue ;; esac
  export EXPORTER="RAVE ${site:0:1}.${site:1:1}.${site:2:1}"
  for variant in '' _det; do
    # shellcheck disable=SC2086 (the options are words)
    PYTHONPATH="$dest/site_$site$variant:$here" /usr/bin/python3 "$here/export.py" "$configs" "$name$variant.ts" $rest \
      2>"$dest/export.log" || { echo "not exported: $name$variant: $(tail -n 1 "$dest/export.log")" >&2; continue 2; }
  done
  record /usr/bin/python3 "$name"
done <"${2:-$here/models.txt}"

# As newer PyTorch writes them, and in half precision.
export EXPORTER='RAVE 2.3.1'
if python3 -c 'import torch; assert int(torch.__version__.split(".")[0]) >= 2' 2>/dev/null; then
  python3 "$here/resave.py" .
  for name in v1_torch2 v2_torch2 v3_torch2 discrete_torch2 v2_half; do
    if [ -e "$name.ts" ]; then record python3 "$name"; fi
  done
else
  echo 'python3 has no PyTorch 2: no archives of newer PyTorch' >&2
fi
