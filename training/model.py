"""The built-in instrument: a causal autoencoder with 8 latents per 1024 samples at 44.1 kHz.

Encoder: log power of two short-time Fourier analyses -> causal ConvNeXt-style blocks -> one latent per hop.
Decoder: latents -> causal blocks at 4 frames per hop -> amplitudes of a fixed bank of oscillators (tone)
and of the bins of a random-phase spectrum (noise), both turned into sound by windowed overlap-add.

Nothing here predicts a phase. The oscillators run on by themselves, so a latent held still is a steady
sound, and a terrain's smooth latents give smooth sound; a spectral loss can learn every parameter directly.

Shapes: audio [batch, samples], latents [batch, 8, hops], noise [batch, NOISE_CHANNELS, noise frames].
Related work: DDSP (Engel et al. 2020) for oscillators + filtered noise, ConvNeXt (Liu et al. 2022) and
Vocos (Siuzdak 2023) for the backbone. The code is our own.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

RATE = 44100
HOP = 1024
FRAME = 256  # samples per network frame
FRAMES = HOP // FRAME  # network frames per hop
LATENTS = 8
TONE_WINDOW = 2 * FRAME
NOISE_FRAME = 128
NOISE_WINDOW = 2 * NOISE_FRAME
NOISE_BINS = NOISE_WINDOW // 2 + 1
NOISE_CHANNELS = 2 * NOISE_BINS  # real and imaginary part of each bin
NOISE_FRAMES = HOP // NOISE_FRAME
LONG_WINDOW, LONG_BINS = 2048, 128  # the encoder's low bins, finely resolved
SHORT_WINDOW, SHORT_BINS = 512, 257  # the encoder's whole band, quickly resolved
LATENT_LIMIT = 4.0
FOURIER = (0.25, 0.5, 1.0)  # cycles per unit of latent: sines and cosines that the decoder sees beside the latents
POWER_FLOOR = 1e-6  # of the encoder's spectra: a lower one makes the logarithm magnify rounding errors


def oscillator_frequencies():
    """Quarter tones from A0, each moved to where the training clips have their energy (tune.py). [K] Hz"""
    tuned = Path(__file__).with_name("oscillators.json")
    return torch.tensor(json.loads(tuned.read_text())["hz"], dtype=torch.float64)


def cosines(frequencies, length, centre):
    """cos and sin of `frequencies` (cycles per sample) at integer times, 0 at `centre`. Two of [K, length]"""
    angle = 2 * math.pi * frequencies[:, None] * (torch.arange(length, dtype=torch.float64) - centre)
    return torch.cos(angle), torch.sin(angle)


def analysis_basis(window, bins):
    """Hann-windowed Fourier basis as convolution weights. [2 * bins, 1, window]"""
    c, s = cosines(torch.arange(bins, dtype=torch.float64) / window, window, 0)
    w = torch.hann_window(window, periodic=True, dtype=torch.float64) * (2 / window)
    return torch.cat([c * w, s * w])[:, None].float()


def fourier_features(latents):
    """
    Latents with sines and cosines of them, [batch, 8 * 7, hops]. Networks learn smooth functions first (Tancik et al.
    2020); a pitch is a sharp function of a latent.
    """
    turns = torch.cat([2 * math.pi * f * latents for f in FOURIER], 1)
    return torch.cat([latents, torch.sin(turns), torch.cos(turns)], 1)


class Norm(nn.Module):
    """Layer normalisation over channels of [batch, channels, frames]."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return F.layer_norm(x.transpose(1, 2), self.weight.shape, self.weight, self.bias, 1e-5).transpose(1, 2)


class Block(nn.Module):
    """Causal depthwise convolution, layer norm, two pointwise layers, residual."""

    def __init__(self, channels, kernel, expand):
        super().__init__()
        self.depthwise = nn.Conv1d(channels, channels, kernel, groups=channels)
        self.norm = Norm(channels)
        self.up = nn.Conv1d(channels, channels * expand, 1)
        self.down = nn.Conv1d(channels * expand, channels, 1)
        self.scale = nn.Parameter(torch.full((channels, 1), 0.2))

    def forward(self, x):
        k = self.depthwise.kernel_size[0]
        y = self.depthwise(F.pad(x, (k - 1, 0)))
        y = self.down(F.silu(self.up(self.norm(y))))
        return x + self.scale * y


class Encoder(nn.Module):
    """Audio [batch, hops * 1024] -> mean and log variance of the latents, each [batch, 8, hops]."""

    def __init__(self, channels=144, blocks=3):
        super().__init__()
        self.register_buffer("long", analysis_basis(LONG_WINDOW, LONG_BINS), persistent=False)
        self.register_buffer("short", analysis_basis(SHORT_WINDOW, SHORT_BINS), persistent=False)
        self.inp = nn.Conv1d(LONG_BINS + SHORT_BINS, channels, 1)
        self.blocks = nn.ModuleList(Block(channels, 5, 2) for _ in range(blocks))
        self.norm = Norm(channels)
        self.pool = nn.Conv1d(channels, channels, FRAMES, FRAMES)
        self.out = nn.Conv1d(channels, 2 * LATENTS, 1)

    def features(self, audio):
        x = audio[:, None]
        feats = []
        for basis, window in ((self.long, LONG_WINDOW), (self.short, SHORT_WINDOW)):
            y = F.conv1d(F.pad(x, (window - FRAME, 0)), basis, stride=FRAME)
            re, im = y.chunk(2, 1)
            feats.append(torch.log(re * re + im * im + POWER_FLOOR))
        return torch.cat(feats, 1) * 0.2 + 1.5

    def forward(self, audio):
        x = self.inp(self.features(audio))
        for block in self.blocks:
            x = block(x)
        x = F.silu(self.pool(self.norm(x)))
        return self.out(x).chunk(2, 1)


