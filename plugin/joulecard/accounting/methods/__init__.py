"""Named published methods: each module is one family of pure functions with its citation, version, symbols and units.

Energies are kWh, powers W, times h, emissions g CO2e, intensities g/kWh, water L, unless a name ends in another unit.
The list of all is `catalogue.METHODS`; a function refuses a PUE below 1, a negative amount and a division by nothing.
"""
