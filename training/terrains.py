"""Makes the factory terrains of the built-in instrument: real clips laid along lines of the plane, and a network fitted.

    python terrains.py --model run/final.pt      # writes ../assets/terrains/*.json and index.json, prints a table

Each terrain is drawn in `terrain_designs.py`: which clip lies on which line. A clip is levelled, encoded, and its
latents are spread along its line, attack first. The network (nn.terrain's) learns them; between the lines it learns
a blend of the nearest ones, so that no place is accidental. It is then rounded exactly as
`src/formats/preset/terrain.ts` rounds, and heard: held positions, and a path.
Deterministic for a given model and machine. Exit status 1 if a terrain is too quiet or too loud in too many places.
"""

import argparse
import base64
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from audio_set import load_clips
from instrument import load_instrument, whole_hops
from model import HOP, LATENT_LIMIT, LATENTS, RATE, draw_noise
from terrain_designs import DEFAULT, DESIGNS

ASSETS = Path(__file__).resolve().parent.parent / "assets" / "terrains"
CHANNELS, FEATURES = 80, 64
STEPS, POINTS, RATE_PEAK = 3000, 512, 4e-3
FILL_GRID, LINE_WIDTH = 72, 0.03
TARGET_DB = -16.0  # level of a clip as the instrument plays it from its own latents
KEEP_DB = -28.0  # hops this far below the clip's loudest are not laid out: no silence on the plane


def decibels(power):
    return 10 * math.log10(power + 1e-12)


# --- Clips to latents ---


def squeezed(clip, squeeze):
    """The clip from its first to its last audible hop, `squeeze` of its level differences (in dB) taken away, peak 1."""
    x = whole_hops(clip, 1)[0].numpy()
    level = np.sqrt((x.reshape(-1, HOP) ** 2).mean(1)) + 1e-9
    audible = np.flatnonzero(level > level.max() * 10 ** (KEEP_DB / 20))
    first, last = audible[0], audible[-1] + 1
    x, level = x[first * HOP : last * HOP], level[first:last]
    # Smoothed over three hops, so that the attack keeps its shape; never more than what KEEP_DB allows.
    level = np.convolve(np.pad(level, 1, "edge"), np.ones(3) / 3, "valid")
    gain = (np.maximum(level / level.max(), 10 ** (KEEP_DB / 20))) ** -squeeze
    centres = (np.arange(len(gain)) + 0.5) * HOP
    x = x * np.interp(np.arange(len(x)), centres, gain).astype(np.float32)
    return x / np.abs(x).max()


class Encoder:
    """Latents of clips, levelled by ear of the instrument itself: louder or softer until it plays them at TARGET_DB."""

    def __init__(self, model):
        self.model = model
        self.clips = dict(load_clips())
        self.known = {}

    def sound(self, names, hops, squeeze):
        """One clip, or several of the same peak at once («a+b»), of at most `hops` hops. [samples]"""
        parts = [squeezed(self.clips[name], squeeze)[: hops * HOP] for name in names.split("+")]
        mix = np.zeros(max(map(len, parts)), np.float32)
        for part in parts:
            mix[: len(part)] += part / np.abs(part).max()
        return mix / np.abs(mix).max()

    @torch.no_grad()
    def latents(self, names, seconds, squeeze=0.3):
        """[hops, 8]. seconds: how much of the clip at most."""
        key = (names, seconds, squeeze)
        if key not in self.known:
            clip = torch.from_numpy(self.sound(names, round(seconds * RATE / HOP), squeeze))[None]
            noise = draw_noise(1, clip.shape[1] // HOP, torch.Generator().manual_seed(1))
            gain = 0.5
            for _ in range(3):
                heard = decibels(float(self.model.decode(self.model.encode(clip * gain), noise).square().mean()))
                gain = min(1.4, gain * 10 ** (np.clip(TARGET_DB - heard, -12, 12) / 20))
            self.known[key] = self.model.encode(clip * gain)[0].T
        return self.known[key]


# --- The network ---


class Terrain(nn.Module):
    """nn.terrain's network: x 2 pi B' -> [sin, cos] -> 4 x (Linear, PReLU) -> Linear; without Fourier if scale is 0."""

    def __init__(self, scale, seed):
        super().__init__()
        torch.manual_seed(seed)
        fourier = torch.randn(FEATURES, 2) * scale if scale > 0 else None
        self.register_buffer("fourier", fourier)
        widths = [2 * FEATURES if scale > 0 else 2, CHANNELS, CHANNELS, CHANNELS, CHANNELS, LATENTS]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:]))
        self.slopes = nn.ModuleList(nn.PReLU() for _ in range(4))

    def forward(self, x):
        if self.fourier is not None:
            angle = x @ (2 * math.pi * self.fourier.T)
            x = torch.cat([torch.sin(angle), torch.cos(angle)], 1)
        for layer, slope in zip(self.layers[:4], self.slopes):
            x = slope(layer(x))
        return self.layers[4](x)


