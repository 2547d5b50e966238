"""Settings, read from the environment when they are asked for (`ATLAS_…`)."""

import ipaddress
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.engine import DEFAULT_DATABASE_PATH, PROJECT_DIR


class Settings(BaseSettings):
    """What an office may set without touching code."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_", extra="ignore")

    database_url: str = f"sqlite:///{DEFAULT_DATABASE_PATH}"
    port: int = Field(default=8501, ge=1, le=65535)
    host: str = "127.0.0.1"
    lang: Literal["zh", "en"] = "zh"
    actor: str = "local"
    var_dir: Path = PROJECT_DIR / "data" / "var"
    read_memory_mb: int = Field(default=6144, ge=256)
    read_seconds: int = Field(default=600, ge=1)
    max_upload_mb: int = Field(default=500, ge=1)
    #: Beyond one machine: the scheduler of a Dask cluster that works out distances, such as tcp://10.0.0.5:8786.
    dask_scheduler: str = ""
    #: An outside basemap, such as https://tiles.example/{z}/{x}/{y}.png; without it nothing outside is ever asked.
    basemap_url: str = ""
    basemap_datum: Literal["wgs84", "gcj02"] = "wgs84"
    basemap_credit: str = ""

    #: Who is asking: `demo` (a role chooser, for one machine), `oidc` (a login), `proxy` (headers of a trusted proxy).
    auth: Literal["demo", "oidc", "proxy"] = "demo"
    #: The claim of the login by which a person stands in `user_roles`.
    oidc_claim: Literal["email", "sub", "preferred_username"] = "email"
    #: The login's provider and this app's account there; without them `[auth]` of `.streamlit/secrets.toml` holds.
    oidc_metadata_url: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_redirect_uri: str = ""
    #: Seals the login's cookie; without it this installation's own secret does.
    oidc_cookie_secret: str = ""
    #: The addresses of the proxies whose header is believed, separated by commas.
    trusted_proxies: str = ""
    proxy_user_header: str = "X-Forwarded-User"

    @field_validator("proxy_user_header")
    @classmethod
    def _is_header(cls, value: str) -> str:
        if not (value and value.isascii() and value.replace("-", "").isalnum()):
            raise ValueError("the name of a header is expected: letters, digits and hyphens")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        for part in filter(None, (p.strip() for p in value.split(","))):
            ipaddress.ip_address(part)
        return value

    @property
    def proxies(self) -> frozenset[str]:
        """The addresses of the trusted proxies."""
        return frozenset(
            str(ipaddress.ip_address(p.strip())) for p in self.trusted_proxies.split(",") if p.strip()
        )

    @field_validator("basemap_url")
    @classmethod
    def _is_template(cls, value: str) -> str:
        if value and not (
            value.startswith(("http://", "https://")) and all(k in value for k in ("{z}", "{x}", "{y}"))
        ):
            raise ValueError("an http(s) address with {z}, {x} and {y} is expected")
        return value


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
