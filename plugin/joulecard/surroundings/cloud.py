"""Tells the cloud and its region from what the machine itself says: cloud-init's file, firmware names, variables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from joulecard.settings.places import region_name
from joulecard.surroundings.reading import line_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.settings import Roots

_INSTANCE_DATA_LIMIT_BYTES = 1 << 22
# cloud-init's names of clouds that have our region names; others (nocloud, openstack, ...) tell no provider
_CLOUD_INIT_NAMES = {
    "aliyun": "alibaba",
    "aws": "aws",
    "azure": "azure",
    "digitalocean": "digitalocean",
    "gce": "gcp",
    "hetzner": "hetzner",
    "ibmcloud": "ibm",
    "oracle": "oci",
    "scaleway": "scaleway",
}
_AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"  # plain Hyper-V has the same vendor, but not this tag
# OpenStack is no provider: too many clouds, and private ones, run on it
_FIRMWARE = (  # file, what it begins with, provider
    ("sys_vendor", "Amazon EC2", "aws"),
    ("bios_vendor", "Amazon EC2", "aws"),
    ("product_name", "Google Compute Engine", "gcp"),  # "Google" alone is a Chromebook
    ("chassis_asset_tag", _AZURE_TAG, "azure"),
    ("chassis_asset_tag", "OracleCloud.com", "oci"),
    ("sys_vendor", "Alibaba Cloud", "alibaba"),
    ("sys_vendor", "DigitalOcean", "digitalocean"),
    ("sys_vendor", "Hetzner", "hetzner"),
    ("sys_vendor", "Scaleway", "scaleway"),
    ("chassis_vendor", "IBM:Cloud Compute Server", "ibm"),
)
# may name a region: of the machine, or of whatever a client on it talks to
_REGION_VARIABLES = {
    "aws": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "gcp": ("FUNCTION_REGION", "CLOUD_ML_REGION", "GOOGLE_CLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"),
    "azure": ("REGION_NAME",),
    "oci": ("OCI_RESOURCE_PRINCIPAL_REGION", "OCI_REGION"),
}
# set by the provider's own managed services and by nobody else
_JOB_VARIABLES = {
    "aws": ("AWS_EXECUTION_ENV", "ECS_CONTAINER_METADATA_URI_V4", "SM_TRAINING_ENV", "AWS_BATCH_JOB_ID"),
    "gcp": ("CLOUD_ML_JOB_ID", "FUNCTION_REGION"),
    "azure": ("WEBSITE_INSTANCE_ID",),
    "oci": ("OCI_RESOURCE_PRINCIPAL_VERSION",),
}


def from_cloud_init(roots: Roots) -> tuple[str, str | None] | None:
    """Provider and region in the file that cloud-init leaves; no other member of it is looked at."""
    text = text_of(f"{roots.fs}/run/cloud-init/instance-data.json", _INSTANCE_DATA_LIMIT_BYTES)
    try:
        document = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    common = document.get("v1") if isinstance(document, dict) else None
    if not isinstance(common, dict):
        return None
    provider = _CLOUD_INIT_NAMES.get(str(common.get("cloud_name")))
    region = common.get("region")
    if provider is None:
        return None
    return provider, region_name(provider, region) if isinstance(region, str) else None


def firmware_speaks(roots: Roots) -> bool:
    """True where the machine has firmware names at all: then a cloud that is not among them is not here."""
    return any(line_of(f"{roots.sysfs}/class/dmi/id/{name}") for name in ("sys_vendor", "product_name", "bios_vendor"))


def from_firmware(roots: Roots) -> str | None:
    """The provider that the firmware names (DMI). Serial numbers, UUIDs and the board's tag are never opened."""
    folder = f"{roots.sysfs}/class/dmi/id"
    for name, value, provider in _FIRMWARE:
        if line_of(f"{folder}/{name}").startswith(value):
            return provider
    return "aws" if line_of(f"{folder}/product_version").endswith(".amazon") else None  # EC2 on Xen


def from_variables(provider: str, environ: Mapping[str, str]) -> str | None:
    """The region that variables name for a provider known to be here."""
    for name in _REGION_VARIABLES.get(provider, ()):
        region = region_name(provider, environ.get(name, ""))
        if region:
            return region
    return None


def from_managed_job(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Provider and region inside a managed service, told by variables that the service alone sets.

    A region variable by itself proves nothing: it configures a client, on laptops as well.
    """
    for provider, names in _JOB_VARIABLES.items():
        region = from_variables(provider, environ)
        if region and any(environ.get(name) for name in names):
            return provider, region
    return None
