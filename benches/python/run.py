"""Measure Tegata against its peers, and print the ratios; nothing is asserted.

`python benches/python/run.py [--quick] [--only rust|python|requests|axum] [--python PATH]`
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import environment
import material
import on_axum
import report
import targets
import whole_requests.measure
import whole_requests.report
import whole_requests.targets
from conversation import Described, Side
from results import BARE, TEGATA, Results
from rounds import FULL, QUICK, Pace, Work, measure

PARTS = ("rust", "python", "requests", "axum")
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


@dataclass
class Closing:
    """What is printed after all tables."""

    wanted: list[targets.Target] = field(default_factory=list)
    notes: list[Iterable[str]] = field(default_factory=list)
    spreads: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="take some minutes, less steadily")
    parser.add_argument("--only", choices=PARTS, help="measure one part only")
    parser.add_argument("--python", type=Path, help="the interpreter; the newest one by default")
    arguments = parser.parse_args()
    parts = {arguments.only} if arguments.only else set(PARTS)

    folder = environment.target_folder() / "benches" / "material"
    material.write(folder)
    closing = Closing()
    if parts & {"rust", "python"}:
        measure_tokens(parts, folder, arguments, closing)
    if "requests" in parts:
        measure_requests(folder, arguments, closing)
    if "axum" in parts:
        on_axum.measure(is_quick=arguments.quick)
    if closing.wanted:
        show(report.targets(closing.wanted))
    for lines in closing.notes:
        show(lines)
    if closing.spreads:
        print(report.machine(closing.spreads))


def measure_tokens(
    parts: set[str], folder: Path, arguments: argparse.Namespace, closing: Closing
) -> None:
    """Measure reading and writing tokens, and print the tables."""
    pace = QUICK if arguments.quick else FULL
    programs = environment.build_rust()
    subprocess.run([programs / "material", folder], check=True)
    everything: list[Results] = []
    with Side(programs / "worker", folder) as rust:
        if "rust" in parts:
            results = of_rust(rust, pace)
            everything.append(results)
            closing.wanted += targets.of_rust(results)
            show(report.ratios(results, bare_for_secrets=True))
            show(report.threads(results))
            counted = subprocess.run(
                [programs / "allocations", folder], check=True, capture_output=True, text=True
            )
            show(report.allocations(json.loads(counted.stdout)))
        if "python" in parts:
            made = environment.make(interpreter(arguments))
            worker = Path(__file__).resolve().with_name("worker.py")
            with Side(made.python, worker, folder, made.apart) as python:
                results = of_python(python, rust, pace)
            everything.append(results)
            closing.wanted += targets.of_python(results)
            show(report.ratios(results, bare_for_secrets=False))
            show(report.threads(results))
    for results in everything:
        closing.notes.append(report.notes(results))
        closing.spreads += results.spreads(TEGATA)


def measure_requests(folder: Path, arguments: argparse.Namespace, closing: Closing) -> None:
    """Measure whole requests, and print the tables."""
    python = environment.make_for_requests(interpreter(arguments))
    databases = environment.target_folder() / "benches" / "requests"
    pace = whole_requests.measure.QUICK if arguments.quick else whole_requests.measure.FULL
    results = whole_requests.measure.measure(python, databases, folder, pace)
    for table in whole_requests.report.tables(results):
        show(table)
    closing.wanted += whole_requests.targets.wanted(results)
    closing.notes.append(whole_requests.report.notes(results))
    closing.spreads += results.spreads()


def interpreter(arguments: argparse.Namespace) -> Path:
    """The interpreter to make environments with."""
    named: Path | None = arguments.python
    return named or environment.newest_interpreter()


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
