"""How a camera sees a plate, and how it is cut out for the reader."""

import math

import cv2
import numpy as np

from alphabet import HEIGHT, LOWER, UPPER, WIDTH
from plates import Plate, Rng


def _background(rng: Rng, height: int, width: int) -> np.ndarray:
    """Bodywork, bumper, grille: shades, edges, bars."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = rng.uniform(8, 235) + rng.normal(0, 14, 3)
    if rng.random() < 0.15:
        picture[:] = rng.uniform(0, 230, 3)
    if rng.random() < 0.8:
        shade = rng.normal(0, rng.uniform(5, 40), (int(rng.integers(2, 7)), int(rng.integers(2, 9)))).astype(np.float32)
        picture += cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    for _ in range(int(rng.integers(0, 6))):
        a = rng.uniform(-0.1, 1.1, 4) * np.array([width, height, width, height])
        if rng.random() < 0.6:
            a[3] = a[1] + rng.normal(0, height * 0.06)
        tone = float(rng.uniform(0, 255))
        cv2.line(picture, (int(a[0]), int(a[1])), (int(a[2]), int(a[3])), (tone, tone, tone), int(rng.integers(1, max(2, height // 4 + 2))))
    return picture


def _light(rng: Rng, picture: np.ndarray, ease: float) -> np.ndarray:
    """Exposure, colour cast, haze, night, infrared, overexposure; without the extremes where `ease` < 1."""
    mild = ease < 1
    height, width = picture.shape[:2]
    u = rng.random()
    if u < 0.12:
        # Night or deep shade: little contrast on top of black or of veiling light.
        picture = picture * np.float32(rng.uniform(0.25 if mild else 0.13, 0.4)) + rng.uniform(0, 60) + rng.normal(0, 6, 3).astype(np.float32)
    elif u < 0.26:
        # Overexposed, ground and characters come close.
        picture = picture * np.float32(rng.uniform(1.2, 1.5 if mild else 2.0)) + np.float32(rng.uniform(0, 50))
    elif u < 0.85:
        picture = picture * np.float32(rng.uniform(0.35, 1.25))
    if rng.random() < 0.5:
        picture = picture * (1 + rng.normal(0, 0.13, 3)).astype(np.float32)
    if rng.random() < 0.3:
        veil = np.float32(rng.uniform(0.05, 0.4 if mild else 0.6))
        picture = picture * (1 - veil) + veil * (rng.uniform(20, 225) + rng.normal(0, 10, 3)).astype(np.float32)
    v = rng.random()
    if v < 0.07:
        grey = picture @ np.array([0.114, 0.587, 0.299], np.float32)
        if v < 0.025:
            # Infrared: everything but the red of the scene, with a glow.
            grey = picture[..., 2] * 0.8 + picture[..., 1] * 0.2
        picture = np.repeat(grey[..., None], 3, 2)
    elif v < 0.12:
        grey = (picture @ np.array([0.114, 0.587, 0.299], np.float32))[..., None]
        picture = grey + (picture - grey) * np.float32(rng.uniform(0.2, 1.8))
    elif v < 0.14:
        picture = picture[..., [1, 0, 2]] if rng.random() < 0.5 else picture[..., [0, 2, 1]]
    if rng.random() < 0.07:
        x, y = rng.uniform(-0.1, 1.1) * width, rng.uniform(-0.3, 1.3) * height
        size = rng.uniform(0.08, 0.45) * width
        d = ((np.arange(width, dtype=np.float32)[None] - x) ** 2 + ((np.arange(height, dtype=np.float32)[:, None] - y) * 1.3) ** 2) / (size * size)
        picture = picture + (np.exp(-d) * np.float32(rng.uniform(40, 150 if mild else 330)))[..., None]
    picture = np.clip(picture, 0, 255)
    if rng.random() < 0.1:
        glow = cv2.GaussianBlur(picture, (0, 0), max(1.0, width * rng.uniform(0.02, 0.08)))
        picture = np.minimum(picture + glow * np.float32(rng.uniform(0.15, 0.3 if mild else 0.6)), 255)
    if rng.random() < 0.4:
        picture = 255 * (picture / 255) ** np.float32(rng.uniform(0.55, 1.8))
    return picture


def photograph(rng: Rng, drawn: np.ndarray, plate: Plate, width: float, squeeze: float, loose: tuple, ease: float = 1.0):
    """
    One plate as a camera gives it. `width`: pixels the plate would have seen straight on; `squeeze`: share of it that is
    left from the side; `loose`: surroundings left, top, right, bottom as shares of the plate's box; `ease` < 1 softens
    blur, noise and tilt. Returns the picture (uint8) and the plate's corners in it.
    """
    rows, columns = drawn.shape[:2]
    height = width * plate.height / plate.width * rng.uniform(0.92, 1.08)
    w = width * squeeze
    quad = np.array([[-w / 2, -height / 2], [w / 2, -height / 2], [w / 2, height / 2], [-w / 2, height / 2]], np.float32)
    tilt = rng.normal(0, 0.14 * ease) + (1 - squeeze) * rng.normal(0, 0.35 * ease)
    quad[:, 1] += quad[:, 0] * np.float32(np.clip(tilt, -0.45, 0.45))
    quad[:, 0] += quad[:, 1] * np.float32(np.clip(rng.normal(0, 0.15 * ease), -0.45, 0.45))
    taper = rng.normal(0, 0.045 * ease)
    quad[:, 1] *= 1 + np.sign(quad[:, 0]) * np.float32(taper)
    quad += (rng.normal(0, 0.008, (4, 2)) * np.array([w, height])).astype(np.float32)
    low, high = quad.min(0), quad.max(0)
    span = high - low
    low = low - span * np.array(loose[:2], np.float32)
    high = high + span * np.array(loose[2:], np.float32)
    cols, lines = max(12, round(float(high[0] - low[0]))), max(8, round(float(high[1] - low[1])))
    quad = (quad - low).astype(np.float32)
    # Reduce first, else the warp would alias.
    fit = min(1.0, 1.5 * height / rows)
    if fit < 0.8:
        drawn = cv2.resize(drawn, (max(8, round(columns * min(1.0, max(fit, 1.5 * w / columns)))), max(6, round(rows * fit))), interpolation=cv2.INTER_AREA)
    r, c = drawn.shape[:2]
    warp = cv2.getPerspectiveTransform(np.array([[0, 0], [c, 0], [c, r], [0, r]], np.float32), quad)
    picture = _background(rng, lines, cols)
    if rng.random() < 0.3:
        picture *= np.float32(rng.uniform(0.05, 0.6))
    over = cv2.warpPerspective(drawn, warp, (cols, lines), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.ones((r, c), np.float32), warp, (cols, lines), flags=cv2.INTER_LINEAR)[..., None]
    picture += (over - picture) * inside
    picture = _light(rng, picture, ease)
    if rng.random() < 0.7:
        sigma = rng.uniform(0.2, 0.4 + width / 115 * ease**2)
        picture = cv2.GaussianBlur(picture, (0, 0), max(0.2, sigma * math.sqrt(squeeze)), sigmaY=max(0.2, sigma))
    if rng.random() < 0.2:
        length = int(rng.integers(2, 3 + max(1, int(width / 32 * ease**2))))
        kernel = np.zeros((length, length), np.float32)
        if rng.random() < 0.65:
            kernel[length // 2] = 1 / length
        elif rng.random() < 0.5:
            kernel[:, length // 2] = 1 / length
        else:
            np.fill_diagonal(kernel, 1 / length)
        picture = cv2.filter2D(picture, -1, kernel)
    if rng.random() < 0.2:
        # Sharpened by the camera.
        picture = np.clip(picture + (picture - cv2.GaussianBlur(picture, (0, 0), 1.2)) * np.float32(rng.uniform(0.4, 2)), 0, 255)
    if rng.random() < 0.7:
        noise = rng.standard_normal((lines, cols, 3), dtype=np.float32)
        strength = np.float32(rng.uniform(1, 6) if rng.random() < 0.8 else rng.uniform(6, 14))
        picture = picture + (noise if rng.random() < 0.6 else noise[..., :1]) * strength
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = int(rng.integers(22, 97))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return picture, quad


def _map(quad: np.ndarray, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """The corners of a part of the plate, by its homography."""
    whole = cv2.getPerspectiveTransform(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32), quad.astype(np.float32))
    part = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
    return cv2.perspectiveTransform(part, whole)[0]


def straighten(picture: np.ndarray, quad: np.ndarray, width: int, height: int, cubic: bool) -> np.ndarray:
    """As functions/inspect/plate-warp.ts: bicubic, averaged where the source is larger."""
    reach = np.linalg.norm(quad[1] - quad[0])
    more = 2 if reach > 1.5 * width or np.linalg.norm(quad[3] - quad[0]) > 1.5 * height else 1
    target = np.array([[0, 0], [width * more, 0], [width * more, height * more], [0, height * more]], np.float32)
    # OpenCV counts from pixel centres.
    warp = cv2.getPerspectiveTransform((quad - 0.5).astype(np.float32), target - 0.5)
    flags = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    out = cv2.warpPerspective(picture, warp, (width * more, height * more), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(out, (width, height), interpolation=cv2.INTER_AREA) if more > 1 else out


def read_single(picture, quad, cubic=True) -> np.ndarray:
    return straighten(picture, quad, WIDTH, HEIGHT, cubic)


def read_double(picture, quad, cubic=True, jitter=None) -> np.ndarray:
    """Both bands side by side. `jitter`: eight small shares added to the borders of the bands."""
    e = np.zeros(8) if jitter is None else jitter
    bands = []
    for band, d in ((UPPER, e[:4]), (LOWER, e[4:])):
        part = _map(quad, band["left"] + d[0], band["top"] + d[1], band["right"] + d[2], band["bottom"] + d[3])
        bands.append(straighten(picture, part, band["columns"], HEIGHT, cubic))
    return np.hstack(bands)
