"""Which phase of a model's life a stage belongs to, told from its name; the words are those of CycloneDX."""

from __future__ import annotations

from typing import Literal

Phase = Literal[
    "design",
    "data-collection",
    "data-preparation",
    "training",
    "fine-tuning",
    "validation",
    "deployment",
    "inference",
    "other",
]

# The first row with a word that begins a part of the name wins: "train_test_split" prepares data.
WORDS: tuple[tuple[Phase, tuple[str, ...]], ...] = (
    ("fine-tuning", ("finetun", "fine-tun", "fine_tun", "sft", "lora")),
    ("data-preparation", ("prepare", "preproc", "data", "featur", "tokeni", "clean", "split")),
    ("validation", ("eval", "test", "valid", "benchmark")),
    ("training", ("train", "fit", "pretrain")),
    ("inference", ("infer", "predict", "serve")),
    ("deployment", ("deploy", "export", "package")),
    ("data-collection", ("collect", "download", "fetch", "crawl", "scrape")),
)


def phase_of(stage: str) -> Phase:
    """The phase that a stage's name tells; `other` where it tells none."""
    name = stage.rpartition(":")[2].lower()  # DVC writes path/dvc.yaml:name for stages of sub-folders
    for phase, words in WORDS:
        if any(_begins_a_part(name, word) for word in words):
            return phase
    return "other"


def _begins_a_part(name: str, word: str) -> bool:
    """True where the word stands at the start of the name or after a character that parts words."""
    at = name.find(word)
    while at > 0 and name[at - 1].isalnum():
        at = name.find(word, at + 1)
    return at >= 0
