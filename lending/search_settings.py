"""Settings of how long a search server that fails is left alone."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class SearchSettings(BaseSettings):
    """A part of `lending.settings.Settings`."""

    search_failures: int = Field(3, ge=1, description="failures in a row after which the search server is left alone")
    search_rest_seconds: float = Field(10, ge=0, description="how long it is left alone; then one search tries")
