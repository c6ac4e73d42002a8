"""Measure Tegata against its peers, and print the ratios; nothing is asserted.

`python benches/python/run.py [--quick] [--only rust|python] [--python PATH]`
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import environment
import material
import report
import targets
from conversation import Described, Side
from results import BARE, TEGATA, Results
from rounds import FULL, QUICK, Pace, Work, measure

WORKS = [
    Work(operation, algorithm, size)
    for size in material.SIZES
    for operation in ("decode", "encode")
    for algorithm in material.ALGORITHMS
]
IN_TWO_THREADS = {
    Work(operation, algorithm, "small")
    for operation in ("decode", "encode")
    for algorithm in ("HS256", "RS256")
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="take one or two minutes, less steadily"
    )
    parser.add_argument("--only", choices=["rust", "python"], help="measure one language only")
    parser.add_argument("--python", type=Path, help="the interpreter; the newest one by default")
    arguments = parser.parse_args()
    pace = QUICK if arguments.quick else FULL

    programs = environment.build_rust()
    folder = environment.target_folder() / "benches" / "material"
    material.write(folder)
    subprocess.run([programs / "material", folder], check=True)
    everything: list[Results] = []
    wanted: list[targets.Target] = []
    with Side(programs / "worker", folder) as rust:
        if arguments.only != "python":
            results = of_rust(rust, pace)
            everything.append(results)
            wanted += targets.of_rust(results)
            show(report.ratios(results, bare_for_secrets=True))
            show(report.threads(results))
            counted = subprocess.run(
                [programs / "allocations", folder], check=True, capture_output=True, text=True
            )
            show(report.allocations(json.loads(counted.stdout)))
        if arguments.only != "rust":
            made = environment.make(arguments.python or environment.newest_interpreter())
            worker = Path(__file__).resolve().with_name("worker.py")
            with Side(made.python, worker, folder, made.apart) as python:
                results = of_python(python, rust, pace)
            everything.append(results)
            wanted += targets.of_python(results)
            show(report.ratios(results, bare_for_secrets=False))
            show(report.threads(results))
    show(report.targets(wanted))
    for results in everything:
        show(report.notes(results))
    print(report.machine(everything))


def of_rust(rust: Side, pace: Pace) -> Results:
    """Measure the libraries of Rust, and the bare operation."""
    versions = _locked_versions()
    peers = [
        Described(peer["name"], f"{peer['package']} {versions[peer['package']]}", peer["note"])
        for peer in rust.ask("peers")
    ]
    results = Results("Rust", peers)
    _measure(results, [(rust, peer.name) for peer in peers], pace)
    _show_flaws(results, rust)
    return results


def of_python(python: Side, rust: Side, pace: Pace) -> Results:
    """Measure the libraries of Python, with the bare operation of Rust in between."""
    answer = python.ask("peers")
    peers = [Described(**peer) for peer in answer["present"]]
    results = Results(f"Python {answer['version']}", peers, absent=answer["absent"])
    runners = [(python, peer.name) for peer in peers]
    _show_flaws(results, python)
    _measure(results, [*runners, (rust, BARE)], pace)
    return results


def _measure(results: Results, runners: list[tuple[Side, str]], pace: Pace) -> None:
    for work in WORKS:
        print(f"bench: {results.language}, {work}", file=sys.stderr)
        threads = (1, 2) if work in IN_TWO_THREADS else (1,)
        results.found[work] = measure(work, runners, pace, threads)


def _show_flaws(results: Results, side: Side) -> None:
    """Show each library a flawed token of every kind, and keep which ones it takes for good."""
    for peer in (TEGATA, *results.names()):
        if any(peer == described.name for described in results.peers):
            results.taken_flaws[peer] = side.takes(peer, list(material.FLAWS))


def _locked_versions() -> dict[str, str]:
    command = ["cargo", "metadata", "--format-version", "1"]
    manifest = Path(__file__).resolve().parents[1] / "rust" / "Cargo.toml"
    done = subprocess.run(
        [*command, "--manifest-path", manifest], check=True, capture_output=True, text=True
    )
    return {found["name"]: found["version"] for found in json.loads(done.stdout)["packages"]}


def show(lines: Iterable[str]) -> None:
    """Print a table and an empty line."""
    print("\n".join(lines), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
