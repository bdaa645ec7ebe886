"""What stands on a plate and how it is made: texts by type, geometry in millimetres (GA 36-2018), drawing."""

from dataclasses import dataclass

import cv2
import numpy as np

from alphabet import DIGITS, LETTERS, PROVINCES
from glyphs import Face

Rng = np.random.Generator


@dataclass(frozen=True)
class Glyph:
    """One character and where it stands, in millimetres."""

    char: str
    face: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Plate:
    kind: str
    colour: str
    text: str
    width: float
    height: float
    glyphs: tuple
    dots: tuple
    red: str

    @property
    def double(self) -> bool:
        return self.kind.startswith("double")


# Share of each type. Rare ones are drawn far more often than a street shows them.
KINDS = {
    "blue": 0.40, "green-small": 0.13, "green-large": 0.05, "yellow": 0.06, "yellow-suffix": 0.05,
    "double-yellow": 0.085, "double-trailer": 0.04, "double-motorcycle-yellow": 0.02, "double-motorcycle-blue": 0.025,
    "double-farm": 0.015, "police": 0.04, "hong-kong-macao": 0.03, "consulate": 0.035, "embassy": 0.03, "black": 0.01,
}
_SHARES = np.array(list(KINDS.values())) / sum(KINDS.values())


def pick(rng: Rng, choices: str) -> str:
    return choices[rng.integers(len(choices))]


def digits(rng: Rng, count: int) -> str:
    return "".join(pick(rng, DIGITS) for _ in range(count))


def serial(rng: Rng, count: int) -> str:
    """Digits with some letters: every character is trained, though streets show few letters."""
    share = rng.choice([0.15, 0.4, 0.6])
    return "".join(pick(rng, LETTERS if rng.random() < share else DIGITS) for _ in range(count))


def energy(rng: Rng) -> str:
    return pick(rng, "DF") if rng.random() < 0.6 else pick(rng, "ABCEGHJK")


def text_of(rng: Rng, kind: str) -> str:
    office = pick(rng, PROVINCES) + pick(rng, LETTERS)
    if kind == "green-small":
        return office + energy(rng) + pick(rng, DIGITS + LETTERS) + digits(rng, 4)
    if kind == "green-large":
        return office + digits(rng, 5) + energy(rng)
    if kind == "yellow-suffix":
        return office + serial(rng, 4) + pick(rng, "学学挂")
    if kind == "double-trailer":
        return office + serial(rng, 4) + pick(rng, "挂挂挂学")
    if kind == "double-farm":
        return office[0] + digits(rng, 2) + digits(rng, 5)
    if kind == "police":
        return office + serial(rng, 4) + "警"
    if kind == "hong-kong-macao":
        return "粤Z" + serial(rng, 4) + pick(rng, "港澳")
    if kind == "consulate":
        return office + serial(rng, 4) + "领"
    if kind == "embassy":
        return "使" + digits(rng, 6) if rng.random() < 0.6 else digits(rng, 6) + "使"
    if kind == "blue" and rng.random() < 0.025:
        # The old O plates of public security offices; their O is written 0.
        return office[0] + "0" + serial(rng, 1) + digits(rng, 4)
    return office + serial(rng, 5)


COLOUR_OF = {
    "blue": "blue", "green-small": "green", "green-large": "green", "yellow": "yellow", "yellow-suffix": "yellow",
    "double-yellow": "yellow", "double-trailer": "yellow", "double-motorcycle-yellow": "yellow",
    "double-motorcycle-blue": "blue", "double-farm": "green", "police": "white", "hong-kong-macao": "black",
    "consulate": "black", "embassy": "black", "black": "black",
}


def _line(text, face, x, y, widths, height, gaps):
    glyphs = []
    for char, width, gap in zip(text, widths, [*gaps, 0]):
        glyphs.append(Glyph(char, face, x, y, width, height))
        x += width + gap
    return glyphs


