"""Each named method gives the figure that its publication prints."""

from __future__ import annotations

import pytest

from joulecard.accounting.methods import (
    ecologits,
    embodied_share,
    equivalences,
    flops,
    green_algorithms,
    implied,
    lacoste,
    luccioni,
    mix,
    patterson,
    per_inference,
    power_curves,
    rollup,
    savings,
    sci,
    strubell,
    time_power,
    water,
)


def test_gpt3_by_the_four_ms() -> None:
    """14.8 days of 10,000 V100 at 330 W and PUE 1.1 are 1,289 MWh, 553 t at 0.429 kg/kWh; as one product the same."""
    energy_kwh = patterson.energy_kwh(14.8 * 24, 10_000, 330, 1.1)
    assert energy_kwh == pytest.approx(1_289_376)
    assert patterson.co2e_g(energy_kwh, 429) == pytest.approx(553.142304e6)
    assert patterson.four_m_co2e_g(14.8 * 24 * 10_000, 0.330, 1.1, 429) == pytest.approx(553.142304e6)
    assert patterson.pue(0.5) == 1.5


def test_gpt3_run_time_from_flop() -> None:
    """3.14e23 FLOP on 10,000 V100 at 24.6 TFLOP/s take 14.8 days; 6 N D gives 3.15e23."""
    assert flops.run_hours(3.14e23, 10_000, 24.6e12) / 24 == pytest.approx(14.77341162)
    assert flops.training_flop(175e9, 300e9) == pytest.approx(3.15e23)
    assert flops.inference_flop(175e9, 1) == pytest.approx(3.5e11)
    assert flops.energy_kwh(flops.device_hours(3.14e23, 125e12, 0.1968), 330) == pytest.approx(1.17e6, rel=0.01)
    assert flops.energy_at_efficiency_kwh(3.6e18, 1e12) == pytest.approx(1.0)


def test_bert_in_pounds_of_co2() -> None:
    """BERT's 64 GPUs drew 12,041.51 W for 79 h: 1,503 kWh with PUE 1.58, 1,434 lb; a bill of 118 USD is 983 kWh."""
    energy_kwh = strubell.energy_kwh(79, 12_041.51)
    assert energy_kwh == pytest.approx(1503.021278)
    assert strubell.co2e_g(energy_kwh) / strubell.GRAMS_PER_LB == pytest.approx(1433.882299)
    assert strubell.energy_from_bill_kwh(118) == pytest.approx(983.3333333)
    assert strubell.bill(82_250) == pytest.approx(9870)
    assert strubell.cloud_cost(100, 0.52) == pytest.approx(52)
    assert strubell.system_power_w(100, 10, 8, 150) == 1310


def test_the_calculator_rounds_at_each_step() -> None:
    """ML CO2 Impact cuts 566.3 g/kWh to 0.57 kg and shows 5.47 kg; without its rounding it is 5.436 kg."""
    shown = lacoste.impact(400, 24, 566.3, 1.0)
    assert (shown.energy_kwh, shown.intensity_kg_per_kwh, shown.co2e_kg, shown.offset_kg) == (9.6, 0.57, 5.47, 5.47)
    assert shown.driven_km == pytest.approx(22.11837106)
    assert lacoste.impact(400, 24, 566.3, rounded=False).co2e_kg == pytest.approx(5.43648)


def test_the_calculator_rounds_an_exact_half_up() -> None:
    """0.125 is exact in binary: shown as 0.13, where rounding to even would say 0.12; 0.105 is below the half."""
    assert lacoste.impact(1000, 1, 125).intensity_kg_per_kwh == 0.13
    assert lacoste.impact(1000, 1, 105).intensity_kg_per_kwh == 0.1


def test_green_algorithms_counts_memory_as_asked_for() -> None:
    """36 cores at 9.5 W and 75 %, 96 GB, PUE 1.56: 455.9 W; 6.5 h are 2.96 kWh, 2,669 g, 2.9 tree-months."""
    power_w = green_algorithms.power_w((green_algorithms.Processors(36, 9.5, 0.75),), 96, 1.56)
    assert power_w == pytest.approx(455.9256)
    energy_kwh = green_algorithms.energy_kwh(6.5, power_w)
    emissions_g = green_algorithms.co2e_g(energy_kwh, 900.6)
    same = green_algorithms.equivalents(emissions_g)
    assert (emissions_g, same.tree_months) == pytest.approx((2668.94287, 2.91157404))
    assert (same.car_eu_km, same.car_us_km) == pytest.approx((15.25110211, 10.63324))
    assert green_algorithms.flights(emissions_g, "paris-london") == pytest.approx(0.0533789)


