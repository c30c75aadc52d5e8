"""Records what LibTorch answers for one archive: python reference.py MODEL.ts [TWIN.ts] → MODEL.ref.json and raw float32 files beside it.

With a twin (the same model exported with every random op replaced by zeros), calls that are random are answered by the
twin with the buffers of MODEL: what MODEL says when its random ops are answered by zeros."""
import json, os, sys
import numpy as np, torch

torch.set_grad_enabled(False); torch.set_num_threads(1)
torch._C._jit_set_profiling_executor(False); torch._C._jit_set_profiling_mode(False); torch._C._set_graph_executor_optimize(False)
path = sys.argv[1]
twin = sys.argv[2] if len(sys.argv) > 2 else None
stem = path[:-3]
STATE = (".pad", ".cache")


def load(file):
    m = torch.jit.load(file).eval()
    # Half precision: what its rounded weights answer in float32, as the engine computes.
    return m.float() if any(p.dtype == torch.float16 for p in m.parameters()) else m


def run(call, inputs, seed, zero_state=False, file=path):
    m = load(file)
    if file != path:
        own = dict(load(path).named_buffers())
        for name, b in m.named_buffers():
            b.copy_(own[name])
    torch.manual_seed(seed)
    if zero_state:
        for name, b in m.named_buffers():
            if name.endswith(STATE):
                b.zero_()
    return np.stack([call(m, torch.from_numpy(x)).float().numpy() for x in inputs])


m = load(path)
buffers = dict(m.named_buffers())
params = {k: [int(v) for v in b.reshape(-1)] for k, b in buffers.items() if k.endswith("_params") and "." not in k}
if "decode_params" not in params:  # an old combined export
    params = {k.split(".")[-1]: [int(v) for v in b.reshape(-1)] for k, b in buffers.items() if k.endswith("_params")}


def fact(*names):
    for name in names:
        for k, b in buffers.items():
            if k == name or k.endswith("." + name):
                return int(b.reshape(-1)[0])
        try:
            return int(getattr(m, name))
        except Exception:
            pass
    return None


import zipfile
names = zipfile.ZipFile(path).namelist()
info = {
    "bytes": os.path.getsize(path), "torch": torch.__version__.split("+")[0], "params": params, "full_latent_size": fact("full_latent_size"),
    "sample_rate": fact("sr", "sampling_rate"), "records": sorted({n.split("/", 1)[1] for n in names if not n.split("/", 1)[1].startswith(("code", "data/", "constants/"))}),
    "nan_state": any(bool(b.isnan().any()) for n, b in buffers.items()), "runs": {},
}
latents, hop = params["decode_params"][:2]
info["full_latent_size"] = info["full_latent_size"] or latents
r = np.random.RandomState(7)
noise = lambda *s: r.randn(*s).astype("<f4")
channels = params["encode_params"][0]
t = np.arange(4 * hop) / 44100.0


def signal(calls, columns):
    n = calls * columns
    t = np.arange(n) / 44100.0
    x = np.stack([0.3 * np.sin(2 * np.pi * (110 * (c + 1) * t + 400 * t * t)) + 0.05 * r.randn(n) for c in range(channels)])
    return x.reshape(channels, calls, columns).transpose(1, 0, 2)[:, None].astype("<f4")


def with_attributes(values):
    """decode after the model's own setters were called."""
    def call(m, x):
        for name, value in values.items():
            getattr(m, f"set_{name}")(torch.tensor(1.0) if name == "stereo_mode" else value)
        return m.decode(x)
    return call


decode = lambda m, x: m.decode(x)
encode = lambda m, x: m.encode(x)
runs = {
    "decode": (decode, noise(8, 1, latents, 1)),
    "decode_four_at_once": (decode, noise(3, 1, latents, 4)),
    "decode_all_latents": (decode, noise(8, 1, info["full_latent_size"], 1)),
    "encode": (encode, signal(4, hop)),
    "encode_four_at_once": (encode, signal(2, 4 * hop)),
    "forward": (lambda m, x: m.forward(x), signal(4, hop)),
}
attributes = {}
if channels == 1 and hasattr(m, "set_stereo_mode"):
    attributes["decode_stereo"] = {"stereo_mode": True}
    runs["decode_stereo"] = (with_attributes(attributes["decode_stereo"]), noise(4, 2, latents, 1))
if hasattr(m, "set_learn_source"):
    attributes["decode_learning"] = {"learn_source": True, "learn_target": True}
    runs["decode_learning"] = (with_attributes(attributes["decode_learning"]), noise(4, 1, latents, 1))
for name, (call, inputs) in runs.items():
    try:
        out, again = run(call, inputs, 1), run(call, inputs, 2)
    except Exception as e:  # an exporter that refuses this call
        info["runs"][name] = {"error": str(e).strip().splitlines()[-1][:200]}
        continue
    same = bool(np.array_equal(out, again, equal_nan=True))
    info["runs"][name] = {"attributes": attributes.get(name, {}), "in_shape": list(inputs.shape), "out_shape": list(out.shape), "deterministic": same, "rms": None if np.isnan(out).all() else float(np.sqrt(np.nanmean(out**2))), "nan": bool(np.isnan(out).any())}
    file = path if same else twin
    if file:
        info["runs"][name]["answered_by"] = os.path.basename(file)
        inputs.tofile(f"{stem}.{name}.in.f32")
        run(call, inputs, 1, file=file).astype("<f4").tofile(f"{stem}.{name}.out.f32")
        run(call, inputs, 1, zero_state=True, file=file).astype("<f4").tofile(f"{stem}.{name}.zerostate.out.f32")
json.dump({**info, "exporter": os.environ.get("EXPORTER", "RAVE 2.3.1")}, open(f"{stem}.ref.json", "w"), indent=1)
print(os.path.basename(path), {k: v.get("error") or ("deterministic" if v["deterministic"] else "random") for k, v in info["runs"].items()})
