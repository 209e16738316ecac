"""Settings of Bedrock's own checks on what a model says."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings


class GuardrailSettings(BaseSettings):
    """A part of `lending.settings.Settings`."""

    llm_guardrail: str = Field("", description="id or ARN of a guardrail of Bedrock; empty: none")
    llm_guardrail_version: str = Field(
        "", pattern=r"^([1-9][0-9]{0,7}|DRAFT)?$", description="its version, a number or DRAFT"
    )

    @model_validator(mode="after")
    def _a_guardrail_has_a_version(self) -> GuardrailSettings:
        if self.llm_guardrail and not self.llm_guardrail_version:
            raise ValueError(
                "CANDOR_LLM_GUARDRAIL_VERSION is not set; CANDOR_LLM_GUARDRAIL needs it, so that what is checked "
                "changes only when you say so. Write the number of a published version"
            )
        return self
