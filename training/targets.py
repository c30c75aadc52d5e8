"""What the decoder's two heads should say for a clip, straight from analysis: amplitudes of oscillators and noise.

Spectral peaks (window 4096) become oscillator amplitudes, the rest of the power becomes noise. Regressing on them
teaches pitch in minutes where a spectral loss alone, whose gradient passes through the interference of neighbouring
oscillators, had not learned it after thousands of steps. The spectral losses refine what this starts (train.py).
In the tradition of spectral modelling synthesis (Serra & Smith 1990).
"""

import functools

import numpy as np
import torch

from model import (
    FRAME, NOISE_BINS, NOISE_FRAME, NOISE_WINDOW, RATE, Decoder, draw_noise, oscillator_frequencies,
)

LONG, SHORT = 4096, 1024
PROMINENCE = 2.5  # a peak is this many times the mean magnitude around it; white noise passes in 0.7 % of bins
FAINTEST = 3e-5
LOOK_AHEAD = 6  # frames: a window half before the attack sees half the partial


def spectra(samples, window, hop, frames):
    """|STFT| centred on samples hop, 2 hop, …; a sine of amplitude 1 gives 1. [frames, bins]"""
    x = torch.nn.functional.pad(samples, (window // 2, window // 2 + hop * frames))
    rows = x.unfold(0, window, hop)[1 : frames + 1]
    return torch.fft.rfft(rows * torch.hann_window(window)).abs() * (4 / window)


def tone_targets(samples, frames):
    """Oscillator amplitudes, [frames, K]; the frame t belongs to sample 256 (t + 1)."""
    long, short = spectra(samples, LONG, FRAME, frames), spectra(samples, SHORT, FRAME, frames)
    # Onsets: the level that the partial will have, held back by what a short window sees of it now.
    ahead = torch.nn.functional.max_pool1d(
        torch.nn.functional.pad(long.T[None], (0, LOOK_AHEAD)), LOOK_AHEAD + 1, 1)[0].T
    centre, left, right = long[:, 1:-1], long[:, :-2], long[:, 2:]
    around = torch.nn.functional.pad(long[:, None], (12, 12), mode="replicate")
    around = torch.nn.functional.avg_pool1d(around, 25, 1)[:, 0, 1:-1]
    low = torch.arange(1, long.shape[1] - 1) < 14  # below 150 Hz a peak is its own neighbourhood
    peak = (centre > left) & (centre >= right) & (centre > FAINTEST) & ((centre > PROMINENCE * around) | low)
    t, k = torch.nonzero(peak, as_tuple=True)
    k = k + 1
    a, b, c = (torch.log(long[t, k + d] + 1e-9) for d in (-1, 0, 1))
    hz = (k + (0.5 * (a - c) / (a - 2 * b + c - 1e-9)).clamp(-0.5, 0.5)) * RATE / LONG
    amplitude = torch.minimum(ahead[t, k], 1.2 * short[t, (k.float() * SHORT / LONG).round().long()])
    grid = oscillator_frequencies().float().log2()
    position = torch.bucketize(hz.log2(), (grid[1:] + grid[:-1]) / 2)
    inside = (hz.log2() > grid[0] - 0.04) & (hz.log2() < grid[-1] + 0.02)
    out = torch.zeros(frames, len(grid))
    return out.index_put_((t[inside], position[inside]), amplitude[inside], accumulate=True)


def leakage():
    """Power that an oscillator of amplitude 1 leaves in the bins of the short noise analysis. [K, bins]"""
    f = oscillator_frequencies().float()[:, None] * NOISE_WINDOW / RATE - torch.arange(NOISE_BINS)[None]
    response = torch.sinc(f) / (1 - f**2 + 1e-9)  # Hann's main lobe, 1 at 0
    return torch.where(f.abs() < 2, response, 0.0) ** 2


def noise_targets(samples, tone, frames):
    """Noise amplitudes, [2 * frames, 129], in units of the decoder's noise head."""
    window = torch.hann_window(NOISE_WINDOW)
    power = (spectra(samples, NOISE_WINDOW, NOISE_FRAME, 2 * frames) * NOISE_WINDOW / 4) ** 2
    tones = (tone**2 @ leakage()).repeat_interleave(2, 0) * (NOISE_WINDOW / 4) ** 2
    rest = (power - 1.5 * tones).clamp_min(0)
    # Power of one frame scatters: average over neighbours in frequency (finely below, broadly above) and time.
    rest = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(rest[None, None], (1, 1, 1, 0), mode="replicate"), (2, 3), 1)[0, 0]
    # White noise of standard deviation s has E|X|^2 = sum(window^2) s^2; amplitudes of 1 make it s = unit_gain().
    gain = torch.sqrt((window**2).sum()) * unit_gain()
    return torch.sqrt(rest) / gain


@functools.cache
def unit_gain():
    """RMS per sample that noise amplitudes of 1 give, found by trying: the decoder's own synthesis."""
    decoder = Decoder()
    hops = 64
    tone = torch.zeros(1, decoder.oscillators, hops * 4)
    ones = torch.ones(1, NOISE_BINS, hops * 8)
    rng = torch.Generator().manual_seed(1)
    return float(decoder.synthesise(tone, ones, draw_noise(1, hops, rng))[0, 1024:].square().mean().sqrt())


@torch.no_grad()
def targets(samples):
    """(tone [frames, K], noise [2 frames, 129]) of a clip, half precision."""
    x = torch.from_numpy(np.ascontiguousarray(samples))
    frames = max(1, len(samples) // FRAME + 1)
    tone = tone_targets(x, frames)
    return tone.half(), noise_targets(x, tone, frames).half()


if __name__ == "__main__":
    # How good the targets themselves sound: the distance of a resynthesis from the clip.
    from audio_set import load_clips, split
    from instrument import whole_hops
    from losses import log_mel_distance, pitch_distance, spectral_distance
    decoder = Decoder()
    for name, clip in split(load_clips())[1]:
        x = whole_hops(clip[: 4 * RATE])
        tone, noise = targets(x[0].numpy())
        hops = x.shape[1] // 1024
        y = decoder.synthesise(tone[: 4 * hops].float().T[None], noise[: 8 * hops].float().T[None], draw_noise(1, hops))
        print(f"{name}: spectral {spectral_distance(x, y):.2f}, pitch {pitch_distance(x, y):.2f}, log mel {log_mel_distance(x, y):.2f}")