def test_bloom_dynamic_idle_and_embodied() -> None:
    """BLOOM: 433,196 kWh dynamic, 256,646 kWh idle, 7.6 t of servers; with the GPUs 50.5 t in all."""
    assert luccioni.dynamic_kwh(1_082_990, 400) == pytest.approx(433_196)
    assert luccioni.idle_kwh(27_000, 64_000, 1_082_990, 384) == pytest.approx(256_646.0677)
    assert luccioni.co2e_g(433_196, 57) == pytest.approx(24.692172e6)
    assert luccioni.embodied_g(2.5e6, 6 * 8760, 0.85, 135_373.75) == pytest.approx(7.575306093e6)
    assert luccioni.total_g(24.69e6, 14.6e6, 11.2e6) == pytest.approx(50.49e6)


def test_embodied_shares_with_and_without_utilisation() -> None:
    """A GPU of a node of 3,700 kg over four years costs 13.2 g an hour; 16 of 96 vCPUs for a day a sixth of a day's."""
    assert embodied_share.rate_g_per_h(embodied_share.per_part_g(3.7e6, 8), 4 * 8760) == pytest.approx(13.19920091)
    share = embodied_share.resource_share(16, 96)
    assert embodied_share.amortised_g(1_344_100, 24, 26_280, share) * 3 == pytest.approx(613.7442922)
    assert embodied_share.shared_g(350_000, 0.2) == 70_000
    assert embodied_share.server_g(2e6, [(3, 1e5), (16, 1_172_000), (1, 5e4)]) == 21_102_000


def test_components_by_die_area() -> None:
    """BoaviztAPI: 12 cores of 24.5 mm2 are 14.9 kg; 12 memory modules of 32 GB at 1.79 GB/cm2 are 535 kg."""
    cpu_mm2 = embodied_share.core_area(12, 24.5)
    assert embodied_share.component_g(1, cpu_mm2, 19.7, 9140) == pytest.approx(14_931.8)
    die_cm2 = embodied_share.dense_area(32, 1.79)
    assert embodied_share.component_g(12, die_cm2, 2200, 5220) == pytest.approx(12 * (32 / 1.79 * 2200 + 5220))


def test_sci_of_an_agent() -> None:
    """600 kWh at 350 g/kWh and 3,000 g embodied for 10,000 requests are 21.3 g a request; in parts the same."""
    assert sci.score_g(600, 350, 3000, 10_000) == pytest.approx(21.3)
    carbon_g = sci.carbon_g(sci.operational_g(600, 350), 3000)
    assert sci.per_unit_g(carbon_g, 10_000) == pytest.approx(21.3)
    assert sci.network_kwh([1.16, 14.3], 0.001) == pytest.approx(0.01546)
    assert sci.chip_kwh(1, 205, 0.8) + sci.memory_kwh(1, 1.13, 0.38) == pytest.approx(0.1644294)
    assert sci.units_over(10_564.65 * 3600) == pytest.approx(38_032_740)


def test_power_curves() -> None:
    """Teads up to 100 %; Boavizta's Xeon Platinum at 50 % draws 182.22 W; the line of Cloud Carbon Footprint."""
    assert [power_curves.curve_factor(u) for u in (0, 0.1, 0.45, 1)] == pytest.approx([0.12, 0.32, 0.69625, 1.02])
    share = power_curves.vcpu_share(2, 8)
    assert power_curves.curve_kwh(0.1, power_curves.curve_power_w(100, 0.32), share) == pytest.approx(0.0008)
    assert round(power_curves.logarithmic_power_w(0.5, power_curves.XEON_PLATINUM), 2) == 182.22
    line_w = power_curves.linear_power_w(0.16, 0.74, 3.5)
    assert power_curves.linear_kwh(2 * 24, line_w, 1.135) == pytest.approx(0.064373568)
    assert power_curves.memory_kwh(8.589934592 * 24, pue=1.135) == pytest.approx(0.09172400877)


def test_ecologits_answer_of_405_billion_parameters() -> None:
    """1,000 tokens of 405B parameters on 16 GPUs take 314 s and 8.7 Wh, and carry 0.8 g of hardware."""
    server = ecologits.Server(1200, 8, 80, 5.7e6, 273_000, 26_280)
    gpus = ecologits.gpus_needed(405, 16, 80)
    latency_s = ecologits.latency_s(1000, 405, 64)
    it_kwh = ecologits.request_kwh(server, gpus, latency_s, ecologits.gpu_wh(1000, 405, 64), 64)
    assert gpus == 16
    assert latency_s == pytest.approx(314.2333714)
    assert ecologits.facility_kwh(it_kwh, 1.14) == pytest.approx(0.008677149646)
    assert ecologits.embodied_g(server, gpus, latency_s, 64) == pytest.approx(0.8183160713)


