"""Turns images into features: the scaled pixels and a kernel map of them."""

from pathlib import Path

import numpy as np
from ruamel.yaml import YAML
from sklearn.kernel_approximation import Nystroem
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, StandardScaler


def main() -> None:
    """Write data/features.npz."""
    params = YAML(typ="safe").load(Path("params.yaml"))["featurize"]
    kernel_map = Nystroem(n_components=params["components"], gamma=0.01, random_state=params["seed"])
    features = make_pipeline(StandardScaler(), make_union(FunctionTransformer(), kernel_map))
    with np.load("data/images.npz") as images:
        train = images["train"].reshape(len(images["train"]), -1)
        test = images["test"].reshape(len(images["test"]), -1)
        np.savez(
            "data/features.npz",
            train=features.fit_transform(train).astype(np.float32),
            train_labels=images["train_labels"],
            test=features.transform(test).astype(np.float32),
            test_labels=images["test_labels"],
        )


if __name__ == "__main__":
    main()
