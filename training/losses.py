"""Spectral distances, for training and for the report."""

import functools

import numpy as np
import torch

from model import RATE

WINDOWS = (2048, 1024, 512, 256, 128)


@functools.cache
def hann(window):
    return torch.hann_window(window)


def magnitude(audio, window):
    """|STFT| of [batch, samples] -> [batch, bins, frames], hop window / 4, not normalised."""
    spectrum = torch.stft(audio, window, window // 4, window=hann(window), return_complex=True)
    return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-12)


def spectral_distance(target, output, windows=WINDOWS, floor=1e-3):
    """Mean over windows of spectral convergence + mean |difference of log magnitude|. Scalar."""
    total = 0.0
    for window in windows:
        a, b = magnitude(target, window), magnitude(output, window)
        convergence = torch.linalg.vector_norm(a - b) / (torch.linalg.vector_norm(a) + 1e-3)
        total = total + convergence + (torch.log(a + floor) - torch.log(b + floor)).abs().mean()
    return total / len(windows)


def filters(edges, window, rate):
    """Triangular filters between successive `edges` (Hz), [len(edges) - 2, bins], each summing to 1."""
    f = np.arange(window // 2 + 1) * rate / window
    rise = (f - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - f) / np.diff(edges)[1:, None]
    m = np.maximum(0, np.minimum(rise, fall))
    empty = m.sum(1) == 0
    nearest = np.abs(f[None] - edges[1:-1, None]).argmin(1)
    m[empty, nearest[empty]] = 1  # a band narrower than a bin takes the nearest one
    return torch.tensor(m / m.sum(1, keepdims=True), dtype=torch.float32)


@functools.cache
def pitch_matrix(window, lowest=40.0, per_octave=24, octaves=8, rate=RATE):
    """A filter per quarter tone."""
    return filters(lowest * 2 ** (np.arange(-1, per_octave * octaves + 1) / per_octave), window, rate)


def pitch_distance(target, output, window=4096, floor=1e-7):
    """
    Mean |difference| of log power per quarter tone. The linear spectrum's many high bins drown partials;
    here they weigh as they do in hearing, so that pitch is learned at all.
    """
    scale = (4 / window) ** 2  # a sine of amplitude 1 has power 1
    a, b = (torch.log(pitch_matrix(window) @ magnitude(x, window) ** 2 * scale + floor) for x in (target, output))
    return (a - b).abs().mean()


@functools.cache
def mel_matrix(window, bands, rate=RATE, low=30.0):
    """Triangular mel filters, [bands, bins], each summing to 1 (HTK scale)."""
    to_mel = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(to_mel(low), to_mel(rate / 2), bands + 2) / 2595) - 1)
    return filters(edges, window, rate)


def log_mel(audio, window=1024, bands=64):
    """Natural log of mel power, [batch, bands, frames]."""
    power = magnitude(audio, window) ** 2
    return torch.log(mel_matrix(window, bands) @ power + 1e-4)


def log_mel_distance(target, output, window=1024, bands=64):
    """Mean |difference| of log mel power (nepers of power)."""
    return (log_mel(target, window, bands) - log_mel(output, window, bands)).abs().mean()
