"""Pages read in a second of CPU, against one `tesseract` process a page."""

import os
import shutil

from measure import PAGES, Done, judge, say

ROUNDS = 3
#: Whose vouchers they are; without it every page is an exception.
TAKE = ["--branch", "0012", "--client", "8800012345"]


def reading(benchmark):
    """Every page is taken in as a record of its own, sealing included; against it stock
    tesseract reads the same files as they are, with the same languages, to ALTO."""
    batch = benchmark.folder / "pages"
    batch.mkdir()
    for n in range(ROUNDS):
        for page in PAGES:
            shutil.copy(page, batch / f"{n}-{page.name}")
    pages = sorted(batch.iterdir())
    ours = Done([benchmark.vouchsafe, "--archive", benchmark.init("read"), "ingest", batch, *TAKE], codes=(0, 3))
    one_thread = dict(os.environ, OMP_THREAD_LIMIT="1")
    plain = sum(
        Done(["tesseract", page, benchmark.folder / "alto", "-l", "chi_sim+eng", "alto"], env=one_thread).cpu_seconds
        for page in pages
    )
    say(f"reading: {len(pages)} pages")
    say(f"  taken in, sealing included   {len(pages) / ours.cpu_seconds:6.3f} pages a CPU second")
    say(f"  one tesseract process a page {len(pages) / plain:6.3f} pages a CPU second")
    ratio = plain / ours.cpu_seconds
    judge(f"  ratio                        {ratio:6.2f}", ratio, 1.2)
