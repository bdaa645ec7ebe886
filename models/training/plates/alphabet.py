"""The symbols of the reader, in the order of its outputs (functions/core/plates/alphabet.ts). Symbol 0 is the CTC blank."""

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"
SUFFIXES = "学警港澳挂使领"
CHARS = PROVINCES + LETTERS + DIGITS + SUFFIXES
SYMBOLS = len(CHARS) + 1
SYMBOL_OF = {char: index + 1 for index, char in enumerate(CHARS)}

COLOURS = ["blue", "yellow", "green", "white", "black"]
LAYOUTS = ["single", "double", "neither"]
WIDTH, HEIGHT = 128, 32
MAX_LENGTH = 8

# A double-row plate is read as one line: its bands side by side. Shares of the whole plate, columns of the picture.
# The same numbers stand in models/platerec/card.json.
UPPER = {"left": 0.19, "right": 0.81, "top": 0.02, "bottom": 0.39, "columns": 44}
LOWER = {"left": 0.00, "right": 1.00, "top": 0.36, "bottom": 0.99, "columns": 84}