def draw_plan(rng: Rng, kind: str, text: str) -> Plate:
    """Where each character stands."""
    colour = COLOUR_OF[kind]
    red = {"police": "警", "consulate": "领", "embassy": "使"}.get(kind, "")
    if kind.startswith("double"):
        split = 3 if kind == "double-farm" else 2
        upper, lower = text[:split], text[split:]
        if kind.startswith("double-motorcycle"):
            width, height = 220.0, 140.0
            up_h, low_h = rng.uniform(35, 43), rng.uniform(56, 64)
            up_w, low_w = rng.uniform(33, 43), rng.uniform(29, 34)
            top = rng.uniform(10, 15)
            low_y = top + up_h + rng.uniform(8, 13)
            up_gap, low_gap = rng.uniform(22, 40), rng.uniform(5.5, 8.5)
        elif kind == "double-farm":
            width, height = 300.0, 165.0
            up_h, low_h = rng.uniform(38, 46), rng.uniform(75, 84)
            up_w, low_w = rng.uniform(34, 44), rng.uniform(40, 46)
            top = rng.uniform(10, 15)
            low_y = top + up_h + rng.uniform(9, 14)
            up_gap, low_gap = rng.uniform(14, 32), rng.uniform(8, 12)
        else:
            width, height, up_h, low_h, up_w, low_w = 440.0, 220.0, 60.0, 110.0, 80.0, 65.0
            top, low_y, up_gap, low_gap = 15.0, 90.0, 60.0, 15.0
        n_up, n_low = len(upper), len(lower)
        x_up = (width - n_up * up_w - (n_up - 1) * up_gap) / 2
        x_low = (width - n_low * low_w - (n_low - 1) * low_gap) / 2
        glyphs = _line(upper, "up", x_up, top, [up_w] * n_up, up_h, [up_gap] * (n_up - 1))
        if kind == "double-farm":
            # 皖 19: the digits stand closer together.
            glyphs[2] = Glyph(glyphs[2].char, "up", glyphs[2].x - up_gap * 0.5, top, up_w, up_h)
        glyphs += _line(lower, "down", x_low, low_y, [low_w] * n_low, low_h, [low_gap] * (n_low - 1))
        dot = () if kind == "double-farm" else ((width / 2, top + up_h / 2, 5.0 * width / 440),)
        return Plate(kind, colour, text, width, height, tuple(glyphs), dot, red)
    if colour == "green":
        gaps = [9, 49, 9, 9, 9, 9, 9]
        glyphs = _line(text, "green", 15.5, 25.0, [45] + [43] * 7, 90.0, gaps)
        return Plate(kind, colour, text, 480.0, 140.0, tuple(glyphs), ((142.0, 70.0, 15.0),), red)
    after = 1
    if kind == "embassy":
        after = 3 if text[0] == "使" else 2
    gaps = [12.0] * 6
    gaps[after] = 34.0
    glyphs = _line(text, "140", 15.5, 25.0, [45.0] * 7, 90.0, gaps)
    dot_x = glyphs[after].x + 45 + 17
    return Plate(kind, colour, text, 440.0, 140.0, tuple(glyphs), ((dot_x, 70.0, 5.0),), red)


# Blue, green, red.
INK = {"blue": (245, 245, 245), "yellow": (15, 15, 15), "green": (15, 15, 15), "white": (15, 15, 15), "black": (240, 240, 240)}
GROUND = {"blue": (165, 75, 20), "yellow": (15, 165, 240), "green": (130, 205, 90), "white": (235, 235, 235), "black": (25, 25, 25)}


