"""Measures a finished instrument on the held-out clips; writes report.json, report.md and spectrogram pictures.

    python report.py --model run/final.pt --out report

Rows, each clip alone, then the mean: the instrument; silence; noise with the training clips' mean spectrum;
and two upper bounds without any bottleneck: a 16-band noise vocoder (band envelopes straight from the clip), and the
instrument's own synthesis driven by the clip's analysed amplitudes.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch

from audio_set import RATE, load_clips, split
from instrument import fit_standardise, load_instrument, whole_hops
from losses import log_mel_distance, magnitude, mel_matrix, spectral_distance
from model import HOP, draw_noise
from targets import targets

MAX_SECONDS = 4


@torch.no_grad()
def mean_spectrum(clips, window=2048):
    """Root mean power per bin over the training clips, one value a bin."""
    power = [magnitude(whole_hops(c[: RATE * MAX_SECONDS]), window)[0].square().mean(1) for _, c in clips]
    return torch.stack(power).mean(0).sqrt()


@torch.no_grad()
def shaped_noise(samples, spectrum, generator, window=2048):
    """Gaussian noise whose mean spectrum is `spectrum`."""
    noise = torch.stft(torch.randn(1, samples, generator=generator), window, window // 4,
                       window=torch.hann_window(window), return_complex=True)
    gain = spectrum / noise.abs().square().mean((0, 2)).sqrt()
    return torch.istft(noise * gain[:, None], window, window // 4, window=torch.hann_window(window), length=samples)


@torch.no_grad()
def band_vocoder(x, generator, bands=16, window=512):
    """White noise given the clip's energy in 16 mel bands, frame by frame (hop 128)."""
    w = torch.hann_window(window)
    mel = mel_matrix(window, bands)
    spectrum = torch.stft(x, window, window // 4, window=w, return_complex=True)
    noise = torch.stft(torch.randn(x.shape, generator=generator), window, window // 4, window=w, return_complex=True)
    level = (mel @ spectrum.abs().square()).sqrt() / (mel @ noise.abs().square()).mean(-1, keepdim=True).sqrt()
    spread = (mel / mel.sum(0, keepdim=True).clamp_min(1e-9)).T
    return torch.istft(noise * (spread @ level), window, window // 4, window=w, length=x.shape[-1])


@torch.no_grad()
def resynthesis(model, x, generator):
    """The synthesis driven by the clip's analysed amplitudes (targets.py): neither encoder nor bottleneck."""
    hops = x.shape[-1] // HOP
    tone, noise = targets(x[0].numpy())
    amplitudes = tone[: 4 * hops].float().T[None], noise[: 8 * hops].float().T[None]
    return model.decoder.synthesise(*amplitudes, draw_noise(1, hops, generator))


@torch.no_grad()
def reconstruct(model, x, generator):
    return model.decode(model.encode(x), draw_noise(1, x.shape[-1] // HOP, generator))


def picture(path, name, original, output):
    """Original above reconstruction, 0..RATE/2, 70 dB."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from PIL import Image

    fig, axes = plt.subplots(2, 1, figsize=(7, 5), sharex=True, constrained_layout=True)
    top = 20 * math.log10(float(magnitude(original, 1024).max()) + 1e-9)
    for axis, x, label in zip(axes, (original, output), ("original", "reconstruction")):
        level = 20 * torch.log10(magnitude(x, 1024)[0] + 1e-9).numpy()
        axis.imshow(level, origin="lower", aspect="auto", cmap="magma", vmin=top - 70, vmax=top,
                    extent=(0, x.shape[-1] / RATE, 0.01, RATE / 2000))
        axis.set_yscale("symlog", linthresh=1)
        axis.set_yticks([0.25, 0.5, 1, 2, 4, 8, 16], ["0.25", "0.5", "1", "2", "4", "8", "16"])
        axis.set_ylabel(f"{label}\nkHz")
    axes[1].set_xlabel("seconds")
    axes[0].set_title(name)
    fig.savefig(path, dpi=80)
    plt.close(fig)
    Image.open(path).convert("RGB").quantize(96).save(path, optimize=True)


@torch.no_grad()
def latent_statistics(model, train):
    """Spread, extremes and steadiness of the standardised latents over the training clips' loud hops."""
    variance, z = fit_standardise(model)
    q = torch.quantile(z[torch.randperm(len(z), generator=torch.Generator().manual_seed(1))[:20000]], torch.tensor([0.001, 0.01, 0.99, 0.999]), dim=0)
    total = float(variance.sum())
    return {
        "shareOfVariance": [round(float(v) / total, 4) for v in variance],
        "standardDeviation": [round(float(v), 3) for v in z.std(0)],
        "quantiles 0.1 %, 1 %, 99 %, 99.9 %": [[round(float(v), 2) for v in row] for row in q],
        "beyond ±4": round(float((z.abs() > 4).float().mean()), 5),
    }


@torch.no_grad()
def held_latents(model, train, generator, count=64):
    """Latents of random loud hops, held for 2 s: level, its ripple over 100 ms windows, and smoothness of neighbours."""
    x = torch.cat([whole_hops(c) for _, c in train], 1)
    z = model.encode(x)[0].T
    level = x.reshape(-1, HOP).square().mean(1).sqrt()
    loud = torch.nonzero(level > 10 ** (-40 / 20))[:, 0]
    picks = z[loud[torch.randint(0, len(loud), (count,), generator=generator)]]

    def sound(p):
        hops = 2 * RATE // HOP
        noise = draw_noise(1, hops, torch.Generator().manual_seed(5)).expand(len(p), -1, -1)
        return model.decode(p[:, :, None].expand(-1, -1, hops), noise)[:, RATE // 2 :]

    a = sound(picks)
    windows = a[:, : a.shape[1] // 4410 * 4410].reshape(count, -1, 4410).square().mean(2).sqrt()
    rms = a.square().mean(1).sqrt()
    step = torch.randn(count, 8, generator=generator)
    step = step / step.norm(dim=1, keepdim=True)
    mel = lambda y: torch.log((mel_matrix(1024, 64) @ magnitude(y, 1024).square()).mean(-1) + 1e-4)
    distances = {str(r): round(float((mel(sound(picks + r * step)) - mel(a)).abs().mean()), 3) for r in (0.05, 0.1, 0.2, 0.5, 1.0)}
    others = mel(a)[torch.randperm(count, generator=generator)]
    return {
        "level dBFS: 5 %, median, 95 %": [round(float(v), 1) for v in 20 * torch.log10(torch.quantile(rms, torch.tensor([0.05, 0.5, 0.95])))],
        "ripple dB: median, 95 %": [round(float(v), 2) for v in torch.quantile(20 * torch.log10(windows.std(1) / rms + 1), torch.tensor([0.5, 0.95]))],
        "log mel distance to a neighbour at": distances,
        "log mel distance between two random ones": round(float((others - mel(a)).abs().mean()), 3),
    }


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, default=Path("run/final.pt"))
    p.add_argument("--out", type=Path, default=Path("report"))
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    model = load_instrument(args.model)
    train, held = split(load_clips())
    spectrum = mean_spectrum(train)
    generator = torch.Generator().manual_seed(11)
    rows = []
    for name, clip in held:
        x = whole_hops(clip[: RATE * MAX_SECONDS])
        outputs = {
            "instrument": reconstruct(model, x, generator),
            "silence": torch.zeros_like(x),
            "mean spectrum": shaped_noise(x.shape[-1], spectrum, generator),
            "16-band vocoder": band_vocoder(x, generator),
            "upper bound": resynthesis(model, x, generator),
        }
        row = {"clip": name}
        for label, y in outputs.items():
            row[label] = [round(float(spectral_distance(x, y)), 3), round(float(log_mel_distance(x, y)), 3)]
        rows.append(row)
        picture(args.out / f"{name}.png", name, x, outputs["instrument"])
        print(row, flush=True)
    labels = [k for k in rows[0] if k != "clip"]
    mean = {k: [round(float(np.mean([r[k][i] for r in rows])), 3) for i in (0, 1)] for k in labels}
    report = {"mean": mean, "clips": rows, "latents": latent_statistics(model, train), "held": held_latents(model, train, generator)}
    (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    cell = lambda v: f"{v[0]:.2f} · {v[1]:.2f}"
    lines = ["| held-out clip | " + " | ".join(labels) + " |", "|---" * (len(labels) + 1) + "|"]
    lines += [f"| {r['clip']} | " + " | ".join(cell(r[k]) for k in labels) + " |" for r in rows]
    lines += ["| **mean** | " + " | ".join(f"**{cell(mean[k])}**" for k in labels) + " |"]
    (args.out / "report.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[-1:]), json.dumps(report["latents"]), json.dumps(report["held"]), sep="\n")


if __name__ == "__main__":
    main()
