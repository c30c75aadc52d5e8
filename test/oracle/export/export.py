"""Exports one RAVE configuration with scaled random weights to a nn~ archive. Run with PYTHONPATH = an installed site folder + this folder."""
import argparse, inspect, os, sys
import stubs  # noqa: F401  (must come before rave)

ap = argparse.ArgumentParser()
ap.add_argument("configs", help="comma-separated names of RAVE's own configurations, e.g. v2,noise")
ap.add_argument("out")
ap.add_argument("--bind", default="", help="gin bindings joined by +, e.g. CAPACITY=4+LATENT_SIZE=64")
ap.add_argument("--stream", type=int, default=1)
ap.add_argument("--latents", type=int, default=8, help="latents exposed (a power of two)")
ap.add_argument("--channels", type=int, default=1)
ap.add_argument("--stereo", type=int, default=0, help="exporters up to 2.2: two decoders' worth of channels from one model")
ap.add_argument("--target_sr", type=int, default=None)
ap.add_argument("--cache_rows", type=int, default=8, help="batch rows kept in each cache (RAVE's own default is 64)")
a = ap.parse_args()

import torch, torch.nn as nn, gin
import cached_conv as cc, cached_conv.convs as ccv
torch.set_grad_enabled(False)
cc.MAX_BATCH_SIZE = ccv.MAX_BATCH_SIZE = a.cache_rows
import rave, rave.core, rave.blocks
argv, sys.argv = sys.argv, ["export"]
import scripts.export as rave_export
sys.argv = argv
from absl import flags  # exporters up to 2.1 read their command line late
flags.FLAGS(["export", "--run=none"] + (["--stereo"] if a.stereo and "stereo" in flags.FLAGS else []), known_only=True)

cc.use_cached_conv(bool(a.stream))
gin.add_config_file_search_path(os.path.dirname(os.path.realpath(rave.__file__)))
gin.parse_config_files_and_bindings([f"configs/{c}.gin" for c in a.configs.split(",")], [b for b in a.bind.split("+") if b])
torch.manual_seed(0)
model = rave.RAVE(n_channels=a.channels) if a.channels > 1 else rave.RAVE()
model.eval()
for m in model.modules():
    if hasattr(m, "weight_g"):
        nn.utils.remove_weight_norm(m)

g = torch.Generator().manual_seed(1)
rand = lambda *s: torch.randn(*s, generator=g)
model.latent_pca.copy_(torch.linalg.qr(rand(*model.latent_pca.shape))[0])
model.latent_mean.copy_(rand(*model.latent_mean.shape) * 0.1)
fidelity = torch.ones(model.fidelity.shape[0])
fidelity[: a.latents - 1] = torch.linspace(0.3, 0.94, a.latents - 1)
model.fidelity.copy_(fidelity)
for m in model.modules():
    if isinstance(m, nn.BatchNorm1d):
        m.running_mean.copy_(rand(*m.running_mean.shape) * 0.2); m.running_var.copy_(0.5 + torch.rand(m.running_var.shape, generator=g))
        m.weight.copy_(1 + 0.2 * rand(*m.weight.shape)); m.bias.copy_(0.2 * rand(*m.bias.shape))
    if m.__class__.__name__ == "Snake":
        m.alpha.copy_((0.3 * rand(*m.alpha.shape)).exp())
    if m.__class__.__name__ == "EuclideanCodebook":
        e = rand(*m.embed.shape) * 0.4
        m.embed.copy_(e); m.embed_avg.copy_(e); m.inited.fill_(1)
for part in (model.encoder, model.decoder):
    for flag in ("warmed_up", "enabled"):
        if hasattr(part, flag):
            setattr(part, flag, torch.tensor(1))


def scale_weights(root, run, gain):
    """Scales each convolution so that its first output has the wanted deviation: nothing vanishes or explodes."""
    hooks, seen = [], set()

    def hook(name):
        def f(m, _inputs, out):
            if name in seen:
                return
            seen.add(name)
            k = gain(name) / max(float(out.std()), 1e-9)
            m.weight.mul_(k)
            if m.bias is not None:
                m.bias.mul_(k)
            return out * k
        return f

    for n, m in root.named_modules():
        if isinstance(m, (nn.Conv1d, nn.ConvTranspose1d)):
            hooks.append(m.register_forward_hook(hook(n)))
    run()
    for h in hooks:
        h.remove()


convs = [n for n, m in model.decoder.named_modules() if isinstance(m, (nn.Conv1d, nn.ConvTranspose1d))]
main = [n for n in convs if "noise" not in n and not n.startswith("synth")]


def decoder_gain(n):
    if "noise" in n or n.startswith("synth.branches.2"):
        return 1.5 if n == [k for k in convs if "noise" in k or k.startswith("synth.branches.2")][-1] else 1.0
    if n.startswith("synth.branches.0") or n.startswith("waveform") or (model.decoder.__class__.__name__ == "GeneratorV2" and n == main[-1] and getattr(model.decoder, "waveform_module", None) is None):
        return 0.06
    return 0.5 if n.startswith("synth") else 0.8


width = [m for n, m in model.decoder.named_modules() if isinstance(m, nn.Conv1d) and "noise" not in n and not n.startswith("waveform")][0].in_channels
scale_weights(model.decoder, lambda: model.decoder(rand(1, width, 32)), decoder_gain)
encoder_width = [m for m in model.encoder.modules() if isinstance(m, nn.Conv1d)][0].in_channels
scale_weights(model.encoder, lambda: model.encoder(rand(1, encoder_width, 1024) * 0.2), lambda _n: 1.0)
for m in model.modules():
    for k in ("pad", "cache"):
        t = getattr(m, k, None)
        if isinstance(t, torch.Tensor):
            t.zero_()

kind = {"VariationalEncoder": "Variational", "DiscreteEncoder": "Discrete", "WasserteinEncoder": "Wassertein", "SphericalEncoder": "Spherical"}[model.encoder.__class__.__name__]
torch.manual_seed(2)
exporter = getattr(rave_export, f"{kind}ScriptedRAVE")
wanted = {"pretrained": model, "channels": None, "stereo": bool(a.stereo), "fidelity": 0.95, "target_sr": a.target_sr}
known = inspect.signature(exporter.__init__).parameters
if "pretrained" not in known:
    known = inspect.signature(rave_export.ScriptedRAVE.__init__).parameters
scripted = exporter(**{k: v for k, v in wanted.items() if k in known})
scripted.decode(scripted.encode(torch.zeros(1, a.channels, 2**14)))
scripted.export_to_ts(a.out)
print(a.out, f"{os.path.getsize(a.out) / 1e6:.2f} MB", "decoder parameters", sum(p.numel() for p in model.decoder.parameters()))
