"""Named reads of tender bundles (R58): where projects lie, who lives there, and the bundles that were saved."""

import geopandas as gpd
import pandas as pd
from sqlalchemy import func, select

from store.engine import Store
from store.geometry import Geometry
from store.tables import communities, community_links, import_runs, project_communities, projects
from store.tables_gaps import bundle_projects, bundles


def project_grounds(store: Store, district_code: str) -> gpd.GeoDataFrame:
    """The communities of the projects of one district, with their ground: project_id, community_id, community_name,
    subdistrict_code, parcel_id, residents, households, import_run_id, geometry (boundary, else point; may be missing;
    EPSG:4326)."""
    c, pc, cl, p = communities.c, project_communities.c, community_links.c, projects.c
    return store.layer(
        select(
            pc.project_id,
            pc.community_id,
            c.name.label("community_name"),
            cl.subdistrict_code,
            cl.parcel_id,
            c.residents,
            c.households,
            c.import_run_id,
            func.coalesce(cl.boundary, c.geometry, c.point, type_=Geometry()).label("geometry"),
        )
        .join(projects, p.project_id == pc.project_id)
        .join(communities, c.community_id == pc.community_id)
        .outerjoin(community_links, cl.community_id == pc.community_id)
        .where(p.district_code == district_code)
        .order_by(pc.project_id, pc.community_id)
    )


def bundle_rows(store: Store, district_code: str) -> pd.DataFrame:
    """The saved bundles of a district: bundle_id, district_code, name, year, note (the scheme they belong to),
    import_run_id, content_hash, title_zh, title_en."""
    t, r = bundles.c, import_runs.c
    return store.frame(
        select(
            t.bundle_id,
            t.district_code,
            t.name,
            t.year,
            t.note,
            t.import_run_id,
            t.content_hash,
            r.title_zh,
            r.title_en,
        )
        .join(import_runs, r.run_id == t.import_run_id)
        .where(t.district_code == district_code)
        .order_by(t.bundle_id)
    )


def bundle_project_rows(store: Store, district_code: str) -> pd.DataFrame:
    """The projects of a district's saved bundles: bundle_project_id, bundle_id, project_id, content_hash."""
    t, b = bundle_projects.c, bundles.c
    return store.frame(
        select(t.bundle_project_id, t.bundle_id, t.project_id, t.content_hash)
        .join(bundles, b.bundle_id == t.bundle_id)
        .where(b.district_code == district_code)
        .order_by(t.bundle_project_id)
    )
