"""Where a machine stands, told from what lies on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from joulecard.errors import SettingsError
from joulecard.surroundings.place import Evidence, Place, find_place, parse_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from joulecard.settings import Roots

    Plant = Callable[[Mapping[str, str | bytes]], Roots]

AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"


def _dmi(**names: str) -> dict[str, str]:
    return {f"sys/class/dmi/id/{name}": f"{value}\n" for name, value in names.items()}


def _cloud_init(**members: object) -> dict[str, str]:
    return {"fs/run/cloud-init/instance-data.json": json.dumps({"v1": members, "ds": {"meta_data": {}}})}


EC2 = _dmi(sys_vendor="Amazon EC2", product_name="m7i.large", bios_vendor="Amazon EC2", chassis_asset_tag="Amazon EC2")
GCE = _dmi(sys_vendor="Google", product_name="Google Compute Engine", bios_vendor="Google")
AZURE = _dmi(sys_vendor="Microsoft Corporation", product_name="Virtual Machine", chassis_asset_tag=AZURE_TAG)
OCI = _dmi(sys_vendor="QEMU", product_name="Standard PC (i440FX + PIIX, 1996)", chassis_asset_tag="OracleCloud.com")
LAPTOP = _dmi(sys_vendor="LENOVO", product_name="21HM", product_version="ThinkPad X1", bios_vendor="LENOVO")


def _found(roots: Roots, place: str | None = None, **environ: str) -> tuple[Evidence, ...]:
    return find_place(place, None, environ, roots).evidence


def test_a_bare_machine_is_nowhere(plant: Plant) -> None:
    """No evidence is an answer: unknown, and the declared PUE is kept."""
    assert find_place(None, 1.3, {}, plant({})) == Place((), 1.3)


def test_what_the_user_says_comes_first(plant: Plant) -> None:
    """The setting is trusted more than the machine, and everything else found is kept behind it."""
    roots = plant({**EC2, **_cloud_init(cloud_name="aws", region="eu-west-1"), "fs/etc/timezone": "Europe/Berlin\n"})
    assert _found(roots, "US-CA", AWS_REGION="eu-west-1") == (
        Evidence("setting", "high", country="US", subdivision="US-CA"),
        Evidence("cloud-init", "high", "aws", "eu-west-1"),
        Evidence("environment", "medium", "aws", "eu-west-1"),
        Evidence("time-zone", "low", country="DE"),
        Evidence("dmi", "medium", "aws"),
    )


def test_a_wrong_setting_is_no_evidence(plant: Plant) -> None:
    """The settings have complained already; the machine's own word then counts."""
    assert _found(plant(GCE), "Atlantis") == (Evidence("dmi", "medium", "gcp"),)


@pytest.mark.parametrize(
    ("name", "provider", "region"),
    [
        ("aws", "aws", "eu-north-1"),
        ("gce", "gcp", "europe-north1"),
        ("azure", "azure", "swedencentral"),
        ("oracle", "oci", "eu-stockholm-1"),
        ("aliyun", "alibaba", "cn-beijing"),
        ("digitalocean", "digitalocean", "ams3"),
    ],
)
def test_cloud_init_tells_provider_and_region(plant: Plant, name: str, provider: str, region: str) -> None:
    """Its file is world-readable and needs no network; its names are turned into ours."""
    roots = plant(_cloud_init(cloud_name=name, region=region, availability_zone="zone-b", instance_id="i-0abc"))
    assert _found(roots) == (Evidence("cloud-init", "high", provider, region),)


@pytest.mark.parametrize(
    "members", [{"cloud_name": "nocloud", "region": "lab"}, {"cloud_name": 7}, {"region": "x1"}, {}]
)
def test_cloud_init_without_a_known_cloud_tells_nothing(plant: Plant, members: dict[str, object]) -> None:
    """A machine in the cellar runs cloud-init too."""
    assert _found(plant(_cloud_init(**members))) == ()


@pytest.mark.parametrize("region", [None, "", 5, ["eu-north-1"], "10 Downing Street", "e" * 50])
def test_a_region_of_another_shape_is_left_out(plant: Plant, region: object) -> None:
    """The provider stands alone then."""
    assert _found(plant(_cloud_init(cloud_name="aws", region=region))) == (Evidence("cloud-init", "high", "aws"),)


@pytest.mark.parametrize(
    ("firmware", "provider"),
    [
        (EC2, "aws"),
        (_dmi(sys_vendor="Xen", product_name="HVM domU", product_version="4.11.amazon"), "aws"),
        (GCE, "gcp"),
        (AZURE, "azure"),
        (OCI, "oci"),
        (_dmi(sys_vendor="Alibaba Cloud", product_name="Alibaba Cloud ECS"), "alibaba"),
        (_dmi(sys_vendor="DigitalOcean", product_name="Droplet"), "digitalocean"),
        (_dmi(sys_vendor="Hetzner", product_name="vServer"), "hetzner"),
        (_dmi(sys_vendor="Scaleway", product_name="SCW-DEV1-S"), "scaleway"),
        (_dmi(sys_vendor="QEMU", chassis_vendor="IBM:Cloud Compute Server 1.0:bx2-2x8"), "ibm"),
    ],
)
def test_the_firmware_tells_the_provider_alone(plant: Plant, firmware: dict[str, str], provider: str) -> None:
    """DMI names the cloud, never its region."""
    assert _found(plant(firmware)) == (Evidence("dmi", "medium", provider),)


