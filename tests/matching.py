"""How many sheets of a drawn day need a person, by OCR engine.

matching.py PROGRAM SET MODELS RUNTIME FIGURES.csv: SET is what `tests/ocr-set SET test COUNT DRAWING BRANCH` drew. For each
engine a new archive gets the day's flows and scans the sheets. Every sheet that stands for a task is held against what
is printed on it; of the others it is told why they wait.
"""

import collections
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

CLASSES = {
    "opening": "opening-application",
    "institution-opening": "opening-application",
    "agreement": "client-contract",
    "information-change": "information-change",
    "agency-securities": "agency-voucher",
    "custody": "custody-voucher",
    "fund-transfer": "asset-voucher",
}
PEOPLE = """person,account,role,branch,from,to
1,ops,operations-department,,2026-01-01,
2,clerk,clerk,{branch},2026-01-01,
"""


def main(program, drawn, models, runtime, figures):
    drawn = pathlib.Path(drawn)
    truths = [json.loads(file.read_text("utf-8")) for file in sorted((drawn / "truth").glob("*.json"))]
    with (drawn / "flows.csv").open(encoding="utf-8") as file:
        branch = next(csv.DictReader(file))["branch"]
    truth = {pathlib.PurePath(one["file"]).name: one for one in truths}
    with open(figures, "w", encoding="utf-8") as out:
        print("engine,sheets,code,figure,value", file=out)
        for engine in ("tesseract", "paddle"):
            tell(engine, truth, day(program, drawn, branch, reading(engine, models, runtime)), out)


def reading(engine, models, runtime):
    if engine == "tesseract":
        return 'engine = "tesseract"\n'
    library = f'runtime = "ort"\nonnxruntime = "{pathlib.Path(runtime).resolve()}"\n' if runtime else ""
    return f'engine = "paddle"\nmodels = "{pathlib.Path(models).resolve()}"\n{library}'


def day(program, drawn, branch, said):
    """The rows of the sheets taken in, the tasks that have images, and what waits, each by record."""
    with tempfile.TemporaryDirectory(prefix="matching-", dir=drawn.parent) as folder:
        folder = pathlib.Path(folder)

        def run(*args, rcs=(0,)):
            command = [program, *args, "--archive", folder / "archive", "--quiet"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode not in rcs:
                sys.exit(f"{args}: {done.returncode}\n{done.stderr}")
            return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

        run("init", "--name", "Matching")
        settings = folder / "archive" / "vouchsafe.toml"
        text = re.sub(r"(?m)^(engine|models|runtime|onnxruntime) .*\n", "", settings.read_text("utf-8"))
        settings.write_text(text.replace("[reading]\n", "[reading]\n" + said), "utf-8")
        people = folder / "people.csv"
        people.write_text(PEOPLE.format(branch=branch), "utf-8")
        run("import", "people", people)
        run("import", "flows", drawn / "flows.csv", "--as", "ops")
        began = time.monotonic()
        rows = run("ingest", drawn / "vouchers", "--branch", branch, "--as", "clerk", "--json", rcs=(0, 3))
        seconds = time.monotonic() - began
        flows = run("flow", "--branch", branch, "--date", "2026-11-20", "--json")
        tasks = {}
        for flow in flows:
            for task in flow["tasks"]:
                if "record" in task["standing"]:
                    tasks[task["standing"]["record"]] = (flow["flow"], task["class"])
        waiting = {row["record"]: row["why"] for row in run("exception", "--json")}
    return seconds, rows, tasks, waiting


def tell(engine, truth, outcome, out):
    seconds, rows, tasks, waiting = outcome
    right, wrong, person = collections.Counter(), [], collections.Counter()
    sheets = collections.Counter()
    for row in rows:
        name = pathlib.PurePath(row["file"]).name
        printed, record = truth[name], row["record"]
        code = "coded" if printed["barcodes"] else "uncoded"
        sheets[code] += 1
        if record in tasks:
            meant = (printed["fields"].get("flow_no"), CLASSES.get(printed["kind"]))
            if tasks[record] == meant:
                right[code] += 1
            else:
                wrong.append((name, tasks[record], meant))
        else:
            person[code, waiting.get(record, "nowhere")] += 1
    print(f"{engine}: {len(rows)} sheets of {len(truth)} in {seconds:.0f} s")
    for code, count in sorted(sheets.items()):
        whys = {why: n for (of, why), n in sorted(person.items()) if of == code}
        print(f"  {code}: {right[code]} of {count} stand for their task, {sum(whys.values())} for a person: {whys}")
        figures = {"right": right[code], **whys}
        for figure, value in figures.items():
            print(f"{engine},{count},{code},{figure},{value}", file=out)
    print(f"  for another task than their own: {len(wrong)}")
    for one in wrong:
        print(f"    {one}")
    print(f"{engine},{len(rows)},,wrong,{len(wrong)}", file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
