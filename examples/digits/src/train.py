"""Trains a forest on the features, in an MLflow run."""

from pathlib import Path

import joblib
import mlflow
import numpy as np
from ruamel.yaml import YAML
from sklearn.ensemble import RandomForestClassifier
from tracking import open_experiment


def main() -> None:
    """Write models/forest.joblib."""
    params = YAML(typ="safe").load(Path("params.yaml"))["train"]
    forest = RandomForestClassifier(n_estimators=params["trees"], random_state=params["seed"], n_jobs=2)
    open_experiment()
    with mlflow.start_run(run_name="train"), np.load("data/features.npz") as features:
        mlflow.log_params(params)
        forest.fit(features["train"], features["train_labels"])
    Path("models").mkdir(exist_ok=True)
    joblib.dump(forest, "models/forest.joblib", compress=3)


if __name__ == "__main__":
    main()
