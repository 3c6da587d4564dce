"""A what-if for readers and programs; each form says first that it is counterfactual and no disclosure."""

from __future__ import annotations

NOTICE = "COUNTERFACTUAL, not a disclosure"