class Decoder(nn.Module):
    """Latents [batch, 8, hops] and noise [batch, 258, 8 * hops] -> audio [batch, hops * 1024]."""

    def __init__(self, channels=192, blocks=6):
        super().__init__()
        hz = oscillator_frequencies()
        frequency = hz / RATE
        self.oscillators = len(hz)
        self.register_buffer("frequency", frequency, persistent=False)  # cycles per sample
        # Scattered start phases, so that the oscillators' attacks do not pile up in one peak.
        # (At random: regular ones make the bank a chirp.)
        phase = torch.rand(len(hz), dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        self.register_buffer("phase", phase, persistent=False)
        # With Hann (tone) and sine (noise) windows the overlap-add keeps amplitude and power constant.
        c, s = cosines(frequency, TONE_WINDOW, FRAME)
        w = torch.hann_window(TONE_WINDOW, periodic=True, dtype=torch.float64)
        # cos(a + p) = cos a cos p - sin a sin p
        self.register_buffer("tone_basis", torch.cat([c * w, -s * w])[:, None].float(), persistent=False)
        c, s = cosines(torch.arange(NOISE_BINS, dtype=torch.float64) / NOISE_WINDOW, NOISE_WINDOW, 0)
        w = torch.sin(math.pi * (torch.arange(NOISE_WINDOW, dtype=torch.float64) + 0.5) / NOISE_WINDOW)
        w = w / math.sqrt(NOISE_WINDOW)
        self.register_buffer("noise_basis", torch.cat([c * w, s * w])[:, None].float(), persistent=False)
        self.inp = nn.ConvTranspose1d(LATENTS * (1 + 2 * len(FOURIER)), channels, 2 * FRAMES, FRAMES)
        self.blocks = nn.ModuleList(Block(channels, 5, 3) for _ in range(blocks))
        self.norm = Norm(channels)
        self.tone = nn.Conv1d(channels, self.oscillators, 1)
        self.noise = nn.Conv1d(channels, 2 * NOISE_BINS, 1)
        # Tone starts louder than noise: where noise learns first, it covers the spectrum and the oscillators,
        # whose gradient is proportional to their amplitude, never wake up.
        nn.init.constant_(self.tone.bias, -5.0)
        nn.init.constant_(self.noise.bias, -7.5)

    def amplitudes(self, latents):
        """Oscillator amplitudes [batch, K, 4 * hops] and noise amplitudes [batch, 129, 8 * hops], 0..1 and 0..2."""
        x = self.inp(fourier_features(latents))[:, :, : latents.shape[-1] * FRAMES]
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        tone = torch.sigmoid(self.tone(x))
        noise = 2 * torch.sigmoid(self.noise(x))
        b, _, t = noise.shape
        noise = noise.view(b, 2, NOISE_BINS, t).permute(0, 2, 3, 1).reshape(b, NOISE_BINS, 2 * t)
        return tone, noise

    def synthesise(self, tone, noise_amplitude, noise, first_frame=0):
        t = torch.arange(1, tone.shape[-1] + 1, dtype=torch.float64) + first_frame
        cycles = torch.frac(self.frequency[:, None] * FRAME * t + self.phase[:, None])
        angle = (2 * math.pi * cycles).float()
        x = torch.cat([tone * torch.cos(angle), tone * torch.sin(angle)], 1)
        length = tone.shape[-1] * FRAME
        audio = F.conv_transpose1d(x, self.tone_basis, stride=FRAME)[:, 0, :length]
        y = torch.cat([noise_amplitude, noise_amplitude], 1) * noise
        return audio + F.conv_transpose1d(y, self.noise_basis, stride=NOISE_FRAME)[:, 0, :length]

    def forward(self, latents, noise, first_frame=0):
        tone, noise_amplitude = self.amplitudes(latents)
        return self.synthesise(tone, noise_amplitude, noise, first_frame)


def draw_noise(batch, hops, generator=None):
    return torch.randn(batch, NOISE_CHANNELS, hops * NOISE_FRAMES, generator=generator)


class Standardise(nn.Module):
    """Rotates the latents to their principal axes and scales each to unit variance; set once, from statistics."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(LATENTS))
        self.register_buffer("forward_matrix", torch.eye(LATENTS))
        self.register_buffer("inverse_matrix", torch.eye(LATENTS))

    def fit(self, z):
        """z [frames, 8]. Rows of the matrix are ordered by explained variance."""
        z = z.double()
        mean = z.mean(0)
        values, vectors = torch.linalg.eigh((z - mean).T @ (z - mean) / len(z))
        values, vectors = values.flip(0), vectors.flip(1)
        # The sign of an eigenvector is arbitrary: make its largest weight positive.
        vectors = vectors * torch.sign(vectors.gather(0, vectors.abs().argmax(0, keepdim=True)))
        self.mean.copy_(mean)
        self.forward_matrix.copy_((vectors / values.sqrt()).T)
        self.inverse_matrix.copy_(vectors * values.sqrt())
        return values

    def standard(self, z):
        return torch.einsum("ij,bjt->bit", self.forward_matrix, z - self.mean[:, None])

    def raw(self, z):
        return torch.einsum("ij,bjt->bit", self.inverse_matrix, z) + self.mean[:, None]


class Autoencoder(nn.Module):
    """Encoder, decoder and the standardisation between them."""

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()
        self.standardise = Standardise()

    def encode(self, audio):
        """Standardised latents, bounded to +-4. [batch, 8, hops]"""
        mean, _ = self.encoder(audio)
        return self.standardise.standard(mean).clamp(-LATENT_LIMIT, LATENT_LIMIT)

    def decode(self, latents, noise):
        return self.decoder(self.standardise.raw(latents), noise)
