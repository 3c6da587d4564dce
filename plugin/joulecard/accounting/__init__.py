"""From energy to carbon: pure arithmetic on quantities that carry their uncertainty. Knows no meters and no tables."""
