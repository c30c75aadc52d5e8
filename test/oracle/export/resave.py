"""Loads archives with the newest PyTorch and saves them again: newer records; one in half precision. python3 resave.py FOLDER"""
import os, sys
import torch

os.chdir(sys.argv[1])
for name in ("v1", "v2", "v3", "discrete"):
    for variant in ("", "_det"):
        if os.path.exists(f"{name}{variant}.ts"):
            torch.jit.load(f"{name}{variant}.ts").save(f"{name}_torch2{variant}.ts")
if os.path.exists("v2.ts"):
    torch.jit.load("v2.ts").half().save("v2_half.ts")
    torch.jit.load("v2_det.ts").half().float().save("v2_half_det.ts")
