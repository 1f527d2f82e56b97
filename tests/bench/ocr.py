"""Pages taken in with their text, against `ocrmypdf` on the same pages.

Both read every page with the same engine and languages on all the cores there are. They don't
do the same work. Ocrmypdf makes a PDF with the text behind the picture. Vouchsafe makes ALTO
and a preview, checks the picture, looks for barcodes and fields, decodes in a confined worker,
and seals and records each page.
"""

import os
import shutil

from measure import PAGES, Done, median, say
from reading import TAKE
from rounds import Rounds

ROUNDS = 3
OURS = "vouchsafe ingest"
#: By the name of a variant: its output, and whether a page is a document of its own.
VARIANTS = {
    "ocrmypdf, one a page": ([], True),
    "ocrmypdf, one a page, plain PDF": (["--output-type", "pdf"], True),
    "ocrmypdf, all at once, plain PDF": (["--output-type", "pdf"], False),
}


def ocr(benchmark):
    # Here, for the other parts do without it.
    import img2pdf

    where = benchmark.folder / "ocr"
    pages = where / "pages"
    pages.mkdir(parents=True)
    for page in PAGES:
        shutil.copy(page, pages)
    names = where / "names"
    names.write_text("".join(f"{page.name}\n" for page in PAGES))
    # Putting the pages together is not counted.
    document = where / "all.pdf"
    document.write_bytes(img2pdf.convert([str(page) for page in PAGES]))
    # What it keeps for a while, it keeps on the same disk as we do.
    env = dict(os.environ, HOME=where, TMPDIR=where)
    cores = str(len(os.sched_getaffinity(0)))
    rounds = Rounds([OURS, *VARIANTS], {"ocrmypdf": list(VARIANTS)})

    def act(name, n):
        if name == OURS:
            archive = benchmark.init(f"ocr/archive-{n}")
            return Done([benchmark.vouchsafe, "--archive", archive, "ingest", pages, *TAKE], codes=(0, 3))
        flags, is_page = VARIANTS[name]
        out = where / f"{n} {name}"
        out.mkdir()
        read = ["ocrmypdf", "--quiet", "-l", "chi_sim+eng", *flags, "--jobs"]
        if not is_page:
            return Done([*read, cores, document, out / "all.pdf"], env=env)
        each = [*read, "1", pages / "{}", out / "{}.pdf"]
        return Done(["xargs", "--arg-file", names, "-P", cores, "-I{}", *each], env=env)

    say(f"ocr: {len(PAGES)} pages, {cores} cores; {ROUNDS} rounds in turn, medians")
    rounds.run(ROUNDS, act)
    say(f"  {'':38} {'wall s':>7} {'CPU s':>7} {'pages a CPU second':>19}")
    for name in rounds.names:
        wall, cpu = (median(rounds.figures(name, figure)) for figure in ("wall_seconds", "cpu_seconds"))
        say(f"  {name:38} {wall:7.2f} {cpu:7.2f} {len(PAGES) / cpu:19.3f}")
    rounds.judge("ocr")
    shutil.rmtree(where)
