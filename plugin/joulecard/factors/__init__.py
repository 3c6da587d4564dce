"""Emission factors, PUE and power models by edition, each with source, licence and uncertainty; no network."""

from __future__ import annotations

from joulecard.factors.edition import CURRENT, Edition, edition, editions, opened
from joulecard.factors.factor import Factor, Uncertainty

__all__ = ["CURRENT", "Edition", "Factor", "Uncertainty", "edition", "editions", "opened"]
