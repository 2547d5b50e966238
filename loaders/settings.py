"""Settings, read from the environment when they are asked for (`ATLAS_…`)."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field
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


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