def between(lines, latents, width):
    """What the plane is to be between the lines: the nearest points' latents, blended over `width`.

    Returns positions [n, 2], latents [n, 8] and how much each counts, [n, 1]: nothing on the lines themselves,
    whose detail the blend would wash out.
    """
    axis = (torch.arange(FILL_GRID) + 0.5) / FILL_GRID * 2.1 - 1.05
    grid = torch.cartesian_prod(axis, axis)
    square = torch.cdist(grid, lines) ** 2
    closeness = torch.softmax(-square / (2 * width**2), 1)
    counts = 1 - torch.exp(-square.min(1, keepdim=True).values / (2 * LINE_WIDTH**2))
    return grid, closeness @ latents, counts


def fit(design, lines, latents, importance, seed):
    """A network through (lines [n, 2], latents [n, 8]); returns it and its error on the lines."""
    network = Terrain(design.scale, seed)
    generator = torch.Generator().manual_seed(seed)
    grid, fill, counts = between(lines, latents, design.blend)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE_PEAK)
    for step in range(STEPS):
        cosine = 0.5 * (1 + math.cos(math.pi * step / STEPS))
        for group in optimiser.param_groups:
            group["lr"] = RATE_PEAK * min(1, step / 50) * (0.01 + 0.99 * cosine)
        chosen = torch.randint(0, len(lines), (POINTS,), generator=generator)
        around = torch.randint(0, len(grid), (POINTS,), generator=generator)
        # Positions are blurred a little, so that a line is a path and not a row of spikes.
        near = lines[chosen] + torch.randn(POINTS, 2, generator=generator) * design.blur
        output = network(torch.cat([near, grid[around]]))
        weight = torch.cat([torch.ones(POINTS, 1), design.fill * counts[around]]) * importance
        loss = ((output - torch.cat([latents[chosen], fill[around]])) ** 2 * weight).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return network.eval().requires_grad_(False), float(((network(lines) - latents) ** 2).mean().sqrt())


# --- The file: as src/formats/preset/terrain.ts, operation for operation ---


def text(values, kind):
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def rounded(weight):
    """int8 steps [rows, columns] and float32 scales [rows]."""
    greatest = np.abs(weight).max(1)
    scale = (greatest.astype(np.float64) / 127).astype("<f4")
    scale[greatest < 2.0**-80] = 0
    divisor = np.where(scale == 0, 1, scale).astype(np.float64)[:, None]
    steps = np.where(scale[:, None] == 0, 0, np.floor(weight.astype(np.float64) / divisor + 0.5))
    return np.clip(steps, -127, 127).astype("<i1"), scale


def quantise(network):
    """Rounds the network in place; returns its layers as the file holds them."""
    layers = []
    for layer in network.layers:
        steps, scale = rounded(layer.weight.numpy())
        layer.weight.copy_(torch.from_numpy(steps.astype("<f4") * scale[:, None]))
        layers.append({"weight": text(steps, "<i1"), "scale": text(scale, "<f4"), "bias": text(layer.bias, "<f4")})
    return layers


