"""What the distances are made of, and what was left out: streets, unconnected places, people, capacity."""

import numpy as np

from dashboard.gaps_page import GapsPage
from dashboard.markup import element, show
from dashboard.panels import panel
from dashboard.viewmodels.gaps import short_kind
from loaders.coverage.inputs import ACCOUNTS, HOMES, POINTS


def show_sources(page: GapsPage) -> None:
    """The page's last subject: how sure the figures are."""
    words = page.words
    assert page.standing is not None
    reports = page.standing.coverage.reports
    network = reports.get("network")
    with panel(words, words.say("gaps.network_question"), _network(page, network), key="gap_network"):
        if network is not None:
            for code in ("out", "parts", "rules"):
                show(element("p", words.say(f"gaps.network_{code}", **network), css="atlas-note"))
        places = reports.get("facilities", {"held": 0, "off_network": []})
        off = [page.facility_names[i] for i in places["off_network"] if i in page.facility_names]
        show(
            element(
                "p",
                words.say("gaps.facilities_off", held=places["held"], off=len(places["off_network"])),
                css="atlas-note",
            )
        )
        if off:
            show(
                element(
                    "p",
                    words.say("gaps.facilities_off_names", names=words.listed(off[:20])),
                    css="atlas-note",
                )
            )
    for account in ACCOUNTS:
        held = reports.get(account)
        if held is None:
            continue
        walk, part, away = held["connections"]
        told = {**held, "walk": walk, "part": part, "off": away}
        for name in ("left_out_no_place", "negative"):
            told[name] = len(held[name])
        with panel(
            words,
            words.say(f"gaps.people_question_{account}"),
            words.say(f"gaps.people_answer_{account}", **told),
            key=f"gap_people_{account}",
        ):
            show(element("p", words.say("gaps.people_connected", **told), css="atlas-note"))
            show(element("p", words.say(f"gaps.people_out_{account}", **told), css="atlas-note"))
    _twice(page)
    _capacity(page)


def _network(page: GapsPage, network: dict | None) -> str:
    words = page.words
    if network is None:
        return words.say("gaps.network_none")
    return words.say(
        "gaps.network_answer",
        streets=network["streets"],
        edges=network["edges"],
        km=words.number(network["length_m"] / 1000),
        share=words.pct(network["longest_part_share_pct"]),
    )


def _twice(page: GapsPage) -> None:
    """The two accounts beside each other: a layer that counts everyone twice is seen here."""
    words = page.words
    reports = page.standing.coverage.reports if page.standing else {}
    homes, points = reports.get(HOMES), reports.get(POINTS)
    if not homes or not points or not homes["residents"] or not points["residents"]:
        show(element("p", words.say("gaps.census_none"), css="atlas-note"))
        return
    ratio = points["residents"] / homes["residents"]
    code = (
        "twice"
        if 1.8 <= ratio <= 2.2
        else "half"
        if 0.45 <= ratio <= 0.55
        else "differs"
        if abs(ratio - 1) > 0.25
        else "fits"
    )
    show(
        element(
            "p",
            words.say(
                f"gaps.census_{code}",
                homes=words.number(homes["residents"]),
                points=words.number(points["residents"]),
                ratio=words.number(ratio, 2),
            ),
            css="atlas-answer",
        )
    )


def _capacity(page: GapsPage) -> None:
    words = page.words
    rows = page.facilities
    known = rows.groupby("kind")["capacity"].agg(lambda v: int(np.isfinite(v.astype(float)).sum()))
    total = rows.groupby("kind").size()
    without = [short_kind(k, words) for k in total.index if known.get(k, 0) < total[k]]
    show(
        element(
            "p",
            words.say("gaps.capacity_unknown", kinds=len(without), names=words.listed(without[:12])),
            css="atlas-note",
        )
    )
