"""Second stage of training, by ear: resumes from its checkpoint; logs the curve.

    python train.py --out run --start run/pretrained.pt --steps 4000

Loss: multi-resolution spectral distance + quarter-tone distance + log-mel distance + Kullback-Leibler term + a
«hold» term: one latent held still must keep the spectrum of the moment it was encoded from.
The run directory gets checkpoint.pt (weights, moving average, optimiser, step) and curve.csv.
"""

import argparse
import copy
import csv
import math
import time
from pathlib import Path

import torch

from audio_set import Segments, load_clips, split
from instrument import whole_hops
from losses import WINDOWS, log_mel_distance, magnitude, mel_matrix, pitch_distance, spectral_distance
from model import FRAMES, HOP, Autoencoder, draw_noise

SEGMENT_HOPS = 32
HELD_OUT_HOPS = 172  # the first 4 s of a clip
WARM_HOPS = 4  # not scored: the decoder's history starts empty
BATCH = 8
HOLD_BATCH, HOLD_HOPS = 6, 12
KL_WEIGHT, PITCH_WEIGHT, MEL_WEIGHT, HOLD_WEIGHT = 2e-4, 0.7, 0.4, 0.25
WINDOWS_A_STEP = 2  # drawn anew each step: the same loss on average, in less than half the time


def learning_rate(step, steps, peak):
    warm, decay = min(1.0, step / 200), max(0.0, (step - 0.45 * steps) / (0.55 * steps))
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, decay))))


def hold_loss(model, audio, z, rng):
    """Held latents against the mel spectrum of the samples around the hop they came from."""
    rows = torch.randint(0, len(audio), (HOLD_BATCH,), generator=rng)
    hops = torch.randint(WARM_HOPS, SEGMENT_HOPS - 1, (HOLD_BATCH,), generator=rng)
    held = z[rows, :, hops][:, :, None].expand(-1, -1, HOLD_HOPS)
    first = int(torch.randint(0, 4096, (1,), generator=rng)) * FRAMES
    out = model.decoder(held, draw_noise(HOLD_BATCH, HOLD_HOPS), first)[:, 4 * HOP :]
    total = 0.0
    for window, bands in ((2048, 96), (512, 32)):
        lead = (2048 - HOP) // 2
        target = torch.stack([audio[r, h * HOP - lead : h * HOP - lead + 2048] for r, h in zip(rows.tolist(), hops.tolist())])
        mel = mel_matrix(window, bands)
        want = torch.log((mel @ magnitude(target, window)[:, :, 1:-1] ** 2).mean(-1) + 1e-3)
        got = torch.log((mel @ magnitude(out, window)[:, :, 1:-1] ** 2).mean(-1) + 1e-3)
        total = total + (want - got).abs().mean()
    return total / 2


@torch.no_grad()
def held_out_distance(model, clips):
    """Mean spectral distance over the held-out clips (deterministic noise), and of log mel."""
    noise_rng = torch.Generator().manual_seed(7)
    spectral = mel = 0.0
    for _, clip in clips:
        x = whole_hops(clip[: HELD_OUT_HOPS * HOP])
        mean, _ = model.encoder(x)
        y = model.decoder(mean, draw_noise(1, x.shape[-1] // HOP, noise_rng))
        spectral += float(spectral_distance(x, y))
        mel += float(log_mel_distance(x, y))
    return spectral / len(clips), mel / len(clips)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", type=Path, default=Path("run"))
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--start", type=Path, help="weights of pretrain.py")
    p.add_argument("--rate", type=float, default=8e-4)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"

    torch.manual_seed(args.seed)
    model = Autoencoder()
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    step = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step = saved["step"]
        torch.manual_seed(args.seed + step)
        print(f"resuming at step {step}", flush=True)
    elif args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True)["average"])
        average.load_state_dict(model.state_dict())
    train, held = split(load_clips())
    segments = Segments(train, SEGMENT_HOPS * HOP, args.seed + step)
    rng = torch.Generator().manual_seed(args.seed + step)
    print(f"{len(train)} clips, {len(held)} held out, {sum(q.numel() for q in model.parameters()):,} weights", flush=True)

    curve = (args.out / "curve.csv").open("a", newline="", buffering=1)
    log = csv.writer(curve)
    started, sums, count = time.time(), torch.zeros(6), 0
    while step < args.steps:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, args.steps, args.rate)
        audio = torch.from_numpy(segments.batch(BATCH))
        mean, log_variance = model.encoder(audio)
        log_variance = log_variance.clamp(-12, 4)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        first = int(torch.randint(0, 4096, (1,), generator=rng)) * FRAMES
        out = model.decoder(z, draw_noise(BATCH, SEGMENT_HOPS), first)
        a, b = audio[:, WARM_HOPS * HOP :], out[:, WARM_HOPS * HOP :]
        drawn = torch.randperm(len(WINDOWS), generator=rng)[:WINDOWS_A_STEP].tolist()
        spectral = spectral_distance(a, b, [WINDOWS[i] for i in drawn])
        pitch = pitch_distance(a, b)
        mel = log_mel_distance(a, b)
        kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
        hold = hold_loss(model, audio, z, rng)
        loss = spectral + PITCH_WEIGHT * pitch + MEL_WEIGHT * mel + KL_WEIGHT * kl + HOLD_WEIGHT * hold
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        with torch.no_grad():
            keep = min(0.998, step / (step + 20))
            for slow, fast in zip(average.parameters(), model.parameters()):
                slow.lerp_(fast, 1 - keep)
        sums += torch.stack([spectral, pitch, mel, kl, hold, norm]).detach()
        count += 1
        if step % 100 == 0:
            row = [step, round(time.time() - started, 1)] + [round(float(v), 4) for v in sums / count]
            sums, count = torch.zeros(6), 0
            if step % 500 == 0 or step == 100:
                average.eval()
                row += [round(v, 4) for v in held_out_distance(average, held)]
                torch.save(
                    {"model": model.state_dict(), "average": average.state_dict(),
                     "optimiser": optimiser.state_dict(), "step": step},
                    checkpoint.with_suffix(".new"),
                )
                checkpoint.with_suffix(".new").replace(checkpoint)
            print("step %d  %.0f s  spectral %.3f  pitch %.3f  mel %.3f  kl %.2f  hold %.3f  norm %.2f " % tuple(row[:8]), row[8:], flush=True)
            log.writerow(row)


if __name__ == "__main__":
    main()
