"""Writes the trained instrument as two streaming ONNX files: one hop a call, every piece of state an input and an output.

    python export.py --model run/final.pt --out ../assets/instrument

Conventions (read by src/formats/onnx): `state_in:NAME` / `state_out:NAME` pair up, state starts at zero;
metadata `role:PORT` says what a port carries. Weights are stored in half precision and cast on load;
Fourier and oscillator bases are computed inside the file, from a few numbers. Ends by comparing both files,
hop by hop in ONNX Runtime, with the PyTorch model run over the whole signal at once.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from instrument import load_instrument
from model import (
    FOURIER, FRAME, FRAMES, HOP, LATENT_LIMIT, LATENTS, LONG_BINS, LONG_WINDOW, NOISE_BINS, NOISE_CHANNELS, NOISE_FRAME,
    NOISE_FRAMES, NOISE_WINDOW, POWER_FLOOR, RATE, SHORT_BINS, SHORT_WINDOW, TONE_WINDOW, draw_noise,
)

DECODER_INPUT_LIMIT = 8.0  # twice the encoder's: beyond it the decoder was never trained


class Writer:
    """Collects nodes, weights, ports and state of one model; method calls return names of values."""

    def __init__(self, half):
        self.half = half
        self.nodes, self.weights, self.inputs, self.outputs, self.metadata = [], [], [], [], {}

    def op(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, array, name):
        """Large arrays in half precision with a Cast, small ones and integers as they are."""
        array = array.detach().numpy() if isinstance(array, torch.Tensor) else np.asarray(array)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        if self.half and array.dtype == np.float32 and array.size > 1024:
            self.weights.append(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
            return self.op("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def single(self, array, name):
        """A constant kept in single precision."""
        self.weights.append(numpy_helper.from_array(np.asarray(array, np.float32), name))
        return name

    def input(self, name, shape, role):
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        self.metadata[f"role:{name}"] = role
        return name

    def output(self, value, name, shape, role):
        self.op("Identity", [value], name)
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        self.metadata[f"role:{name}"] = role

    def state(self, name, shape):
        self.inputs.append(helper.make_tensor_value_info(f"state_in:{name}", TensorProto.FLOAT, shape))
        return f"state_in:{name}"

    def new_state(self, value, name, shape):
        self.op("Identity", [value], f"state_out:{name}")
        self.outputs.append(helper.make_tensor_value_info(f"state_out:{name}", TensorProto.FLOAT, shape))

    def slice(self, x, start, end, axis, name):
        return self.op("Slice", [x] + [
            self.constant(np.array([v], np.int64), f"{name}.{part}")
            for part, v in (("start", start), ("end", end), ("axis", axis))
        ], name)

    def history(self, x, channels, length, name):
        """`x` with the last `length` columns of the hop before it in front; keeps them for the next hop."""
        joined = self.op("Concat", [self.state(name, [1, channels, length]), x], f"{name}.joined", axis=2)
        self.new_state(self.slice(joined, -length, 2**31, 2, f"{name}.last"), name, [1, channels, length])
        return joined

    def overlap_add(self, full, channels, hop, length, name):
        """Adds the tail of the hop before; keeps what reaches past this one. `full` has hop + tail columns."""
        tail = length - hop
        before = self.state(name, [1, channels, tail])
        head = self.op("Add", [self.slice(full, 0, tail, 2, f"{name}.head"), before], f"{name}.sum")
        if tail < hop:
            head = self.op("Concat", [head, self.slice(full, tail, hop, 2, f"{name}.middle")], f"{name}.out", axis=2)
        self.new_state(self.slice(full, hop, length, 2, f"{name}.rest"), name, [1, channels, tail])
        return head

    def pointwise(self, x, weight, bias, name):
        return self.op("Conv", [x, self.constant(weight, f"{name}.weight"), self.constant(bias, f"{name}.bias")], name)

    def silu(self, x, name):
        return self.op("Mul", [x, self.op("Sigmoid", [x], f"{name}.sigmoid")], name)

    def norm(self, x, norm, name):
        x = self.op("Transpose", [x], f"{name}.rows", perm=[0, 2, 1])
        weight, bias = self.constant(norm.weight, f"{name}.weight"), self.constant(norm.bias, f"{name}.bias")
        x = self.op("LayerNormalization", [x, weight, bias], f"{name}.norm", axis=-1, epsilon=1e-5)
        return self.op("Transpose", [x], name, perm=[0, 2, 1])

    def block(self, x, block, name):
        conv = block.depthwise
        channels, kernel = conv.in_channels, conv.kernel_size[0]
        y = self.history(x, channels, kernel - 1, f"{name}.history")
        y = self.op("Conv", [y, self.constant(conv.weight, f"{name}.depthwise.weight"),
                             self.constant(conv.bias, f"{name}.depthwise.bias")], f"{name}.depthwise", group=channels)
        y = self.norm(y, block.norm, f"{name}.norm")
        y = self.silu(self.pointwise(y, block.up.weight, block.up.bias, f"{name}.up"), f"{name}.silu")
        # The layer scale is part of the second layer's weights.
        y = self.pointwise(y, block.down.weight * block.scale[:, :, None], block.down.bias * block.scale[:, 0], f"{name}.down")
        return self.op("Add", [x, y], name)

    def basis(self, frequencies, window, centre, sine_sign, name):
        """[2 K, 1, length]: cosines, then ± sines, of `frequencies` (cycles per sample), times `window`."""
        n = np.arange(len(window)) - centre
        turns = self.op("Mul", [self.single(np.reshape(frequencies, (-1, 1, 1)), f"{name}.frequency"),
                                self.single(n.reshape(1, 1, -1), f"{name}.n")], f"{name}.turns")
        turns = self.op("Sub", [turns, self.op("Floor", [turns], f"{name}.whole")], f"{name}.fraction")
        angle = self.op("Mul", [turns, self.single(2 * np.pi, f"{name}.tau")], f"{name}.angle")
        w = np.reshape(window, (1, 1, -1))
        parts = [
            self.op("Mul", [self.op(kind, [angle], f"{name}.{kind}"), self.single(w * sign, f"{name}.{kind}.window")], f"{name}.{kind}.part")
            for kind, sign in (("Cos", 1), ("Sin", sine_sign))
        ]
        return self.op("Concat", parts, name, axis=0)

    def summed_conv(self, x, weight, length, name):
        """
        A convolution of stride FRAME over one hop, its kernel cut into pieces of FRAME that are added up as a tree:
        thousands of products summed in a row lose more than the logarithm after it forgives.
        """
        parts = [
            self.op("Conv", [self.slice(x, at, at + HOP, 2, f"{name}.{at}.samples"),
                             self.slice(weight, at, at + FRAME, 2, f"{name}.{at}.weight")], f"{name}.{at}", strides=[FRAME])
            for at in range(0, length, FRAME)
        ]
        while len(parts) > 1:
            parts = [self.op("Add", pair, f"{pair[0]}+") for pair in zip(parts[::2], parts[1::2])]
        return parts[0]

    def model(self, name):
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                                  producer_name="latent-terrain training/export.py")
        facts = {"name": "Built-in", "sampleRate": RATE, "hop": HOP, "latents": LATENTS} | self.metadata
        helper.set_model_props(model, {k: str(v) for k, v in facts.items()})
        onnx.checker.check_model(model, full_check=True)
        return model


def hann(length):
    return torch.hann_window(length, periodic=True, dtype=torch.float64).numpy()


def encoder_model(model, half=True):
    w, encoder = Writer(half), model.encoder
    audio = w.input("audio", [1, 1, HOP], "audio")
    feats = []
    for window, bins, name in ((LONG_WINDOW, LONG_BINS, "long"), (SHORT_WINDOW, SHORT_BINS, "short")):
        joined = w.history(audio, 1, window - FRAME, f"{name}.history")
        basis = w.basis(np.arange(bins) / window, hann(window) * 2 / window, 0, 1, f"{name}.basis")
        y = w.summed_conv(joined, basis, window, f"{name}.spectrum")
        squares = w.op("Mul", [y, y], f"{name}.squares")
        power = w.op("Add", [w.slice(squares, 0, bins, 1, f"{name}.real"), w.slice(squares, bins, 2 * bins, 1, f"{name}.imag")],
                     f"{name}.power")
        feats.append(w.op("Log", [w.op("Add", [power, w.single(POWER_FLOOR, f"{name}.floor")], f"{name}.floored")], f"{name}.log"))
    x = w.op("Concat", feats, "features", axis=1)
    # Not folded into the first layer's weights: sums of unscaled logarithms would lose a digit.
    x = w.op("Add", [w.op("Mul", [x, w.single(0.2, "feature.scale")], "scaled"), w.single(1.5, "feature.offset")], "centred")
    x = w.pointwise(x, encoder.inp.weight, encoder.inp.bias, "inp")
    for i, block in enumerate(encoder.blocks):
        x = w.block(x, block, f"block{i}")
    x = w.norm(x, encoder.norm, "norm")
    x = w.op("Conv", [x, w.constant(encoder.pool.weight, "pool.weight"), w.constant(encoder.pool.bias, "pool.bias")],
             "pool", strides=[FRAMES])
    x = w.silu(x, "pool.silu")
    matrix = model.standardise.forward_matrix
    weight = torch.einsum("ij,jck->ick", matrix, encoder.out.weight[:LATENTS])
    x = w.pointwise(x, weight, matrix @ (encoder.out.bias[:LATENTS] - model.standardise.mean), "out")
    x = w.op("Clip", [x, w.single(-LATENT_LIMIT, "least"), w.single(LATENT_LIMIT, "greatest")], "clipped")
    w.output(x, "latents", [1, LATENTS, 1], "latent")
    return w.model("encoder")


def decoder_model(model, half=True):
    w, decoder = Writer(half), model.decoder
    channels, oscillators = decoder.inp.out_channels, decoder.oscillators
    latents = w.input("latents", [1, LATENTS, 1], "latent")
    noises = [w.input(f"noise_{c}", [1, NOISE_CHANNELS, NOISE_FRAMES], f"noise:{c}") for c in (0, 1)]
    x = w.op("Clip", [latents, w.single(-DECODER_INPUT_LIMIT, "least"), w.single(DECODER_INPUT_LIMIT, "greatest")], "clipped")
    x = w.pointwise(x, model.standardise.inverse_matrix[:, :, None], model.standardise.mean, "raw")
    matrix = torch.cat([2 * np.pi * f * torch.eye(LATENTS) for f in FOURIER])
    turns = w.op("Conv", [x, w.single(matrix[:, :, None], "fourier.matrix")], "fourier.turns")
    x = w.op("Concat", [x, w.op("Sin", [turns], "fourier.sin"), w.op("Cos", [turns], "fourier.cos")], "fourier", axis=1)
    full = w.op("ConvTranspose", [x, w.constant(decoder.inp.weight, "inp.weight")], "inp", strides=[FRAMES])
    x = w.overlap_add(full, channels, FRAMES, 2 * FRAMES, "inp.tail")
    x = w.op("Add", [x, w.constant(decoder.inp.bias[None, :, None], "inp.bias")], "inp.biased")
    for i, block in enumerate(decoder.blocks):
        x = w.block(x, block, f"block{i}")
    x = w.norm(x, decoder.norm, "norm")

    # Oscillators: phases in cycles run on from hop to hop.
    frequency, phase = decoder.frequency.numpy()[:, None], decoder.phase.numpy()[:, None]
    before = w.state("cycles", [1, oscillators, 1])
    advance = np.mod(frequency * FRAME * np.arange(1, FRAMES + 1) + phase, 1)[None]
    cycles = w.op("Add", [before, w.single(advance, "advance")], "cycles.ahead")
    cycles = w.op("Sub", [cycles, w.op("Floor", [cycles], "cycles.whole")], "cycles.fraction")
    after = w.op("Add", [before, w.single(np.mod(frequency * HOP, 1)[None], "hop.advance")], "cycles.next")
    w.new_state(w.op("Sub", [after, w.op("Floor", [after], "cycles.next.whole")], "cycles.next.fraction"), "cycles", [1, oscillators, 1])
    angle = w.op("Mul", [cycles, w.single(2 * np.pi, "tau")], "angle")
    tone = w.op("Sigmoid", [w.pointwise(x, decoder.tone.weight, decoder.tone.bias, "tone")], "tone.amplitude")
    x_tone = w.op("Concat", [w.op("Mul", [tone, w.op(kind, [angle], f"tone.{kind}")], f"tone.{kind}.part") for kind in ("Cos", "Sin")],
                  "tone.parts", axis=1)
    basis = w.basis(decoder.frequency.numpy(), hann(TONE_WINDOW), FRAME, -1, "tone.basis")
    full = w.op("ConvTranspose", [x_tone, basis], "tone.full", strides=[FRAME])
    tone_audio = w.overlap_add(full, 1, HOP, (FRAMES - 1) * FRAME + TONE_WINDOW, "tone.tail")

    # Noise: amplitudes of a spectrum whose phases the host draws, once per channel.
    noise = w.op("Sigmoid", [w.pointwise(x, decoder.noise.weight, decoder.noise.bias, "noise")], "noise.sigmoid")
    shape = lambda dims, name: w.constant(np.array(dims, np.int64), name)
    noise = w.op("Reshape", [noise, shape([1, 2, NOISE_BINS, FRAMES], "noise.split.shape")], "noise.split")
    noise = w.op("Transpose", [noise], "noise.interleaved", perm=[0, 2, 3, 1])
    noise = w.op("Reshape", [noise, shape([1, NOISE_BINS, NOISE_FRAMES], "noise.shape")], "noise.frames")
    noise = w.op("Mul", [noise, w.single(2, "noise.scale")], "noise.amplitude")
    noise = w.op("Concat", [noise, noise], "noise.amplitudes", axis=1)
    window = np.sin(np.pi * (np.arange(NOISE_WINDOW) + 0.5) / NOISE_WINDOW) / np.sqrt(NOISE_WINDOW)
    basis = w.basis(np.arange(NOISE_BINS) / NOISE_WINDOW, window, 0, 1, "noise.basis")
    sides = []
    for c, drawn in enumerate(noises):
        y = w.op("Mul", [noise, drawn], f"noise{c}.spectrum")
        full = w.op("ConvTranspose", [y, basis], f"noise{c}.full", strides=[NOISE_FRAME])
        y = w.overlap_add(full, 1, HOP, (NOISE_FRAMES - 1) * NOISE_FRAME + NOISE_WINDOW, f"noise{c}.tail")
        sides.append(w.op("Add", [tone_audio, y], f"side{c}"))
    w.output(w.op("Concat", sides, "sides", axis=1), "audio", [1, 2, HOP], "audio")
    return w.model("decoder")


def stream(path, feeds, hops):
    """Runs a file hop by hop in ONNX Runtime. feeds: name -> list of arrays. Returns the first output, joined."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    state = {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs() if i.name.startswith("state_in:")}
    names = [o.name for o in session.get_outputs()]
    out = []
    for h in range(hops):
        results = dict(zip(names, session.run(names, {n: f[h] for n, f in feeds.items()} | state)))
        state = {n: results["state_out:" + n.removeprefix("state_in:")] for n in state}
        out.append(next(results[n] for n in names if not n.startswith("state_out:")))
    return np.concatenate(out, -1)


