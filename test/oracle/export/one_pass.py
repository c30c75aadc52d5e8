"""What LibTorch answers to a whole signal at once, for models exported without streaming: python3 one_pass.py FOLDER

For each FOLDER/NAME_det.ts without caches (its random ops are zeros), and for decode and encode, writes
FOLDER/NAME_det.METHOD.whole.in.f32 and .out.f32: one call of 48 hops, [channels][columns], little-endian float32.
Truth for one-shot.test.ts. The archives hold code of RAVE's: keep them outside the repository.
"""

import pathlib
import sys

import torch

HOPS = 48

torch.set_grad_enabled(False)
torch.set_num_threads(1)
for path in sorted(pathlib.Path(sys.argv[1]).glob("*_det.ts")):
    model = torch.jit.load(str(path))
    buffers = dict(model.named_buffers())
    if any(name.endswith((".pad", ".cache")) for name in buffers):
        continue
    for method in ("decode", "encode"):
        channels, ratio = (int(number) for number in buffers[f"{method}_params"][:2])
        columns = HOPS * int(buffers["decode_params"][1]) // ratio
        random = torch.Generator().manual_seed(3)
        scale = 1.0 if method == "decode" else 0.3
        given = scale * torch.randn(1, channels, columns, generator=random)
        for part, tensor in (("in", given), ("out", getattr(model, method)(given))):
            tensor.float().numpy().astype("<f4").tofile(f"{path.with_suffix('')}.{method}.whole.{part}.f32")
        print(path.name, method)
