"""
Trains the plate reader on a pool of synthetic plates.
  train.py POOL VALIDATION OUT MINUTES [--real FOLDER ...]
POOL: glob of OUT_x.npy files of `synth.py pool`, may still be growing. VALIDATION: prefix of one such pair, other seed.
Writes OUT/{curve.json,checkpoint.pt,best.pt}; run again with the same OUT it goes on from the checkpoint. Real pictures
are only reported beside the curve: the weights kept are the best on VALIDATION.
"""

import argparse
import copy
import glob
import json
import os
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from alphabet import CHARS, HEIGHT, WIDTH
from decode import greedy
from net import PlateNet
from synth import KIND_NAMES, NEITHER

BATCH, PEAK, DECAY = 96, 3.5e-3, 2e-3


def tensor(pictures: np.ndarray) -> torch.Tensor:
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
    return ((x - 127.5) / 127.5).contiguous(memory_format=torch.channels_last)


def vary(x: torch.Tensor) -> torch.Tensor:
    """Cheap changes, so that a picture of the pool is never twice the same. In place where possible."""
    b = x.shape[0]
    x = x * (1 + 0.18 * torch.randn(b, 1, 1, 1)) + 0.1 * torch.randn(b, 3, 1, 1)
    if torch.rand(()) < 0.75:
        t = torch.zeros(b, 2, 3)
        n = torch.randn(b, 6)
        t[:, 0, 0], t[:, 1, 1] = 1 + 0.04 * n[:, 0], 1 + 0.05 * n[:, 1]
        t[:, 0, 1], t[:, 1, 0] = 0.05 * n[:, 2], 0.1 * n[:, 3]
        t[:, 0, 2], t[:, 1, 2] = 0.015 * n[:, 4], 0.05 * n[:, 5]
        grid = F.affine_grid(t, list(x.shape), align_corners=False)
        if torch.rand(()) < 0.6:
            # Uneven stretching by about half a pixel: glyphs cut by other hands, bent plates.
            bend = torch.randn(b, 2, 4, 16) * torch.tensor([0.014, 0.04]).view(1, 2, 1, 1)
            grid = grid + F.interpolate(bend, size=(HEIGHT, WIDTH), mode="bilinear", align_corners=True).permute(0, 2, 3, 1)
        x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    u = float(torch.rand(()))
    if u < 0.15:
        x = F.interpolate(F.interpolate(x, scale_factor=float(0.5 + 0.4 * torch.rand(())), mode="area"), size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False)
    if torch.rand(()) < 0.5:
        x = x + torch.randn_like(x) * torch.rand(b, 1, 1, 1) * 0.09
    for i in (torch.rand(b) < 0.08).nonzero().flatten().tolist():
        h, w = int(torch.randint(3, 10, ())), int(torch.randint(3, 12, ()))
        top, left = int(torch.randint(0, HEIGHT - h, ())), int(torch.randint(0, WIDTH - w, ()))
        x[i, :, top : top + h, left : left + w] = torch.rand(3, 1, 1) * 2 - 1
    if torch.rand(()) < 0.05:
        x = x.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    return x.clamp(-1.2, 1.2).contiguous(memory_format=torch.channels_last)


def text_of(row):
    return "".join(CHARS[s - 1] for s in row if s)


def predict(net, pictures):
    out = [[], [], []]
    with torch.no_grad():
        for i in range(0, len(pictures), 250):
            for part, value in zip(out, net(tensor(pictures[i : i + 250]))):
                part.append(value.float().numpy())
    return [np.concatenate(part) for part in out]


def load_real(folder):
    """Crops named by their text, resized as they are."""
    files = sorted(glob.glob(os.path.join(folder, "*.*")))
    pictures, texts = [], []
    for file in files:
        picture = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
        small = picture.shape[1] < 1.5 * WIDTH
        pictures.append(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC if small else cv2.INTER_AREA))
        texts.append(os.path.basename(file).rsplit(".", 1)[0].split("_")[0])
    return np.stack(pictures), texts


