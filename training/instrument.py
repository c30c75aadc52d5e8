"""A trained instrument, ready to use: the moving average of the weights, latents standardised.

    python instrument.py run/checkpoint.pt run/final.pt      # what export.py, report.py and terrains.py read
"""

import math
import sys
from pathlib import Path

import torch

from audio_set import load_clips, split
from model import HOP, Autoencoder


def whole_hops(clip, least=4):
    """A clip as [1, samples], padded with silence to a whole number of hops, at least `least`."""
    x = torch.zeros(1, max(least, math.ceil(len(clip) / HOP)) * HOP)
    x[0, : len(clip)] = torch.from_numpy(clip)
    return x


@torch.no_grad()
def fit_standardise(model):
    """Principal axes of the training clips' latents, loud hops only: silence would pull the mean to itself."""
    frames = []
    for _, clip in split(load_clips())[0]:
        x = whole_hops(clip)
        mean, _ = model.encoder(x)
        level = x.reshape(-1, HOP).square().mean(1).sqrt()
        frames.append(mean[0].T[level > 1e-3])
    z = torch.cat(frames)
    variance = model.standardise.fit(z)
    return variance, model.standardise.standard(z.T[None])[0].T


def load_instrument(path):
    """An Autoencoder from a finished model or from a training checkpoint (then fitted here). Thread count as set."""
    saved = torch.load(path, weights_only=True)
    model = Autoencoder().eval().requires_grad_(False)
    if "average" in saved:
        model.load_state_dict(saved["average"])
        fit_standardise(model)
    else:
        model.load_state_dict(saved)
    return model


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    torch.save(load_instrument(source).state_dict(), target)
    print(f"wrote {target}")
