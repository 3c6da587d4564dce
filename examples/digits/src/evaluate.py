"""Measures how well the forest reads digits that it has not seen, in an MLflow run."""

import json
from pathlib import Path

import joblib
import mlflow
import numpy as np
from sklearn.metrics import accuracy_score, f1_score
from tracking import open_experiment


def main() -> None:
    """Write metrics.json."""
    open_experiment()
    with mlflow.start_run(run_name="evaluate"), np.load("data/features.npz") as features:
        forest = joblib.load("models/forest.joblib")
        expected, predicted = features["test_labels"], forest.predict(features["test"])
        scores = {
            "accuracy": round(accuracy_score(expected, predicted), 4),
            "f1_macro": round(f1_score(expected, predicted, average="macro"), 4),
        }
        mlflow.log_metrics(scores)
    Path("metrics.json").write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
