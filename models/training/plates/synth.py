"""
Synthetic plates. Sub-commands:
  pool  GLYPHS OUT COUNT SEED   training pool: OUT_x.npy (n,32,128,3 BGR), OUT_y.npz (labels, colours, layouts, kinds)
  sets  GLYPHS OUT COUNT SEED   labelled pictures for `npm run eval -- plates`: OUT/{green,double-row,special}
  sheet GLYPHS FILE SEED [KIND] a contact sheet to look at
GLYPHS is the folder `font_model` of Pengfei8324/chinese_license_plate_generator, commit
df4757f99e63d7180a59d6c2633f466a339b500b (MIT).
"""

import json
import math
import os
import sys
import time

import cv2
import numpy as np

from alphabet import COLOURS, HEIGHT, LAYOUTS, MAX_LENGTH, SYMBOL_OF, WIDTH
from camera import photograph, read_double, read_single
from glyphs import Face
from plates import KINDS, Rng, draw, random_plate

KIND_NAMES = list(KINDS)
SINGLE, DOUBLE, NEITHER = range(len(LAYOUTS))


def _margins(rng: Rng) -> np.ndarray:
    """How much further than the plate the outline goes: left, top, right, bottom, as shares of the plate."""
    u = rng.random()
    if u < 0.35:
        return rng.normal(0, 0.012, 4) * np.array([1, 2.5, 1, 2.5])
    if u < 0.6:
        # Tight to the characters.
        return np.concatenate([rng.uniform([-0.03, -0.15], [0.01, 0.03]), rng.uniform([-0.03, -0.15], [0.01, 0.03])])
    return np.concatenate([rng.uniform([-0.015, -0.06], [0.06, 0.22]), rng.uniform([-0.015, -0.06], [0.06, 0.22])])


def sample(rng: Rng, face: Face, kind: str | None = None):
    """One training picture (32 x 128 BGR), its text, colour, layout, kind."""
    plate = random_plate(rng, kind)
    drawn = draw(rng, face, plate)
    wide = 0.5 if plate.double else 1.0
    width = math.exp(rng.uniform(math.log(44), math.log(205))) * (wide + (1 - wide) * rng.random() * 0.7)
    squeeze = rng.uniform(0.4, 0.95) if rng.random() < 0.33 else rng.uniform(0.9, 1.0)
    if width * squeeze < 30 * (0.7 if plate.double else 1):
        squeeze = 1.0
    picture, quad = photograph(rng, drawn, plate, width, squeeze, tuple(rng.uniform(0.0, 0.25, 4)))
    cubic = bool(rng.random() < 0.7)
    if rng.random() < 0.15 and picture.shape[1] > 60:
        # Stored small on the way, sampled carelessly and compressed once more.
        scale = rng.uniform(80, 130) / picture.shape[1]
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
            picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 97))])[1], cv2.IMREAD_COLOR)
            quad = (quad * np.float32(scale)).astype(np.float32)
    span = quad.max(0) - quad.min(0)
    rough = rng.random()
    layout = DOUBLE if plate.double else SINGLE
    if rng.random() < 0.025:
        layout = NEITHER
    slope = abs(float(quad[1, 1] - quad[0, 1])) / float(span[1])
    if rough < (0.2 if plate.double else 0.45) and (not plate.double or slope < 0.08):
        # Not straightened: the upright box around the plate.
        low, high = quad.min(0), quad.max(0)
        m = rng.uniform([-0.035, -0.07, -0.035, -0.07], [0.06, 0.16, 0.06, 0.16])
        low, high = low - m[:2] * span, high + m[2:] * span
        outline = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]], np.float32)
    else:
        error = 0.012 if rng.random() < 0.7 else 0.03
        m = _margins(rng)
        if plate.double:
            m = m * np.array([0.7, 0.4, 0.7, 0.4])
        right, down = quad[1] - quad[0], quad[3] - quad[0]
        right2, down2 = quad[2] - quad[3], quad[2] - quad[1]
        outline = quad + np.stack([
            -right * m[0] - down * m[1], right * m[2] - down2 * m[1], right2 * m[2] + down2 * m[3], -right2 * m[0] + down * m[3],
        ])
        sideways, upright = np.linalg.norm(right), np.linalg.norm(down)
        outline = outline + rng.normal(0, error, (4, 2)) * np.array([sideways * 0.6, upright * (1.1 if plate.double else 1.6)])
        outline = outline.astype(np.float32)
    if layout == NEITHER:
        u = rng.random()
        if u < 0.5:
            # Cut in the wrong way.
            out = read_single(picture, outline, cubic) if plate.double else read_double(picture, outline, cubic)
        else:
            # A piece of plate, or none of it.
            off = rng.uniform(0.45, 0.8) * rng.choice([-1, 1])
            outline = outline + (np.array([0, off * span[1]]) if rng.random() < 0.5 else np.array([off * span[0], 0]))
            out = (read_double if rng.random() < 0.3 else read_single)(picture, outline.astype(np.float32), cubic)
        return out, "", plate.colour, layout, plate.kind
    if plate.double:
        out = read_double(picture, outline, cubic, rng.normal(0, 0.012, 8))
    else:
        out = read_single(picture, outline, cubic)
    return out, plate.text, plate.colour, layout, plate.kind


