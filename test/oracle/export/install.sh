#!/usr/bin/env bash
# Installs RAVE as published into FOLDER/site_* (one per version) and FOLDER/site_*_det (random ops replaced by zeros).
set -euo pipefail
dest=${1:?usage: install.sh FOLDER (outside the repository)}
if ! /usr/bin/python3 -c 'import torch, torchaudio, sklearn, absl, yaml, scipy' 2>/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    python3-torch python3-torchaudio python3-sklearn python3-absl python3-yaml python3-scipy python3-tqdm
fi
site() {
  local folder=$dest/site_$1
  shift
  pip install -q --no-deps --target "$folder" "$@" gin-config einops
  rm -rf "${folder}_det"
  cp -r "$folder" "${folder}_det"
  find "${folder}_det/rave" "${folder}_det/scripts" -name '*.py' -exec sed -i -E \
    's/torch\.randn_like\(/torch.zeros_like(/g; s/torch\.rand_like\(/torch.zeros_like(/g; s/torch\.randn\(/torch.zeros(/g; s/torch\.rand\(/torch.zeros(/g' {} +
}
mkdir -p "$dest"
site 219 acids-rave==2.1.9 cached-conv==2.4.1 nn-tilde==1.3.4
site 222 acids-rave==2.2.2 cached-conv==2.5.0 nn-tilde==1.5.2
site 230 acids-rave==2.3 cached-conv==2.5.0 nn-tilde==1.5.6
site 231 acids-rave==2.3.1 cached-conv==2.5.0 nn-tilde==1.5.6
echo "oracle in $dest"
