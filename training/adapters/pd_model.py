"""The model as MLflow serves it: this file itself is what is logged, and it reads a verified package; no pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from features.build import columns_from_frame
from training.servable import ServableModel, load


class PdModel(PythonModel):
    """One probability of default for each row."""

    model: ServableModel

    def load_context(self, context: PythonModelContext) -> None:
        self.model = load(Path(context.artifacts["package"]))

    def predict(  # pyright: ignore[reportIncompatibleMethodOverride] - the library types it as None
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Frame with the one column `pd`, over the model's horizon."""
        columns = columns_from_frame(model_input, self.model.feature_set)
        return pd.DataFrame({"pd": self.model.predict(columns)})


set_model(PdModel())