def measure(net, validation, real):
    net.eval()
    pictures, y = validation
    logits, colour, layout = predict(net, pictures)
    right = np.array([a == text_of(b) for a, b in zip(greedy(logits), y["labels"])])
    readable = y["layouts"] != NEITHER
    report = {"exact": round(float(right[readable].mean()), 4)}
    report["kinds"] = {k: round(float(right[readable & (y["kinds"] == i)].mean()), 3) for i, k in enumerate(KIND_NAMES)}
    report["colour"] = round(float((colour.argmax(1) == y["colours"]).mean()), 4)
    report["layout"] = round(float((layout.argmax(1) == y["layouts"]).mean()), 4)
    for name, (pictures, texts) in real.items():
        found = greedy(predict(net, pictures)[0])
        report[name] = [round(float(np.mean([a == b for a, b in zip(found, texts)])), 4), round(float(np.mean([a[1:] == b[1:] for a, b in zip(found, texts)])), 4)]
    net.train()
    return report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pool"), parser.add_argument("validation"), parser.add_argument("out")
    parser.add_argument("minutes", type=float)
    parser.add_argument("--real", nargs="*", default=[])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=float, default=5)
    a = parser.parse_args()
    os.makedirs(a.out, exist_ok=True)
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    net = PlateNet().to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net).eval()
    optimizer = torch.optim.AdamW(net.parameters(), lr=PEAK, weight_decay=DECAY)
    step, seen, spent, curve, best = 0, 0, 0.0, [], -1.0
    checkpoint = os.path.join(a.out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint, weights_only=False)
        net.load_state_dict(state["net"]), ema.load_state_dict(state["ema"]), optimizer.load_state_dict(state["optimizer"])
        step, seen, spent, curve, best = state["step"], state["seen"], state["spent"], state["curve"], state["best"]
        torch.manual_seed(step), (rng := np.random.default_rng(step))
    validation = np.load(a.validation + "_x.npy"), dict(np.load(a.validation + "_y.npz"))
    real = {os.path.basename(folder.rstrip("/")): load_real(folder) for folder in a.real}
    print("parameters", sum(p.numel() for p in net.parameters()), flush=True)
    started, last, mean = time.time() - spent, time.time(), None

    def report():
        nonlocal best
        line = {"minutes": round((time.time() - started) / 60, 1), "seen": seen, "loss": round(mean or 0, 3), **measure(ema, validation, real)}
        ema.eval()
        curve.append(line)
        print(json.dumps(line), flush=True)
        with open(os.path.join(a.out, "curve.json"), "w") as f:
            json.dump(curve, f, indent=1)
        if line["exact"] > best:
            best = line["exact"]
            torch.save(ema.state_dict(), os.path.join(a.out, "best.pt"))
        state = dict(net=net.state_dict(), ema=ema.state_dict(), optimizer=optimizer.state_dict(), step=step, seen=seen, spent=time.time() - started, curve=curve, best=best)
        torch.save(state, checkpoint + ".part")
        os.replace(checkpoint + ".part", checkpoint)

    left, known = [], set()
    while (time.time() - started) / 60 < a.minutes:
        files = sorted(glob.glob(a.pool))
        # Files that have appeared since come first, the newest ahead; then every file once more.
        left = [f for f in reversed(files) if f not in known] + left
        known.update(files)
        if not left:
            left = [files[i] for i in rng.permutation(len(files))]
        chosen, left = left[:4], left[4:]
        loaded = [(np.load(f), dict(np.load(f.replace("_x.npy", "_y.npz")))) for f in chosen]
        pictures = np.concatenate([x for x, _ in loaded])
        y = {k: np.concatenate([part[k] for _, part in loaded]) for k in loaded[0][1]}
        del loaded
        for batch in np.array_split(rng.permutation(len(pictures)), max(1, len(pictures) // BATCH)):
            done = (time.time() - started) / 60 / a.minutes
            if done >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = PEAK * min(1, (step + 1) / 300) * (0.5 * (1 + np.cos(np.pi * done)) + 0.003)
            logits, colour, layout = net(vary(tensor(pictures[batch])))
            labels = torch.from_numpy(y["labels"][batch].astype(np.int64))
            lengths = (labels > 0).sum(1)
            whole = lengths > 0
            rows = F.log_softmax(logits.float()[whole], -1).permute(1, 0, 2)
            loss = F.ctc_loss(rows, labels[whole], torch.full((rows.shape[1],), rows.shape[0]), lengths[whole], zero_infinity=True)
            total = loss + 0.1 * F.cross_entropy(colour.float(), torch.from_numpy(y["colours"][batch].astype(np.int64)))
            total = total + 0.1 * F.cross_entropy(layout.float(), torch.from_numpy(y["layouts"][batch].astype(np.int64)))
            optimizer.zero_grad()
            total.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 4.0)
            optimizer.step()
            step, seen = step + 1, seen + len(batch)
            mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
            keep = min(0.998, (1 + step) / (20 + step))
            with torch.no_grad():
                for kept, new in zip(ema.state_dict().values(), net.state_dict().values()):
                    if kept.dtype.is_floating_point:
                        kept.lerp_(new, 1 - keep)
                    else:
                        kept.copy_(new)
            if step % 100 == 0:
                print(step, seen, round(mean, 3), round(seen / (time.time() - started)), "a second", flush=True)
            if time.time() - last > a.every * 60:
                report()
                last = time.time()
    report()


if __name__ == "__main__":
    main()
