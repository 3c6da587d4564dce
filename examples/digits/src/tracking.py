"""Where the MLflow runs of this project are kept: said once, here."""

import os

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read while mlflow is imported; nothing leaves this machine

import mlflow

STORE = "sqlite:///mlflow.db"  # artifacts lie in mlruns/ beside it


def open_experiment() -> None:
    """Make what is logged from now on part of the experiment "digits"."""
    mlflow.set_tracking_uri(STORE)
    mlflow.set_experiment("digits")
