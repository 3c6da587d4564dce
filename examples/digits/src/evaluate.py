"""Measures how well the forest reads digits that it has not seen."""

import json
from pathlib import Path

import joblib
import numpy as np
from sklearn.metrics import accuracy_score, f1_score


def main() -> None:
    """Write metrics.json."""
    forest = joblib.load("models/forest.joblib")
    with np.load("data/features.npz") as features:
        expected, predicted = features["test_labels"], forest.predict(features["test"])
    scores = {
        "accuracy": round(accuracy_score(expected, predicted), 4),
        "f1_macro": round(f1_score(expected, predicted, average="macro"), 4),
    }
    Path("metrics.json").write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
