"""Where a file's rows are and what is wrong with their shapes: axes, CRS, datum, repairs, strays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.crs import WGS84, within_beijing
from geo.datum import DATUMS, Datum, transform_geometry
from geo.repair import repair
from loaders.datum_judge import DatumVerdict, judge_datum
from loaders.diagnosis import DatumFound
from loaders.findings import Finding, finding
from loaders.georeference import flipped, is_projected, projected_candidates, swapped
from loaders.held import HeldLayers
from loaders.readers.raw import RawTable
from loaders.wording import WORDING

DATUM_NAMES = {"wgs84": "WGS 84 / CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}


@dataclass(frozen=True)
class Code:
    """A sentence that stands within another."""

    code: str

    def say(self, lang: str) -> str:
        """The sentence in a language."""
        return WORDING.say(self.code, lang)


@dataclass(frozen=True)
class Place:
    """How the coordinates are to be read, and the shapes so read (EPSG:4326; None where nothing can be told)."""

    axes: Literal["xy", "yx"]
    datum: DatumFound
    placed: gpd.GeoSeries | None


def shape_findings(shapes: gpd.GeoSeries, row_number: pd.Series) -> Iterator[Finding]:
    """Kinds of shape mixed, shapes missing, empty, endless or invalid, and how each would be mended."""
    kinds = shapes.geom_type[~shapely.is_missing(shapes.to_numpy())].str.removeprefix("Multi").value_counts()
    if len(kinds) > 1:
        rare = shapes.geom_type.str.removeprefix("Multi") == kinds.index[-1]
        shown = [f"{kind} {count}" for kind, count in kinds.items()]
        yield finding("doctor.geometry_mixed", "warning", rows=row_number[rare], kinds=shown)
    wanted: Any = "polygon" if len(kinds) and kinds.index[0] == "Polygon" else None
    result = repair(shapes, wanted)
    severity: dict[str, Literal["info", "warning", "error"]] = {
        "repaired_ring": "warning",
        "repaired_self_crossing": "warning",
        "dropped_parts": "warning",
    }
    for action in sorted(set(result.action) - {"", "wrong_type"}):
        found = result.action == action
        params: dict[str, Any] = {}
        if action == "repaired_self_crossing":
            usable = found & ~shapely.is_missing(shapes.to_numpy())
            reasons = pd.Series(shapely.is_valid_reason(shapes[usable].to_numpy()))
            params["reason"] = reasons.str.replace(r"\[.*", "", regex=True).value_counts().index[0]
            change = result.detail[found].abs().max()
            params["change"] = 0.0 if pd.isna(change) else float(change)
        yield finding(
            f"doctor.geometry_{action}", severity.get(action, "error"), rows=row_number[found], **params
        )


def place(raw: RawTable, shapes: gpd.GeoSeries, held: HeldLayers) -> tuple[Place, list[Finding]]:
    """How the coordinates of the file are to be read, told as a load would tell it, and what was found out."""
    found = np.array(shapes.to_numpy(), dtype=object)
    found[~np.isfinite(shapely.bounds(found)).all(axis=1)] = (
        None  # missing, empty and endless ones tell nothing
    )
    bare = gpd.GeoSeries(found, index=shapes.index)
    declared, findings = _declared(raw)
    if not bare.notna().any():
        return Place("xy", DatumFound("unknown", {}), None), findings
    if declared is not None and declared.is_projected:
        return _declared_projected(bare, declared, findings)
    if is_projected(bare):
        if declared is not None:
            findings.append(finding("doctor.crs_not_degrees", "error", crs=str(raw.crs)[:80]))
        return _guessed_projected(bare, findings)
    axes: Literal["xy", "yx"] = "xy"
    if swapped(bare):
        bare, axes = flipped(bare), "yx"
        findings.append(finding("doctor.axes_swapped", "warning"))
    return _geographic(raw, bare, axes, declared, held, findings)


def stray_findings(placed: gpd.GeoSeries, shapes: gpd.GeoSeries, row_number: pd.Series) -> Iterator[Finding]:
    """Rows outside the city once read rightly, and those at 0, 0, where nothing was ever filled in."""
    bounds = placed.bounds
    x = ((bounds["minx"] + bounds["maxx"]) / 2).to_numpy()
    y = ((bounds["miny"] + bounds["maxy"]) / 2).to_numpy()
    raw_bounds = shapes.bounds.to_numpy()
    with np.errstate(invalid="ignore"):
        at_zero = (np.abs(raw_bounds) < 1e-6).all(axis=1)
    if at_zero.any():
        yield finding("doctor.at_zero", "error", rows=row_number[at_zero])
    outside = np.isfinite(x) & np.isfinite(y) & ~within_beijing(x, y) & ~at_zero
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        share = float(outside.mean())
        yield finding(
            "doctor.outside_city", "error", rows=row_number[outside], x=x[first], y=y[first], share=share
        )


def _declared(raw: RawTable) -> tuple[CRS | None, list[Finding]]:
    if raw.crs is None:
        return None, [finding("doctor.crs_missing")]
    try:
        crs = CRS.from_user_input(raw.crs)
    except CRSError:
        return None, [finding("doctor.crs_unreadable", "warning", crs=str(raw.crs)[:80])]
    return crs, [finding("doctor.crs_declared", crs=crs.name)]


def _declared_projected(
    bare: gpd.GeoSeries, declared: CRS, findings: list[Finding]
) -> tuple[Place, list[Finding]]:
    code = declared.to_epsg() or 0
    evidence: dict[str, Any] = {"how": "declared", "crs": declared.name}
    placed = bare.set_crs(declared).to_crs(WGS84)
    axes: Literal["xy", "yx"] = "xy"
    if _share_inside(placed) < 0.5:
        turned = flipped(bare).set_crs(declared, allow_override=True).to_crs(WGS84)
        if _share_inside(turned) > 0.5:
            placed, axes = turned, "yx"
            findings.append(finding("doctor.axes_swapped", "warning"))
    return Place(axes, DatumFound(f"projected:EPSG:{code}", evidence), placed), findings


def _guessed_projected(bare: gpd.GeoSeries, findings: list[Finding]) -> tuple[Place, list[Finding]]:
    candidates = projected_candidates(bare)
    if not candidates:
        findings.append(finding("doctor.projected_unknown", "error"))
        return Place("xy", DatumFound("unknown", {"candidates": []}), None), findings
    best = candidates[0]
    axes = cast(Literal["xy", "yx"], best["axes"])
    if axes == "yx":
        findings.append(finding("doctor.axes_swapped", "warning"))
    findings.append(
        finding(
            "doctor.projected_guessed",
            "warning",
            epsg=best["epsg"],
            name=best["name"],
            inside=float(best["inside"]),
            others=[c["name"] for c in candidates[1:] if c["axes"] == axes] or None,
        )
    )
    turned = flipped(bare) if axes == "yx" else bare
    placed = turned.set_crs(best["epsg"], allow_override=True).to_crs(WGS84)
    evidence = {"how": "evidence", "candidates": candidates}
    return Place(axes, DatumFound(f"projected:EPSG:{best['epsg']}", evidence), placed), findings


def _geographic(
    raw: RawTable,
    bare: gpd.GeoSeries,
    axes: Literal["xy", "yx"],
    declared: CRS | None,
    held: HeldLayers,
    findings: list[Finding],
) -> tuple[Place, list[Finding]]:
    told = judge_datum(bare, raw.frame.loc[bare.index], held)
    verdict, how = told.verdict, "evidence"
    if verdict == "unknown" and declared is not None:
        verdict, how = "wgs84", "declared"  # a declared geographic CRS holds where nothing speaks against it
    evidence = {"how": how, "tests": told.evidence}
    if verdict not in DATUMS:
        findings.append(finding("doctor.datum_unknown", "warning", tried=_tried(told) or None))
        # Until the datum is known the map shows the numbers as they are: they are at most 1.2 km off.
        return Place(
            axes, DatumFound("unknown", evidence), bare.set_crs(WGS84, allow_override=True)
        ), findings
    decisive = told.decisive
    if decisive is None:
        findings.append(
            finding("doctor.datum_declared", "info", crs=str(raw.crs)[:40], tried=_tried(told) or None)
        )
    else:
        findings.append(_datum_finding(verdict, decisive))
        if declared is not None and verdict != "wgs84":
            findings.append(
                finding("doctor.datum_against_crs", "warning", crs=declared.name, datum=DATUM_NAMES[verdict])
            )
    placed = transform_geometry(bare, cast(Datum, verdict)).set_crs(WGS84, allow_override=True)
    return Place(axes, DatumFound(verdict, evidence), placed), findings


def _datum_finding(verdict: str, test: dict[str, Any]) -> Finding:
    agreement = test["agreement"]
    others = [f"{DATUM_NAMES[d]} {v:.1%}" for d, v in agreement.items() if d != verdict]
    return finding(
        "doctor.datum",
        "info",
        datum=DATUM_NAMES[verdict],
        kind=Code(f"doctor.kind_{test['kind']}"),
        compared=int(test["compared"]),
        agreement=float(agreement[verdict]),
        others=others,
    )


def _tried(told: DatumVerdict) -> list[Code]:
    return [Code(f"doctor.kind_{test['kind']}") for test in told.evidence]


def _share_inside(placed: gpd.GeoSeries) -> float:
    bounds = placed.bounds
    return float(
        within_beijing((bounds["minx"] + bounds["maxx"]) / 2, (bounds["miny"] + bounds["maxy"]) / 2).mean()
    )
