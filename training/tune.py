"""Chooses the oscillators' frequencies: a quarter-tone grid, each slot moved to the clips' own partials.

Every slot of the grid (A0 to about 11 kHz, 24 to the octave) takes the energy-weighted mean of the spectral
peaks that fall into it, over all training clips; a slot without peaks keeps its centre. Writes oscillators.json.
"""

import json
from pathlib import Path

import numpy as np

from audio_set import RATE, load_clips, split

LOWEST, PER_OCTAVE, COUNT = 27.5, 24, 208


def peaks(samples, window=16384):
    """Spectral peaks as (Hz, power), frequencies refined by a parabola through log magnitudes."""
    x = np.pad(samples, (0, max(0, window - len(samples))))
    w = np.hanning(window)
    for start in range(0, len(x) - window + 1, window // 2):
        m = np.abs(np.fft.rfft(x[start : start + window] * w)) + 1e-9
        k = np.flatnonzero((m[1:-1] > m[:-2]) & (m[1:-1] > m[2:]) & (m[1:-1] > 1e-3 * m.max())) + 1
        a, b, c = np.log(m[k - 1]), np.log(m[k]), np.log(m[k + 1])
        yield from zip((k + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / window, m[k] ** 2)


def main():
    train, _ = split(load_clips())
    total, weight = np.zeros(COUNT), np.zeros(COUNT)
    for _, clip in train:
        found = list(peaks(clip))
        norm = sum(p for _, p in found) or 1.0
        for hz, power in found:
            position = PER_OCTAVE * np.log2(hz / LOWEST)
            slot = int(round(position))
            if 0 <= slot < COUNT:
                total[slot] += (position - slot) * power / norm
                weight[slot] += power / norm
    offset = np.where(weight > 0, total / np.maximum(weight, 1e-12), 0)
    hz = LOWEST * 2 ** ((np.arange(COUNT) + np.clip(offset, -0.45, 0.45)) / PER_OCTAVE)
    Path(__file__).with_name("oscillators.json").write_text(
        json.dumps({"hz": [round(float(f), 3) for f in hz]}) + "\n"
    )
    print(f"{COUNT} oscillators, {hz[0]:.1f} to {hz[-1]:.0f} Hz, mean shift {np.abs(offset).mean():.3f} quarter tones")


if __name__ == "__main__":
    main()
