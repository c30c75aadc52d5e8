"""First stage of training: encoder and decoder learn the amplitudes that analysis finds (targets.py).

    python pretrain.py --out run --steps 5000

No sound is made here, so steps are cheap and every oscillator gets a gradient of its own. Writes run/pretrained.pt
and run/pretrain.csv; train.py goes on from there with what is heard as its measure.
"""

import argparse
import copy
import csv
import functools
import time
from pathlib import Path

import numpy as np
import torch

from audio_set import load_clips, split
from model import FRAME, FRAMES, HOP, Autoencoder
from targets import targets
from train import learning_rate

SEGMENT_HOPS, BATCH, WARM_HOPS = 32, 12, 2
TONE_FLOOR, NOISE_FLOOR = 5e-4, 2e-3
KL_WEIGHT, HOLD_WEIGHT, TONE_WEIGHT = 2e-4, 0.3, 2.0
BLURS = (2.0, 6.0, 16.0)  # quarter tones; coarse pitch is learned before fine
HOLD_HOPS = 8


def prepare(clips, cache):
    """[(samples, tone, noise)] of every clip; kept in `cache`."""
    if cache.exists():
        return torch.load(cache, weights_only=True)
    rows = [(torch.from_numpy(np.ascontiguousarray(x)), *targets(x)) for _, x in clips]
    torch.save(rows, cache)
    return rows


class AlignedSegments:
    """Random segments of clips with their targets, at random levels, silence where a clip has ended."""

    def __init__(self, rows, seed):
        self.rows = rows
        self.rng = np.random.default_rng(seed)
        weight = np.array([max(len(x), 22050) ** 0.5 for x, _, _ in rows])
        self.p = weight / weight.sum()

    def batch(self):
        frames = SEGMENT_HOPS * FRAMES
        audio = torch.zeros(BATCH, SEGMENT_HOPS * HOP)
        tone = torch.zeros(BATCH, frames, self.rows[0][1].shape[1])
        noise = torch.zeros(BATCH, 2 * frames, self.rows[0][2].shape[1])
        for b in range(BATCH):
            x, t, n = self.rows[self.rng.choice(len(self.rows), p=self.p)]
            length = len(t)
            first = int(self.rng.integers(-frames // 4, max(1, length - frames // 2))) if length > frames else int(self.rng.integers(-frames // 2, 1))
            gain = float(10 ** (self.rng.uniform(-12, 2) / 20))
            at, start = max(0, -first), max(0, first)
            part = x[start * FRAME : (first + frames) * FRAME]
            audio[b, at * FRAME : at * FRAME + len(part)] = gain * part
            part = t[start : first + frames]
            tone[b, at : at + len(part)] = gain * part.float()
            part = n[2 * start : 2 * (first + frames)]
            noise[b, 2 * at : 2 * at + len(part)] = gain * part.float()
        return audio, tone.transpose(1, 2), noise.transpose(1, 2)


def distance(predicted, wanted, floor):
    """Mean squared difference of log amplitude, [batch, ...] in nepers squared."""
    return (torch.log(predicted + floor) - torch.log(wanted + floor)).square().mean()


@functools.cache
def blur_matrix(oscillators, width):
    """Gaussian over oscillators, rows sum to 1."""
    k = torch.arange(oscillators)
    m = torch.exp(-0.5 * ((k[:, None] - k[None]) / width) ** 2)
    return m / m.sum(1, keepdim=True)


def tone_distance(predicted, wanted):
    """Distance per oscillator, plus the same after blurring the powers over ever wider neighbourhoods."""
    total = distance(predicted, wanted, TONE_FLOOR)
    for width in BLURS:
        m = blur_matrix(predicted.shape[1], width)
        blur = lambda x: torch.sqrt(m @ x.square() + 1e-12)
        total = total + distance(blur(predicted), blur(wanted), TONE_FLOOR) / len(BLURS)
    return total


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", type=Path, default=Path("run"))
    p.add_argument("--steps", type=int, default=5000)
    p.add_argument("--rate", type=float, default=2e-3)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    segments = AlignedSegments(prepare(split(load_clips())[0], args.out / "targets.pt"), args.seed)
    model = Autoencoder()
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.01)
    log = csv.writer((args.out / "pretrain.csv").open("w", newline="", buffering=1))
    started, sums = time.time(), torch.zeros(5)
    for step in range(1, args.steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, args.steps, args.rate)
        audio, tone, noise = segments.batch()
        mean, log_variance = model.encoder(audio)
        log_variance = log_variance.clamp(-12, 4)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        got_tone, got_noise = model.decoder.amplitudes(z)
        warm = WARM_HOPS * FRAMES
        tone_error = tone_distance(got_tone[..., warm:], tone[..., warm:])
        noise_error = distance(got_noise[..., 2 * warm :], noise[..., 2 * warm :], NOISE_FLOOR)
        kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
        # One latent held still keeps the amplitudes of its hop.
        hops = torch.randint(WARM_HOPS, SEGMENT_HOPS, (BATCH,))
        rows = torch.arange(BATCH)
        held_tone, held_noise = model.decoder.amplitudes(z[rows, :, hops][:, :, None].expand(-1, -1, HOLD_HOPS))
        here = lambda x, n: x.unflatten(2, (SEGMENT_HOPS, n))[rows, :, hops].mean(2, keepdim=True)
        hold = distance(held_tone[..., -2 * FRAMES :], here(tone, FRAMES), TONE_FLOOR)
        hold = hold + distance(held_noise[..., -4 * FRAMES :], here(noise, 2 * FRAMES), NOISE_FLOOR)
        loss = TONE_WEIGHT * tone_error + noise_error + KL_WEIGHT * min(1, step / 2000) * kl + HOLD_WEIGHT * hold
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        if torch.isfinite(norm):
            optimiser.step()
        with torch.no_grad():
            keep = min(0.998, step / (step + 20))
            for slow, fast in zip(average.parameters(), model.parameters()):
                slow.lerp_(fast, 1 - keep)
        sums += torch.stack([tone_error, noise_error, kl, hold, norm]).detach()
        if step % 100 == 0:
            row = [step, round(time.time() - started, 1)] + [round(float(v) / 100, 4) for v in sums]
            sums.zero_()
            print("step %d  %.0f s  tone %.3f  noise %.3f  kl %.2f  hold %.3f  norm %.2f" % tuple(row), flush=True)
            log.writerow(row)
        if step % 500 == 0 or step == args.steps:
            torch.save({"model": model.state_dict(), "average": average.state_dict()}, args.out / "pretrained.pt")


if __name__ == "__main__":
    main()
