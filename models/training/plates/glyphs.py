"""Glyph bitmaps of the GA 36 characters, at any size, in several stroke weights."""

import glob
import os

import cv2
import numpy as np


def _round_three(weight: int) -> np.ndarray:
    """A round 3, as plain faces have it and substitutes on the road and on screens; the standard's has a flat top."""
    ink = np.zeros((360, 180), np.uint8)
    stroke = 38 + 6 * weight
    cv2.ellipse(ink, (86, 98), (60, 78), 0, -155, 90, 255, stroke, cv2.LINE_AA)
    cv2.ellipse(ink, (86, 258), (66, 82), 0, -90, 155, 255, stroke, cv2.LINE_AA)
    return ink


class Face:
    """Glyph bitmaps as coverage 0..1, resized on demand to `scale` pixels per millimetre, in four stroke weights."""

    def __init__(self, folder: str, scale: float):
        self.folder = folder
        self.scale = scale
        self.files = {os.path.basename(f)[:-4] for f in glob.glob(os.path.join(folder, "*.jpg"))}
        if "140_A" not in self.files:
            raise SystemExit(f"no glyph bitmaps in {folder}")
        self.cache = {}

    def _name(self, face: str, char: str) -> str:
        for name in {
            "140": [f"140_{char}"],
            "green": [f"green_{char}", f"140_{char}"],
            "up": [f"220_up_{char}", f"220_{char}", f"140_{char}"],
            "down": [f"220_down_{char}", f"220_{char}", f"140_{char}"],
        }[face]:
            if name in self.files:
                return name
        raise KeyError(char)

    def get(self, face: str, char: str, width: float, height: float, weight: int) -> np.ndarray:
        columns, rows = max(1, round(width * self.scale)), max(1, round(height * self.scale))
        key = (face, char, columns, rows, weight)
        if key in self.cache:
            return self.cache[key]
        if face == "plain":
            ink = cv2.resize(_round_three(weight), (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
            self.cache[key] = ink
            return ink
        if face == "other" and f"green_{char}" not in self.files:
            face = "140"
        path = os.path.join(self.folder, self._name("green" if face == "other" else face, char) + ".jpg")
        ink = 255 - cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
        if char == "1" and face != "green":
            # Its bitmaps are wider than those of the other digits.
            usual = round(ink.shape[0] * (0.5 if face == "140" else 0.6))
            spare = max(0, (ink.shape[1] - usual) // 2)
            ink = ink[:, spare : ink.shape[1] - spare]
        ink = cv2.resize(ink, (90 * columns // rows if columns < rows else 120, 90), interpolation=cv2.INTER_AREA)
        # Strokes about 3 % of the height thinner or thicker.
        if weight:
            kernel = np.ones((2, 2) if abs(weight) == 1 else (3, 3), np.uint8)
            ink = cv2.dilate(ink, kernel) if weight > 0 else cv2.erode(ink, kernel)
        ink = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        self.cache[key] = ink
        return ink