def test_water_on_site_is_of_it_energy() -> None:
    """Iowa: 0.18 and 4.634 million litres for 1,287 MWh; by OLMo's equation both intensities take facility energy."""
    on_l, off_l = water.onsite_l(1_287_000, 0.14), water.offsite_l(1_287_000, 1.16, 3.104)
    assert (on_l, off_l) == pytest.approx((180_180, 4_634_023.68))
    assert water.total_l(on_l, off_l) == pytest.approx(4_814_203.68)
    assert water.olmo_l(157_000, 1.2, 0, 1.29) == pytest.approx(243_036)
    assert water.implied_l_per_kwh(243_036, 157_000) == pytest.approx(1.548)


def test_uses_until_training_is_matched() -> None:
    """592,570,000 answers of BLOOMz-7B take what its training and fine-tuning took."""
    assert per_inference.break_even_uses([51_686, 7_571], 0.0001) == pytest.approx(592_570_000)
    assert per_inference.per_use(914, 230_768) == pytest.approx(0.00396068779)
    assert per_inference.uses_per_kwh(0.00024) == pytest.approx(4166.666667)
    assert per_inference.of_uses(1.14, 1e9) == pytest.approx(1.14e9)


def test_what_is_not_printed_is_implied() -> None:
    """Llama 3.1 405B implies 0.414 kg/kWh with PUE in it; Code Llama 385 W."""
    energy_kwh = time_power.energy_kwh(30.84e6, 700)
    assert implied.intensity_g_per_kwh(8930e6, energy_kwh) == pytest.approx(413.6557347)
    assert implied.power_w(228.55e6, 1.4e6, 1.1, 385) == pytest.approx(385.4781582)
    assert implied.device_hours(1287, 330, 1.1) == pytest.approx(3545.4545)
    assert implied.pue(9, 10) == 0.9


def test_phases_market_and_parts() -> None:
    """PaLM's two phases are 8.4 million chip-hours; contracts for 60 % leave 40 % of the residual mix."""
    chip_h = time_power.device_hours([(6144, 1200), (3072, 336)])
    assert chip_h == 8_404_992
    assert time_power.energy_kwh(chip_h, 378.5) == pytest.approx(3_181_289.472)
    assert time_power.market_g(100, 400, 0.6) == pytest.approx(16_000)
    assert time_power.it_kwh(time_power.facility_kwh(10, 1.2), 1.2) == pytest.approx(10)
    assert time_power.mean_power_w(13_812.4, 256 * 192) == pytest.approx(281.0139974)


def test_roll_ups_savings_and_mixes() -> None:
    """Parts of BLOOM's project, GPOEO's savings, and the mix that a documentation prints a thousandfold."""
    parts = [433_196, 266_522, 158_972, 87_210, 64_257, 57_961, 51_686, 43_172]
    assert rollup.total(parts) == 1_162_976
    assert rollup.share_of(433_196, rollup.total(parts)) == pytest.approx(0.3725, abs=1e-4)
    assert rollup.on_top(159, 312) == pytest.approx(0.5096153846)
    assert (rollup.mean([1, 3]), rollup.per_part(8, 4), rollup.extrapolated(13, 0.13)) == pytest.approx((2, 2, 100))
    assert savings.mean_power_ratio(0.162, 0.051) == pytest.approx(0.7973358706)
    assert savings.energy_ratio(0.15, 0.03) == pytest.approx(0.8755)
    assert (savings.after_saving(100, 0.47), savings.saved(100, 0.47), savings.saved_share(100, 53)) == pytest.approx(
        (53, 47, 0.47)
    )
    assert (savings.times_less(100, 2.5), savings.combined([4, 2.5])) == pytest.approx((40, 10))
    fuels = [(0.25, 995), (0.35, 816), (0.26, 743), (0.14, 29)]
    assert mix.intensity_g_per_kwh(fuels) == pytest.approx(731.59)
    assert mix.weighted_mean([(1, 100), (3, 200)]) == 175


def test_equivalences_name_their_edition() -> None:
    """The same 250 g are 2.3 km or 2.1 km by the edition of one tool; a car's year by EPA's own sum."""
    kilometres = [
        equivalences.count(250, equivalences.equivalence("car km", edition).each_g)
        for edition in ("carbontracker-2023", "carbontracker-2020")
    ]
    assert kilometres == pytest.approx([2.325581395, 2.07641196])
    assert equivalences.car_g(8890, 11_484, 22.3, 0.989) == pytest.approx(4_629_070.448)
    assert equivalences.implied_each_g(626_000 * strubell.GRAMS_PER_LB, 125) == pytest.approx(2_271_590.589)
    assert equivalences.per_week(13.3) == pytest.approx(0.2557692308)
