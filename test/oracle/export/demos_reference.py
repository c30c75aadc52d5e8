"""Records what LibTorch answers for nn~'s demo models: python demos_reference.py NAME.ts … → NAME.demo.json, NAME.METHOD.in/out.f32"""
import json, sys
import numpy as np, torch
torch.set_grad_enabled(False); torch.set_num_threads(1)
for path in sys.argv[1:]:
    stem = path[:-3]
    m = torch.jit.load(path).eval()
    params = {k[:-7]: [int(v) for v in b.reshape(-1)] for k, b in m.named_buffers() if k.endswith("_params") and "." not in k}
    runs = {}
    for name, p in params.items():
        if len(p) != 4 or name not in m._c._method_names():
            continue
        channels, ratio = p[:2]
        r = np.random.RandomState(3)
        x = (r.randn(3, 1, channels, (1024 if "features" in stem else 2048) // ratio) * 0.3).astype("<f4")
        m = torch.jit.load(path).eval()
        out = np.stack([getattr(m, name)(torch.from_numpy(v.copy())).numpy() for v in x]).astype("<f4")
        x.tofile(f"{stem}.{name}.in.f32"); out.tofile(f"{stem}.{name}.out.f32")
        runs[name] = {"in_shape": list(x.shape), "out_shape": list(out.shape)}
    json.dump({"torch": torch.__version__.split("+")[0], "runs": runs}, open(f"{stem}.demo.json", "w"), indent=1)
    print(stem, runs)
