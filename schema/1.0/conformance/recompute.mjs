// Recomputes the numbers of rules R03 and R07 of disclosures that the schema accepts; shares no code with any validator.
// node recompute.mjs FILE...   prints a line a file: {"file": "a.json", "wrong": ["/totals/new/energy_it/value"]}
import { readFileSync } from "node:fs";

const [IT, FACILITY, EMBODIED] = ["energy/it_total", "energy/facility_total", "emissions/embodied"];
const LINED = { operational_location: "emissions/operational_location", operational_market: "emissions/operational_market", water: "water" };
const TOTALS = Object.entries({ energy_it: IT, energy_facility: FACILITY, ...LINED, embodied: EMBODIED, compute: "compute" });
const get = (owner, path) => path.split("/").reduce((inner, name) => inner?.[name], owner);
const values = (owners, path) => owners.map((owner) => get(owner, path)?.value).filter((value) => value !== undefined);
const agree = (found, parts) => { // within 1e-6 of the sum and half of 1e-4 of its smallest part, or the noise of doubles
  const sum = parts.reduce((one, other) => one + other, 0), least = parts.reduce((one, other) => Math.min(one, other || one), Infinity);
  const allowed = Math.max(Math.min(1e-6 * Math.max(found, sum), 5e-5 * least), 1e-12 * sum);
  return Number.isNaN(sum) || (parts.length > 0 && Math.abs(found - sum) <= allowed); // NaN: a part is not there (rule R01)
};
function recompute({ factors, resources, functional_units = [], stages, totals }) {
  const [factor, resource, unit] = [factors, resources, functional_units].map((items) => new Map(items.map((item) => [item.id, item])));
  const wrong = new Set(), times = (amount, ref) => amount * (factor.get(ref)?.value ?? NaN);
  const is = (owner, at, path, parts) => // parts undefined, false or 0: there is nothing to compare with
    parts && !values([owner], path).every((found) => agree(found, parts)) && wrong.add(`${at}/${path}/value`);
  const lines = (stage, at, path) => { // they give the value; those on one kind of factor carry the stage's energy, once
    const all = get(stage, path)?.lines ?? [], { it_total: it, facility_total: facility } = stage.energy;
    const pue = (line) => (line.energy_basis === "it" ? 1 : line.pue_ref ? times(1, line.pue_ref) : facility.value / it.value);
    is(stage, at, path, all.length && all.map((line) => times(line.energy_kwh, line.factor_ref)));
    for (const kind of ["grid_intensity", "wue", "water_intensity"]) {
      const own = all.filter((line) => factor.get(line.factor_ref)?.kind === kind), carried = own.map((line) => line.energy_kwh / pue(line));
      if (own.length && it.value !== undefined && !agree(it.value, carried)) wrong.add(`${at}/${path}/lines/${all.indexOf(own[0])}/energy_kwh`);
    }
  };
  const check = (stage, at) => {
    const { components = [], facility_total: { factor_refs: pues = [] } } = stage.energy;
    const seen = (stage.segments ?? []).filter((segment) => "energy_it_kwh" in segment);
    for (const [index, part] of components.entries()) {
      const here = [part, `${at}/energy/components/${index}`, "energy"];
      is(...here, part.activity?.map((term) => times(term.amount / 3.6e6, term.factor_ref)));
      is(...here, "node_share" in part && [part.node_kwh * part.node_share]);
      is(...here, "idle_kwh" in part && [part.idle_kwh, part.dynamic_kwh]);
    }
    is(stage, at, IT, components.length && values(components, "energy"));
    is(stage, at, IT, seen.length && seen.map((segment) => segment.energy_it_kwh));
    is(stage, at, IT, stage.series?.it_energy_j.map((joules) => joules / 3.6e6));
    is(stage, at, FACILITY, pues.length === 1 && values([stage], IT).map((kwh) => times(kwh, pues[0])));
    is(stage, at, FACILITY, pues.length && seen.length && seen.map((segment) => times(segment.energy_it_kwh, segment.pue_ref)));
    const used = (line, { count, embodied: made = {} } = {}) => // SCI: TE x TiR/EL x RR/ToR
      count * made.total_g * (line.reserved_s / made.lifespan_s) * (line.reserved_units / made.total_units);
    is(stage, at, EMBODIED, get(stage, EMBODIED)?.lines?.map((line) => used(line, resource.get(line.resource_ref))));
    inside(stage, at);
    Object.values(LINED).forEach((path) => lines(stage, at, path));
  };
  const inside = (stage, at) => { // parts and what is in none are the stage; a unit of work costs the figure over the count
    const { parts = [] } = stage, direct = values(parts.filter((part) => !part.part_of), "energy_it"), it = values([stage], IT);
    const rest = values([stage], "unattributed");
    if (parts.length && rest.length && it.length && !agree(it[0], [...direct, ...rest])) wrong.add(`${at}/unattributed/value`);
    for (const [owner, place, energy] of [[stage, at, IT], ...parts.map((part, index) => [part, `${at}/parts/${index}`, "energy_it"])])
      owner.work_done?.forEach((work, index) => [["energy_it", energy], ["operational_location", LINED.operational_location]].forEach(([key, path]) =>
        is(work, `${place}/work_done/${index}`, key, values([owner], path).map((value) => value / work.count))));
  };
  const total = (block, at, owners) => {
    for (const [key, path] of TOTALS) is(block, at, key, values(owners, path));
    is(block, at, "operational_and_embodied", ["operational_location", "embodied"].flatMap((key) => values([block], key)));
  };
  const ran = stages.filter((stage) => stage.energy), all = ran.concat(stages.flatMap((stage) => stage.reused_from ?? []));
  stages.forEach((one, at) => one.energy ? check(one, `/stages/${at}`) : one.reused_from && check(one.reused_from, `/stages/${at}/reused_from`));
  total(totals.new, "/totals/new", ran), total(totals.including_reused, "/totals/including_reused", all);
  totals.by_phase?.forEach((sum, at) => total(sum, `/totals/by_phase/${at}`, ran.filter((stage) => stage.phase === sum.phase)));
  totals.per_functional_unit?.forEach(({ functional_unit_ref: ref, ...rates }, at) => Object.keys(rates).forEach((key) =>
    is(rates, `/totals/per_functional_unit/${at}`, key, values([totals[totals.headline]], key).map((sum) => sum / unit.get(ref)?.quantity))));
  return [...wrong];
}
for (const file of process.argv.slice(2)) console.log(JSON.stringify({ file, wrong: recompute(JSON.parse(readFileSync(file, "utf8"))) }));