def _smooth(rng: Rng, rows: int, columns: int, width: int, height: int) -> np.ndarray:
    return cv2.resize(rng.random((rows, columns), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def _ramp(rng: Rng, width: int, height: int) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None] * np.float32(np.cos(angle))
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    return x + y


def draw(rng: Rng, face: Face, plate: Plate, ease: float = 1.0) -> np.ndarray:
    """
    The plate seen straight on, BGR float32 0..255, `face.scale` pixels per millimetre. `ease` < 1: wear, dirt, shadow and
    glare leave it readable.
    """
    mild = ease < 1
    s = face.scale
    width, height = round(plate.width * s), round(plate.height * s)
    farm = plate.kind == "double-farm"
    light = np.float32(rng.uniform(0.75, 1.15))
    ground = np.array((110, 140, 20) if farm else GROUND[plate.colour], np.float32) * light
    if plate.colour == "blue" and rng.random() < 0.35:
        # Faded and badly balanced blues: cyan, grey-blue, purple.
        other = [(210, 170, 70), (150, 115, 95), (190, 90, 95), (120, 60, 40), (225, 130, 60)][rng.integers(5)]
        ground += (np.array(other, np.float32) - ground) * np.float32(rng.uniform(0.3, 1))
    if plate.colour == "yellow" and rng.random() < 0.3:
        other = [(120, 190, 235), (60, 215, 235), (20, 110, 160), (40, 130, 235)][rng.integers(4)]
        ground += (np.array(other, np.float32) - ground) * np.float32(rng.uniform(0.3, 1))
    ground = np.clip(ground + rng.normal(0, 12, 3), 0, 255).astype(np.float32)
    ink = np.array((240, 240, 240) if farm else INK[plate.colour], np.float32)
    ink = np.clip(ink + rng.normal(0, 12, 3), 0, 255).astype(np.float32)
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = ground
    if plate.kind == "green-small":
        top = np.clip(np.array([228, 238, 228], np.float32) * light + rng.normal(0, 8, 3).astype(np.float32), 0, 255)
        blend = np.clip(np.linspace(0, 1, height, dtype=np.float32) * np.float32(rng.uniform(0.8, 1.7)), 0, 1)
        picture[:] = (top * (1 - blend[:, None]) + ground * blend[:, None])[:, None]
    if plate.kind == "green-large":
        cut = round((plate.dots[0][0] + rng.normal(0, 2)) * s)
        picture[:, :cut] = np.clip(np.array((25, 170, 240), np.float32) * light + rng.normal(0, 10, 3), 0, 255)

    cover = np.zeros((height, width), np.float32)
    weight = int(rng.choice([-2, -1, 0, 0, 0, 1, 2]))
    shift_x, shift_y = rng.normal(0, 1.2), rng.normal(0, 1.6)
    red_at = None
    plain = rng.random() < 0.2
    for glyph in plate.glyphs:
        own = weight if rng.random() < 0.8 else int(rng.integers(-2, 3))
        cut = glyph.face
        if cut == "140" and glyph.char in PROVINCES and rng.random() < 0.15:
            # Provinces are cut in many ways: the lighter ones of the green plates stand for those we have no bitmaps of.
            cut, own = "other", int(rng.integers(0, 3))
        if plain and glyph.char == "3":
            cut = "plain"
        ink_of = face.get(cut, glyph.char, glyph.width, glyph.height, own)
        rows, columns = ink_of.shape
        x = min(max(0, round((glyph.x + shift_x + rng.normal(0, 0.6)) * s)), width - columns)
        y = min(max(0, round((glyph.y + shift_y + rng.normal(0, 0.6)) * s)), height - rows)
        part = cover[y : y + rows, x : x + columns]
        np.maximum(part, ink_of, out=part)
        if glyph.char == plate.red:
            red_at = (max(0, x - 1), x + columns + 1)
    rim = max(1, round(rng.uniform(1.5, 5) * s))
    inset = round(rng.uniform(0, 7) * s)
    if rng.random() < 0.85:
        cv2.rectangle(cover, (inset, inset), (width - inset - 1, height - inset - 1), 1.0, rim)
    for x, y, radius in plate.dots:
        if plate.colour == "green" and not plate.double:
            # The new energy emblem: a pale disc with some colour.
            centre, size = (round(x * s), round(y * s)), max(2, round(radius * s))
            if rng.random() < 0.9:
                cv2.circle(picture, centre, size, tuple(float(v) for v in rng.uniform(120, 240, 3)), -1)
                cv2.circle(cover, centre, size, float(rng.uniform(0.2, 1)), 1)
                cv2.line(cover, (centre[0] - size, centre[1]), (centre[0] + size // 2, centre[1]), float(rng.uniform(0, 1)), 1)
        elif rng.random() < 0.95:
            cv2.circle(cover, (round((x + shift_x) * s), round((y + shift_y) * s)), max(1, round(radius * s * rng.uniform(0.8, 1.3))), 1.0, -1)

    if rng.random() < 0.15:
        worn = np.clip((_smooth(rng, int(rng.integers(4, 12)), int(rng.integers(10, 40)), width, height) - np.float32(rng.uniform(0.05, 0.12 if mild else 0.3))) * 5, 0, 1)
        cover *= worn
    if rng.random() < 0.25:
        cover *= np.float32(rng.uniform(0.6 if mild else 0.4, 0.95))
    raised = None
    if rng.random() < 0.35:
        # Raised characters catch light on one side.
        soft = cv2.GaussianBlur(cover, (0, 0), 0.8)
        dx, dy = int(rng.integers(-1, 2)), int(rng.integers(-1, 2))
        raised = (np.roll(soft, (dy, dx), (0, 1)) - np.roll(soft, (-dy, -dx), (0, 1))) * np.float32(rng.uniform(20, 110))
    cover = cover[..., None]
    colour = np.empty_like(picture)
    colour[:] = ink
    if red_at:
        colour[:, red_at[0] : red_at[1]] = np.clip(np.array((45, 35, 200), np.float32) + rng.normal(0, 18, 3), 0, 255)
    picture += (colour - picture) * cover
    if raised is not None:
        picture += raised[..., None]

    bolts_x = (0.25, 0.75) if plate.width >= 300 else (0.2, 0.8)
    for bx in bolts_x:
        for by in (7.0, plate.height - 7):
            if rng.random() < 0.6:
                centre = (round((plate.width * bx + rng.normal(0, 8)) * s), round((by + rng.normal(0, 2)) * s))
                size = max(1, round(rng.uniform(3, 10) * s))
                cv2.circle(picture, centre, size, tuple(float(v) for v in rng.uniform(40, 240, 3)), -1)
                if rng.random() < 0.3:
                    cv2.circle(picture, (centre[0], centre[1] + 1), size, (30.0, 30.0, 30.0), 1)
    if rng.random() < 0.25:
        dirt = np.clip((_smooth(rng, int(rng.integers(2, 8)), int(rng.integers(4, 20)), width, height) - np.float32(rng.uniform(0.5, 0.85))) * 3, 0, np.float32(rng.uniform(0.2, 0.5 if mild else 0.8)))[..., None]
        picture += (rng.uniform(30, 150, 3).astype(np.float32) - picture) * dirt
    if rng.random() < 0.1:
        for _ in range(int(rng.integers(1, 4))):
            a, b = rng.uniform(0, 1, (2, 2)) * (width, height)
            cv2.line(picture, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), tuple(float(v) for v in rng.uniform(30, 230, 3)), 1)
    if rng.random() < 0.22:
        # A frame around the plate that covers its rim.
        grey = float(rng.uniform(5, 90) if rng.random() < 0.6 else rng.uniform(140, 235))
        tint = tuple(float(v) for v in np.clip(grey + rng.normal(0, 8, 3), 0, 255))
        sides = [round(v * s) for v in rng.uniform(0, 11, 4)]
        if rng.random() < 0.4:
            sides[1] = round(rng.uniform(8, 20) * s)
        picture[: sides[0]] = tint
        picture[height - sides[1] :] = tint
        picture[:, : sides[2]] = tint
        picture[:, width - sides[3] :] = tint
        if sides[1] * 2 > 12 and rng.random() < 0.6:
            for x in range(int(width * 0.25), int(width * 0.75), max(2, round(9 * s))):
                if rng.random() < 0.8:
                    cv2.line(picture, (x, height - sides[1] + 2), (x + int(rng.integers(0, 3)), height - 2), (200.0, 200.0, 200.0), 1)
    if rng.random() < 0.3:
        edge = np.clip((_ramp(rng, width, height) + np.float32(rng.uniform(-0.6, 0.6))) * np.float32(rng.uniform(1, 10)), 0, 1)[..., None]
        if rng.random() < 0.6:
            picture *= 1 - edge * np.float32(rng.uniform(0.3, 0.6 if mild else 0.8))
        else:
            picture += edge * np.float32(rng.uniform(20, 80 if mild else 150))
    if rng.random() < 0.08:
        # Bent: rows shift along a wave.
        x = np.linspace(0, 1, width, dtype=np.float32)
        bow = np.float32(rng.uniform(-5, 5) * s) * np.sin(np.float32(np.pi) * (x * np.float32(rng.uniform(0.5, 1.6)) + np.float32(rng.uniform(0, 1))))
        mx = np.repeat(np.arange(width, dtype=np.float32)[None], height, 0)
        my = np.arange(height, dtype=np.float32)[:, None] + bow[None]
        picture = cv2.remap(picture, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(picture, 0, 255)


def random_plate(rng: Rng, kind: str | None = None) -> Plate:
    kind = kind or list(KINDS)[rng.choice(len(_SHARES), p=_SHARES)]
    return draw_plan(rng, kind, text_of(rng, kind))
