"""export.py WEIGHTS.pt OUT.onnx: opset 17, standard operators, batch normalisation folded into the convolutions."""

import hashlib
import sys

import numpy as np
import onnxruntime
import torch

from alphabet import HEIGHT, WIDTH
from net import PlateNet

weights, out = sys.argv[1:3]
net = PlateNet()
state = torch.load(weights, weights_only=False)
net.load_state_dict(state.get("ema", state))
net.eval()
names = ["logits", "colour", "layout"]
torch.onnx.export(
    net, torch.zeros(1, 3, HEIGHT, WIDTH), out, input_names=["image"], output_names=names,
    dynamic_axes={name: {0: "n"} for name in ["image", *names]}, opset_version=17, dynamo=False,
)
probe = torch.randn(2, 3, HEIGHT, WIDTH)
session = onnxruntime.InferenceSession(out)
for a, b in zip(net(probe), session.run(None, {"image": probe.numpy()})):
    assert np.abs(a.detach().numpy() - b).max() < 1e-3
with open(out, "rb") as f:
    print(hashlib.sha256(f.read()).hexdigest(), out)
