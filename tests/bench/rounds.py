"""Comparing whole programs on the same files, in rounds and in turn: what else the machine does
then falls on all of them alike."""

import os

from measure import judge, median, say


class Rounds:
    """What contenders used, by their names. Ours is the first."""

    def __init__(self, names, rivals):
        self.names = names
        #: The names of each rival's variants: we are held against the best of them.
        self.rivals = rivals
        self.done = {name: [] for name in names}

    def run(self, rounds, act):
        """`act(name, n)` lets a contender do its work in round `n` and answers what it used."""
        for n in range(rounds):
            for name in self.names:
                # What was written before is not to be synced at the contender's cost.
                os.sync()
                self.done[name].append(act(name, n))
            used = (f"{self.done[name][n].wall_seconds:.2f}/{self.done[name][n].cpu_seconds:.2f}" for name in self.names)
            say(f"  round {n}, wall/CPU s: {'  '.join(used)}")

    def figures(self, name, figure):
        return [getattr(done, figure) for done in self.done[name]]

    def ratios(self, rival, figure):
        """For each round, how many times as much the better variant of a rival used."""
        best = min(self.rivals[rival], key=lambda name: median(self.figures(name, figure)))
        ours = self.figures(self.names[0], figure)
        return [theirs / our for theirs, our in zip(self.figures(best, figure), ours)]

    def judge(self, of):
        """Says how far ahead of each rival we are; `of` names what was compared."""
        for rival in self.rivals:
            for what, figure in (("wall", "wall_seconds"), ("CPU", "cpu_seconds")):
                ratio = median(self.ratios(rival, figure))
                judge(f"  {f'{of}, {what}, ratio to {rival}':38} {ratio:7.2f}", ratio, 1)
