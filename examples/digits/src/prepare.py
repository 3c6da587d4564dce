"""Splits the handwritten digits that come with scikit-learn and adds shifted copies to the training part."""

from pathlib import Path

import numpy as np
from ruamel.yaml import YAML
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def shifted(images: np.ndarray, pixels: int) -> list[np.ndarray]:
    """Return the images moved up, down, left and right; what leaves one edge is replaced by blank pixels."""
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
    height, width = images.shape[1:]
    corners = [(0, pixels), (2 * pixels, pixels), (pixels, 0), (pixels, 2 * pixels)]
    return [padded[:, top : top + height, left : left + width] for top, left in corners]


def main() -> None:
    """Write data/images.npz."""
    params = YAML(typ="safe").load(Path("params.yaml"))["prepare"]
    digits = load_digits()
    train, test, train_labels, test_labels = train_test_split(
        digits.images,
        digits.target,
        test_size=params["test_share"],
        random_state=params["seed"],
        stratify=digits.target,
    )
    variants = [train, *shifted(train, params["shift_pixels"])]
    Path("data").mkdir(exist_ok=True)
    np.savez(
        "data/images.npz",
        train=np.concatenate(variants).astype(np.float32),
        train_labels=np.tile(train_labels, len(variants)),
        test=test.astype(np.float32),
        test_labels=test_labels,
    )


if __name__ == "__main__":
    main()