def to_json(name, network, layers):
    fourier = network.fourier
    return {
        "format": "latent-terrain",
        "version": 1,
        "name": name,
        "inputs": 2,
        "latents": LATENTS,
        "channels": CHANNELS,
        "features": 0 if fourier is None else FEATURES,
        "bounds": [[-1, 1], [-1, 1]],
        "fourier": None if fourier is None else text(fourier, "<f4"),
        "layers": layers,
        "slopes": text([float(s.weight) for s in network.slopes], "<f4"),
    }


# --- Listening ---


@torch.no_grad()
def held_levels(model, network):
    """dBFS at nine positions, bottom row first, each held for 1 s and measured after 0.3 s."""
    thirds = torch.tensor([1 / 6, 1 / 2, 5 / 6]) * 2 - 1
    positions = torch.stack([torch.stack([x, y]) for y in thirds for x in thirds])
    hops = math.ceil(RATE / HOP)
    z = network(positions)[:, :, None].expand(-1, -1, hops)
    audio = model.decode(z, draw_noise(9, hops, torch.Generator().manual_seed(3)))
    return [decibels(float(row[int(0.3 * RATE) : RATE].square().mean())) for row in audio]


@torch.no_grad()
def path_level(model, network):
    """dBFS along a circle of radius 0.6, walked once in 4 s."""
    hops = 4 * RATE // HOP
    turn = torch.arange(hops) / hops * 2 * math.pi
    z = network(0.6 * torch.stack([torch.sin(turn), torch.cos(turn)], 1)).T[None]
    return decibels(float(model.decode(z, draw_noise(1, hops, torch.Generator().manual_seed(4))).square().mean()))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--out", type=Path, default=ASSETS)
    p.add_argument("--only", nargs="*", help="ids of the terrains to make; the others' files stay as they are")
    p.add_argument("--threads", type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    model = load_instrument(args.model)
    encoder = Encoder(model)
    # Latents that move the instrument much are to be learnt better than those it hardly hears.
    spread = model.standardise.inverse_matrix.norm(dim=0)
    importance = 0.5 + 0.5 * spread / spread.mean()
    args.out.mkdir(parents=True, exist_ok=True)
    failed = []
    print("terrain      points  error  greatest  circle  held, dBFS: bottom row | middle | top")
    for seed, design in enumerate(DESIGNS, 1):
        if args.only and design.id not in args.only:
            continue
        started = time.time()
        lines, latents = design.lay(encoder.latents)
        network, error = fit(design, lines, latents, importance, seed)
        layers = quantise(network)
        (args.out / f"{design.id}.json").write_text(json.dumps(to_json(design.name, network, layers)) + "\n")
        levels, circle = held_levels(model, network), path_level(model, network)
        with torch.no_grad():
            greatest = float(network(between(lines, latents, design.blend)[0]).abs().max())
        rows = " | ".join(" ".join(f"{v:6.1f}" for v in levels[i : i + 3]) for i in (0, 3, 6))
        took = time.time() - started
        print(f"{design.id:12s} {len(lines):6d} {error:6.3f} {greatest:9.2f} {circle:7.1f}  {rows}  {took:.0f} s", flush=True)
        if sum(-40 <= v <= -6 for v in levels) < 7 or greatest > 1.5 * LATENT_LIMIT:
            failed.append(design.id)
    index = {
        "terrains": [
            {"id": d.id, "name": d.name, "description": d.description, "file": f"{d.id}.json"} for d in DESIGNS
        ],
        "default": DEFAULT,
    }
    (args.out / "index.json").write_text(json.dumps(index, indent=2) + "\n")
    if failed:
        raise SystemExit(f"Not fit to ship: {', '.join(failed)}")


if __name__ == "__main__":
    main()