def pool(glyphs: str, out: str, count: int, seed: int) -> None:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    face = Face(glyphs, 0.5)
    pictures = np.empty((count, HEIGHT, WIDTH, 3), np.uint8)
    labels = np.zeros((count, MAX_LENGTH), np.uint8)
    colours, layouts, kinds = (np.zeros(count, np.uint8) for _ in range(3))
    started = time.time()
    for i in range(count):
        picture, text, colour, layout, kind = sample(rng, face)
        pictures[i] = picture
        labels[i, : len(text)] = [SYMBOL_OF[char] for char in text]
        colours[i], layouts[i], kinds[i] = COLOURS.index(colour), layout, KIND_NAMES.index(kind)
    np.savez(out + "_y.npz", labels=labels, colours=colours, layouts=layouts, kinds=kinds)
    np.save(out + "_part.npy", pictures)
    os.replace(out + "_part.npy", out + "_x.npy")
    print(out, count, round(count / (time.time() - started)), "a second", flush=True)


SETS = {
    "green": ["green-small", "green-small", "green-large"],
    "double-row": ["double-yellow", "double-yellow", "double-trailer", "double-motorcycle-yellow", "double-motorcycle-blue"],
    "special": ["police", "hong-kong-macao", "consulate", "embassy", "yellow-suffix", "black"],
}


def sets(glyphs: str, out: str, count: int, seed: int) -> None:
    """Pictures as a camera gives them: natural shape, some surroundings, tilt, no straightening."""
    face = Face(glyphs, 1.0)
    for index, (name, kinds) in enumerate(SETS.items()):
        rng = np.random.default_rng(seed + index)
        folder = os.path.join(out, name)
        os.makedirs(folder, exist_ok=True)
        manifest = []
        for i in range(count):
            plate = random_plate(rng, kinds[i % len(kinds)])
            width = rng.uniform(70, 230) * (0.75 if plate.double else 1)
            squeeze = rng.uniform(0.55, 0.95) if rng.random() < 0.3 else 1.0
            picture, _ = photograph(rng, draw(rng, face, plate, 0.7), plate, width, squeeze, tuple(rng.uniform(0.08, 0.4, 4)), ease=0.7)
            file = f"{i:04d}.png"
            cv2.imwrite(os.path.join(folder, file), picture)
            colour = {"green-small": "green_new_energy_small", "green-large": "yellow_green_new_energy_large"}.get(plate.kind, plate.kind)
            manifest.append({"file": file, "label": plate.text, "colour": colour, "licence": "synthetic, ours"})
        with open(os.path.join(folder, "manifest.json"), "w", encoding="utf8") as f:
            json.dump(manifest, f, ensure_ascii=False, indent=1)


def sheet(glyphs: str, file: str, seed: int, kind: str | None) -> None:
    rng = np.random.default_rng(seed)
    face = Face(glyphs, 0.5)
    tiles = [cv2.resize(sample(rng, face, kind)[0], None, fx=1.2, fy=1.2) for _ in range(160)]
    cv2.imwrite(file, np.vstack([np.hstack(tiles[i : i + 10]) for i in range(0, 160, 10)]))


if __name__ == "__main__":
    command, glyphs, out = sys.argv[1:4]
    if command == "sheet":
        sheet(glyphs, out, int(sys.argv[4]), sys.argv[5] if len(sys.argv) > 5 else None)
    else:
        {"pool": pool, "sets": sets}[command](glyphs, out, int(sys.argv[4]), int(sys.argv[5]))
