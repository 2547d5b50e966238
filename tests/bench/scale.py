"""The map page at 10,000, 500,000 and 1,000,000 footprints, side by side."""

from contextlib import ExitStack
from pathlib import Path

from tests.bench.browsing import Tab, tab
from tests.bench.cities import SCALES, dense_place, scale_city
from tests.bench.map_page import MAP, Trial, _choose_colour, _drag, _first_map, trial
from tests.bench.report import Target, part, rows, targets

OPENED_AT_Z14, PANNED = "first map, z14", "pan, z14"


def _measure(found: Trial) -> None:
    with tab(found.product.base) as page:
        found.add("first map, whole city", page.open("/map", MAP, has_map=True))
        _recolour(found, page, "recolour, whole city")
    with tab(found.product.base) as page:
        found.add(OPENED_AT_Z14, page.open(dense_place(found.city).path, MAP, has_map=True))
        _recolour(found, page, "recolour, z14")
        found.add(PANNED, page.act(_drag, MAP, is_answered=False))


def _recolour(found: Trial, page: Tab, name: str) -> None:
    # Several: one takes a few tenths of a second, of which a passing disturbance is half.
    for number in (3, 1, 4, 2, 3):
        found.add(name, _choose_colour(page, number))


def scale(folder: Path, repeats: int) -> str:
    """Markdown: time, bytes and server memory by the size of the city."""
    with ExitStack() as stack:
        trials = {size: stack.enter_context(trial(scale_city(size), folder / str(size))) for size in SCALES}
        for _ in range(repeats):
            for size, found in trials.items():
                print(f" {size:,}", flush=True)
                _measure(found)
        memory = {size: found.product.settled_memory() for size, found in trials.items()}
    names = list(next(iter(trials.values())).seen)
    found_values: list[tuple[str, str, dict[int, float]]] = []
    for name in names:
        found_values.append((f"{name}, s", "{:.2f}", {n: t.of(name, _first_map) for n, t in trials.items()}))
    opened = {n: t.of(OPENED_AT_Z14, lambda s: s.beyond_streamlit) for n, t in trials.items()}
    for name in names:
        before = opened if name == PANNED else dict.fromkeys(trials, 0.0)
        sent = {n: (before[n] + t.of(name, lambda s: s.beyond_streamlit)) / 1000 for n, t in trials.items()}
        said = f"{OPENED_AT_Z14}, and a pan" if name == PANNED else name
        found_values.append((f"{said}, kB beyond Streamlit's files", "{:.0f}", sent))
    found_values.append(("server's own memory, MB", "{:.0f}", {n: m.own_mb for n, m in memory.items()}))
    found_values.append(
        ("server's share of all memory (PSS), MB", "{:.0f}", {n: m.pss_mb for n, m in memory.items()})
    )
    body = [
        [name, *(form.format(values[n]) for n in SCALES), _ratio(values)]
        for name, form, values in found_values
    ]
    groups = {
        "time": ", s",
        "bytes": "kB beyond Streamlit's files",
        "server memory": "server's own memory, MB",
    }
    wanted = [
        Target(
            f"{group}: largest ÷ smallest of the three cities (worst row)",
            max(_spread(v) for name, _, v in found_values if name.endswith(ending)),
            1.3,
        )
        for group, ending in groups.items()
    ]
    return part(
        "The same at 10,000, 500,000 and 1,000,000 footprints",
        repeats,
        "Three servers at once, measured in turn. It is one city of the demo generator's with the same 7,000 "
        "communities (as many as Beijing has from before 2000) and so many footprints: 10,000 around the place of the "
        "second view, 500,000, and 1,000,000. What a view shows costs what it shows; so the place at z14 holds about "
        "as many footprints in each of them, and what is left is what the size of the city costs. The pan's bytes are "
        "told with those of the opening before it.",
        rows(["", *(f"{n:,}" for n in SCALES), "largest ÷ smallest"], body),
        targets(wanted),
    )


def _spread(values: dict[int, float]) -> float:
    low = min(values.values())
    return max(values.values()) / low if low > 0 else 1.0


def _ratio(values: dict[int, float]) -> str:
    return f"{_spread(values):.2f}"
