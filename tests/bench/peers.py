"""The product's map against the two plain ways of putting footprints on a Streamlit page."""

from pathlib import Path

from tests.bench.browsing import KINDS, tab
from tests.bench.cities import city
from tests.bench.map_page import EMPTY, MAP, Trial, first_still
from tests.bench.measure import PROJECT_DIR
from tests.bench.report import Target, part, rows, targets
from tests.bench.servers import BENCH_APP, PRODUCT, serving

ASSETS = PROJECT_DIR / "dashboard" / "static" / "vendor"
WAYS = ("st_folium, GeoJSON", "pydeck, inlined", "the product")


def peers(folder: Path, repeats: int, footprints: int = 100_000) -> str:
    """Markdown: first map and bytes of the product, of st_folium with GeoJSON and of inlined pydeck."""
    made = city(footprints)
    with (
        serving(PRODUCT, made.env, folder) as product,
        serving(BENCH_APP, {**made.env, "BENCH_ASSETS": str(ASSETS)}, folder) as bench,
    ):
        found = Trial(made, product, bench)
        looks = (
            (WAYS[0], bench.base, "/old_buildings", EMPTY),
            (WAYS[1], bench.base, "/data", EMPTY),
            (WAYS[2], product.base, "/map", MAP),
        )
        for number in range(repeats + 1):
            for name, base, path, ready in looks:
                with tab(base) as page:
                    seen = page.open(path, ready, seconds=240)
                if number:  # the first round lets every server read what it keeps
                    found.add(name, seen)
    # folium draws in a frame that the recorder can't see: its page counts as still when nothing moves any more.
    still = {name: found.of(name, lambda s: s.still_s) for name in WAYS}
    first = still | {WAYS[2]: found.of(WAYS[2], first_still)}
    sent = {name: found.of(name, lambda s: s.beyond_streamlit) for name in WAYS}
    body = [
        [
            name,
            f"{first[name]:.2f}",
            f"{first[name] / first[WAYS[2]]:.1f}",
            f"{still[name]:.2f}",
            f"{still[name] / still[WAYS[2]]:.1f}",
            *(f"{found.of(name, lambda s, k=kind: s.bytes[k]) / 1000:.0f}" for kind in KINDS),
            f"{sent[name] / sent[WAYS[2]]:.1f}",
        ]
        for name in WAYS
    ]
    return part(
        f"Against the plain ways, {footprints:,} footprints",
        repeats,
        "Each server has shown its page once and keeps what it read; a new browser each time. Still: nothing is under "
        "way and nothing moves. All three show the whole city by decade; the product shows communities at this zoom. "
        "Its first still map is its server's picture (see the first map above); the others have none before they "
        "are drawn.",
        rows(
            [
                "way",
                "first still map s",
                "÷ product",
                "whole page still s",
                "÷ product",
                *(f"{k} kB" for k in KINDS),
                "bytes ÷ product",
            ],
            body,
        ),
        targets(
            [
                Target(
                    "st_folium ÷ product, first still map",
                    first[WAYS[0]] / first[WAYS[2]],
                    10,
                    is_upper=False,
                ),
                Target(
                    "inlined pydeck ÷ product, first still map",
                    first[WAYS[1]] / first[WAYS[2]],
                    6,
                    is_upper=False,
                ),
                Target("st_folium ÷ product, bytes", sent[WAYS[0]] / sent[WAYS[2]], 20, is_upper=False),
                Target("inlined pydeck ÷ product, bytes", sent[WAYS[1]] / sent[WAYS[2]], 20, is_upper=False),
            ]
        ),
    )
