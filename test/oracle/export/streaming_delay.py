"""How late RAVE's streaming exports are: python3 streaming_delay.py FOLDER

For each FOLDER/NAME_streaming_det.ts and FOLDER/NAME_not_streaming_det.ts (one configuration exported both ways, random
ops zeros): gives both the same weights, decodes one signal with both, and prints the lag at which they agree best and by
how much they differ there. Source of the delays in one-shot.test.ts.
"""

import pathlib
import sys

import numpy as np
import torch

HOPS = 64
CACHES = (".pad", ".cache")


def tensors(model):
    return list(model.named_parameters()) + list(model.named_buffers())


def decode(model, latents):
    for name, buffer in model.named_buffers():
        if name.endswith(CACHES):
            buffer.zero_()
    return model.decode(latents)[0, 0].double().numpy()


torch.set_grad_enabled(False)
torch.set_num_threads(1)
for path in sorted(pathlib.Path(sys.argv[1]).glob("*_not_streaming_det.ts")):
    name = path.name[: -len("_not_streaming_det.ts")]
    pair = path.with_name(f"{name}_streaming_det.ts")
    if not pair.exists():
        continue
    streaming, one_shot = torch.jit.load(str(pair)), torch.jit.load(str(path))
    given = dict(tensors(streaming))
    for key, tensor in tensors(one_shot):
        tensor.copy_(given[key])
    channels = int(dict(one_shot.named_buffers())["decode_params"][0])
    latents = torch.randn(1, channels, HOPS, generator=torch.Generator().manual_seed(3))
    late, whole = decode(streaming, latents), decode(one_shot, latents)
    size = len(whole)
    spectrum = np.fft.rfft(late, 2 * size) * np.conj(np.fft.rfft(whole, 2 * size))
    lag = int(np.argmax(np.abs(np.fft.irfft(spectrum)[: size // 2])))
    error = np.abs(late[size // 2 :] - whole[size // 2 - lag : size - lag]).max()
    print(f"{name}: {lag} samples late, differs by {error:.1e} of {np.abs(whole).max():.2f}")