@torch.no_grad()
def check(model, folder, label, hops=64):
    """Prints the largest difference between the files, streamed, and PyTorch in one pass."""
    rng = torch.Generator().manual_seed(3)
    audio = torch.randn(1, hops * HOP, generator=rng) * 0.2
    z = torch.randn(1, LATENTS, hops, generator=rng)
    noise = [draw_noise(1, hops, rng) for _ in (0, 1)]
    cut = lambda x, n: [x[..., i * n : (i + 1) * n].numpy() for i in range(hops)]
    got = stream(folder / "encoder.onnx", {"audio": cut(audio[:, None], HOP)}, hops)
    encoded = np.abs(got - model.encode(audio).numpy()).max()
    got = stream(folder / "decoder.onnx", {"latents": cut(z, 1)} | {f"noise_{c}": cut(noise[c], NOISE_FRAMES) for c in (0, 1)}, hops)
    want = torch.stack([model.decode(z, n)[0] for n in noise])[None].numpy()
    print(f"{label}: streamed against one pass, max |difference|: latents {encoded:.1e}, audio {np.abs(got - want).max():.1e}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, default=Path("run/final.pt"))
    p.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "assets" / "instrument")
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    model = load_instrument(args.model)
    makers = (("encoder", encoder_model), ("decoder", decoder_model))
    with tempfile.TemporaryDirectory() as folder:
        for name, make in makers:
            onnx.save(make(model, half=False), Path(folder) / f"{name}.onnx")
        check(model, Path(folder), "single precision (structure)")
    total = 0
    for name, make in makers:
        path = args.out / f"{name}.onnx"
        onnx.save(make(model), path)
        total += path.stat().st_size
        print(f"{path.name}: {path.stat().st_size:,} bytes")
    print(f"together {total:,} bytes")
    check(model, args.out, "half precision (as shipped)")


if __name__ == "__main__":
    main()
