"""Draws what `ceiling` measured, and prints it as tables.

    python3 tests/ceiling_plot.py FIGURES.csv PLOT.svg

Three panels over the number of records: how long answers take, what lies on disk and in memory,
how long opening takes. Both axes of each are logarithmic. The tables go to standard output, in
Markdown.
"""

import csv
import itertools
import math
import pathlib
import sys
from xml.sax.saxutils import escape

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#4d4d4d", "#b2182b", "#5e3c99", "#1b7837", "#e08214", "#000000")
P99 = ": p99 computed"
AIM_MS = 5
#: What a panel shows: its title, its unit, and the figures with their labels; factors make one unit of them.
SPACE = {
    "ledger on disk": ("ledger", 1 / 1024),
    "catalog on disk": ("catalog", 1 / 1024),
    "memory opened": ("memory, opened", 1 / 1024),
    "memory after all questions": ("memory, all asked", 1 / 1024),
}
OPENING = {
    "opened level (computed)": ("catalog level", 1),
    "opened 1 % behind (computed)": ("1 % behind", 1),
    "opened without catalog (computed)": ("no catalog: replay", 1),
}
#: What is drawn for less: figures have three digits, and a logarithm knows no zero.
LEAST = 0.0005
WIDTH, HEIGHT = 480, 400
LEFT, RIGHT, TOP, BOTTOM = 52, 185, 44, 52


def read(path):
    """Figures by name: points of (records, value), and the unit. Of a size that was measured more
    than once, the last."""
    figures = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            points, _ = figures.setdefault(row["figure"], ({}, row["unit"]))
            points[int(row["records"])] = float(row["value"])
    return {name: (sorted(points.items()), unit) for name, (points, unit) in figures.items()}


def records(number):
    return f"{number / 1e6:g} M" if number >= 1e6 else f"{number / 1e3:g} k"


def spread(wanted, apart, lowest, highest):
    """Places near those wanted, in the same order, so far apart that labels can be read."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    places = [0.0] * len(wanted)
    place = -math.inf
    for n in order:
        place = places[n] = max(wanted[n], place + apart, lowest)
    place = highest + apart
    for n in reversed(order):
        place = places[n] = min(places[n], place - apart)
    return places


class Panel:
    def __init__(self, title, unit, lines, aim=None):
        self.title, self.unit, self.aim = title, unit, aim
        self.lines = [(label, [(x, max(y, LEAST)) for x, y in points]) for label, points in lines if points]
        across = [x for _, points in self.lines for x, _ in points]
        along = [y for _, points in self.lines for _, y in points] + ([aim] if aim else [])
        self.ticks = sorted(set(across))
        self.left, self.right = math.log10(min(across)), math.log10(max(across))
        self.low, self.high = math.floor(math.log10(min(along))), math.ceil(math.log10(max(along)))

    def x(self, value):
        share = (math.log10(value) - self.left) / ((self.right - self.left) or 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        share = (math.log10(value) - self.low) / ((self.high - self.low) or 1)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def svg(self, at):
        out = [f'<g transform="translate({at},0)">', text(LEFT, 22, f"{self.title}, {self.unit}", weight="bold")]
        out += [self.axis_along(), self.axis_across()]
        if self.aim:
            y = self.y(self.aim)
            out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#b00" stroke-dasharray="5 4"/>')
            out.append(text(LEFT + 4, y - 5, f"aim {self.aim} {self.unit}", colour="#b00"))
        ends = spread([self.y(points[-1][1]) for _, points in self.lines], 14, TOP, HEIGHT - BOTTOM)
        for (label, points), colour, end in zip(self.lines, itertools.cycle(COLOURS), ends):
            out.append(self.line(label, points, colour, end))
        return "\n".join([*out, "</g>"])

    def axis_along(self):
        out = []
        for power in range(self.low, self.high + 1):
            y = self.y(10**power)
            out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            out.append(text(LEFT - 6, y + 4, f"{10.0**power:g}", anchor="end"))
        return "\n".join(out)

    def axis_across(self):
        bottom = HEIGHT - BOTTOM
        out = [f'<path d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}" fill="none" stroke="#333"/>']
        last = -math.inf
        for tick in self.ticks:
            x = self.x(tick)
            out.append(f'<path d="M{x:.1f} {bottom}v5" stroke="#333"/>')
            if x - last >= 40:
                out.append(text(x, bottom + 19, records(tick), anchor="middle"))
                last = x
        out.append(text((LEFT + WIDTH - RIGHT) / 2, bottom + 40, "records", anchor="middle"))
        return "\n".join(out)

    def line(self, label, points, colour, end):
        places = [(self.x(x), self.y(y)) for x, y in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in places)
        x, y = places[-1]
        lead = f'<path d="M{x + 3:.1f} {y:.1f}L{WIDTH - RIGHT + 10} {end:.1f}" stroke="{colour}" stroke-width=".6"/>'
        name = text(WIDTH - RIGHT + 12, end + 4, label, colour=colour, size=10.5)
        return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>{dots}{lead}{name}'


def text(x, y, words, anchor="start", colour="#222", weight="normal", size=11.5):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'font-size="{size}" font-weight="{weight}">{escape(words)}</text>'
    )


def panels(figures):
    answers = [(name.removesuffix(P99), points) for name, (points, _) in figures.items() if name.endswith(P99)]

    def scaled(chosen):
        return [
            (label, [(x, y * factor) for x, y in figures[name][0]])
            for name, (label, factor) in chosen.items() if name in figures
        ]

    return [
        Panel("Time computed for an answer, p99", "ms", answers, aim=AIM_MS),
        Panel("On disk and in memory", "GiB", scaled(SPACE)),
        Panel("Time computed to open", "s", scaled(OPENING)),
    ]


def drawn(figures):
    all_of_them = panels(figures)
    body = "\n".join(panel.svg(place * WIDTH) for place, panel in enumerate(all_of_them))
    width = WIDTH * len(all_of_them)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" '
        f'viewBox="0 0 {width} {HEIGHT}" font-family="sans-serif">\n'
        f'<title>An archive as it grows</title>\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def digits(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head, rows):
    return "\n".join(["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]])


def tables(figures):
    sizes = sorted({x for points, _ in figures.values() for x, _ in points})
    head = ["", *(records(size) for size in sizes)]
    plain, answers = [], {}
    for name, (points, unit) in figures.items():
        cells = {x: digits(y) for x, y in points}
        question, of, percentile = name.partition(": p")
        if of:
            answers.setdefault(question, {})[percentile] = cells
        elif unit != "commits":
            plain.append([f"{name}, {unit}", *(cells.get(size, "") for size in sizes)])
    asked = [
        [question, *("; ".join(parts[p].get(size, "") for p in ("50", "99", "99 computed")) for size in sizes)]
        for question, parts in answers.items()
    ]
    return table(head, plain) + "\n\nms: p50; p99; p99 of the time computed\n\n" + table(head, asked)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    figures = read(sys.argv[1])
    pathlib.Path(sys.argv[2]).write_text(drawn(figures), encoding="utf-8")
    print(tables(figures))


if __name__ == "__main__":
    main()