@pytest.mark.parametrize(
    "firmware",
    [
        LAPTOP,
        _dmi(sys_vendor="Microsoft Corporation", product_name="Virtual Machine", chassis_asset_tag="1234"),
        _dmi(sys_vendor="Google", product_name="Eve"),
        _dmi(sys_vendor="OpenStack Foundation", product_name="OpenStack Nova"),
        _dmi(sys_vendor="QEMU", product_name="Standard PC (Q35 + ICH9, 2009)"),
    ],
    ids=["laptop", "hyper-v", "chromebook", "openstack", "qemu"],
)
def test_other_firmware_is_no_cloud(plant: Plant, firmware: dict[str, str]) -> None:
    """Hyper-V is not Azure, a Chromebook is not Google's cloud, and OpenStack is anybody's."""
    assert _found(plant(firmware), AWS_REGION="us-east-1", REGION_NAME="West Europe") == ()


@pytest.mark.parametrize(
    ("firmware", "variable", "text", "provider", "region"),
    [
        (EC2, "AWS_REGION", "eu-north-1", "aws", "eu-north-1"),
        (EC2, "AWS_DEFAULT_REGION", "eu-west-3", "aws", "eu-west-3"),
        (GCE, "CLOUDSDK_COMPUTE_REGION", "europe-west9", "gcp", "europe-west9"),
        (AZURE, "REGION_NAME", "Sweden Central", "azure", "swedencentral"),
        (OCI, "OCI_REGION", "eu-stockholm-1", "oci", "eu-stockholm-1"),
    ],
)
def test_a_variable_names_the_region_of_the_cloud_that_the_firmware_names(
    plant: Plant, firmware: dict[str, str], variable: str, text: str, provider: str, region: str
) -> None:
    """Both together are medium evidence and go before the firmware alone."""
    assert _found(plant(firmware), **{variable: text}) == (
        Evidence("environment", "medium", provider, region),
        Evidence("dmi", "medium", provider),
    )


def test_a_variable_of_another_cloud_is_not_the_place(plant: Plant) -> None:
    """A job in Google's cloud may well talk to a bucket in Virginia."""
    assert _found(plant(GCE), AWS_REGION="us-east-1") == (Evidence("dmi", "medium", "gcp"),)


@pytest.mark.parametrize("firmware", [{}, LAPTOP], ids=["no-firmware", "laptop"])
def test_a_clients_region_is_not_the_place(plant: Plant, firmware: dict[str, str]) -> None:
    """Laptops have AWS_REGION set for their tools, and CLOUD_ML_REGION too."""
    names = ("AWS_REGION", "AWS_DEFAULT_REGION", "CLOUD_ML_REGION", "GOOGLE_CLOUD_REGION", "REGION_NAME", "OCI_REGION")
    assert _found(plant(firmware), **dict.fromkeys(names, "us-east-1")) == ()


@pytest.mark.parametrize(
    ("environ", "provider", "region"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"}, "aws", "eu-west-1"),
        ({"AWS_REGION": "eu-west-1", "SM_TRAINING_ENV": "{}"}, "aws", "eu-west-1"),
        ({"CLOUD_ML_REGION": "europe-west4", "CLOUD_ML_JOB_ID": "77"}, "gcp", "europe-west4"),
        ({"REGION_NAME": "West Europe", "WEBSITE_INSTANCE_ID": "0af3"}, "azure", "westeurope"),
    ],
)
def test_inside_a_managed_job_its_variables_are_weak_evidence(
    plant: Plant, environ: dict[str, str], provider: str, region: str
) -> None:
    """Where no firmware speaks (a micro-VM), variables that only the service sets may."""
    assert _found(plant({}), **environ) == (Evidence("environment", "low", provider, region),)


def test_a_managed_job_played_on_a_laptop_is_not_the_place(plant: Plant) -> None:
    """SageMaker's local mode sets the same variables; the firmware says that this is no cloud."""
    roots = plant(LAPTOP)
    assert _found(roots, AWS_REGION="eu-west-1", SM_TRAINING_ENV="{}", AWS_EXECUTION_ENV="AWS_ECS_EC2") == ()


def test_a_place_is_parsed_into_evidence() -> None:
    """The three forms of the setting."""
    assert parse_place("aws/eu-north-1") == Evidence("setting", "high", "aws", "eu-north-1")
    assert parse_place("FR") == Evidence("setting", "high", country="FR")
    assert parse_place("US-CA") == Evidence("setting", "high", country="US", subdivision="US-CA")


def test_no_place_is_answered_with_what_is_allowed() -> None:
    """One sentence with the way out."""
    with pytest.raises(SettingsError) as caught:
        parse_place("UK")
    assert str(caught.value) == 'place: "UK" is no place; allowed: GB, the country code of the United Kingdom'


def test_a_place_survives_its_document(plant: Plant) -> None:
    """What is written into a segment is read back as the same evidence."""
    from dataclasses import asdict

    place = find_place("aws/eu-north-1", 1.2, {}, plant({"fs/etc/timezone": "Europe/Berlin\n"}))
    assert Place.from_document(json.loads(json.dumps(asdict(place)))) == place
