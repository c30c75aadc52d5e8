"""The training clips: reading, splitting, pitch-shifted copies, random segments. Sources: DATA.md."""

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile as sf
from scipy.signal import resample_poly

RATE = 44100
CLIPS = Path(os.environ.get("LATENT_TERRAIN_CLIPS", "/usr/share/sonic-pi/samples"))
HELD_OUT_EVERY, HELD_OUT_OFFSET = 12, 3
SEMITONES = (-7, -4, -2, 2, 3, 5)


def load_clips():
    """All clips as (name, mono float32), in order of their names."""
    clips = []
    for path in sorted(CLIPS.glob("*.flac")):
        samples, rate = sf.read(path, dtype="float32", always_2d=True)
        assert rate == RATE, path
        clips.append((path.stem, samples.mean(1)))
    assert clips, f"no clips in {CLIPS}: apt install sonic-pi-samples"
    return clips


def split(clips):
    """(training clips, held-out clips): every 12th clip is never trained on."""
    held = [c for i, c in enumerate(clips) if i % HELD_OUT_EVERY == HELD_OUT_OFFSET]
    return [c for i, c in enumerate(clips) if i % HELD_OUT_EVERY != HELD_OUT_OFFSET], held


def shifted(samples, semitones):
    """Resampled by whole semitones, so that notes in tune stay on the oscillators' grid."""
    ratio = Fraction(2 ** (-semitones / 12)).limit_denominator(120)
    return resample_poly(samples, ratio.numerator, ratio.denominator).astype(np.float32)


class Segments:
    """Random training segments: clip by square root of its length, pitch, level, tilt, and sometimes two at once."""

    def __init__(self, clips, samples, seed):
        self.samples = samples
        self.rng = np.random.default_rng(seed)
        self.clips = [[c] + [shifted(c, s) for s in SEMITONES] for _, c in clips]
        weight = np.array([max(len(c), RATE / 2) ** 0.5 for _, c in clips])
        self.p = weight / weight.sum()

    def one(self):
        rng = self.rng
        pitches = self.clips[rng.choice(len(self.clips), p=self.p)]
        clip = pitches[0] if rng.random() < 0.85 else pitches[rng.integers(1, len(pitches))]
        out = np.zeros(self.samples, np.float32)
        if len(clip) > self.samples:
            start = rng.integers(-self.samples // 4, len(clip) - self.samples // 2)
        else:
            start = rng.integers(-self.samples // 2, max(1, len(clip) // 4))
        first = max(0, start)
        part = clip[first : start + self.samples]
        out[first - start : first - start + len(part)] = part
        if len(clip) < self.samples // 2 and rng.random() < 0.6:  # a short hit comes back, as in a rhythm
            at = rng.integers(0, self.samples - 1)
            part = clip[: self.samples - at]
            out[at : at + len(part)] += part * rng.uniform(0.3, 1)
        if rng.random() < 0.3:  # a first-order tilt, gently darker or brighter
            a = rng.uniform(-0.35, 0.35)
            out[1:] = (out[1:] + a * out[:-1]) / (1 + abs(a))
        return out * np.float32(10 ** (rng.uniform(-12, 2) / 20))

    def batch(self, size):
        rows = []
        for _ in range(size):
            x = self.one()
            if self.rng.random() < 0.1:
                x = x + self.one()
            peak = np.abs(x).max()
            rows.append(x / peak if peak > 1 else x)
        return np.stack(rows)
