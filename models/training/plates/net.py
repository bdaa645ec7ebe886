"""The network: convolutions down to one row of 32 columns, context along the row, CTC; heads for colour and layout."""

import torch
import torch.nn.functional as F
from torch import nn

from alphabet import COLOURS, LAYOUTS, SYMBOLS


def conv(i, o, k=3, s=1, p=1):
    return nn.Sequential(nn.Conv2d(i, o, k, s, p, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, channels, kernel=3, padding=1):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel, 1, padding, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(x + self.norm(self.conv(x)))


class PlateNet(nn.Module):
    """[n,3,32,128] -> logits [n,32,SYMBOLS], colour [n,5], layout [n,3]."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv(3, 32, 6, 2, 2),
            conv(32, 48), nn.MaxPool2d(2),
            conv(48, 96), Residual(96), nn.MaxPool2d((2, 1)),
            conv(96, 128), Residual(128), nn.MaxPool2d((2, 1)),
            conv(128, 128, (2, 1), 1, 0),
        )
        self.context = nn.Sequential(Residual(128, (1, 5), (0, 2)), Residual(128, (1, 5), (0, 2)))
        self.drop = nn.Dropout(0.1)
        self.read = nn.Conv2d(256, SYMBOLS, 1)
        self.colour = nn.Linear(128, len(COLOURS))
        self.layout = nn.Linear(256, len(LAYOUTS))

    def forward(self, x):
        f = self.features(x)
        c = self.context(f)
        both = torch.cat([f, c], 1)
        logits = self.read(self.drop(both)).squeeze(2).permute(0, 2, 1)
        return logits, self.colour(f.mean((2, 3))), self.layout(both.mean((2, 3)))
