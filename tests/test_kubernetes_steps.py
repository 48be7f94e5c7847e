"""The steps of docs/deployment.md lead to Kubernetes, typed in order as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.kustomization import Resource, render
from tests.source_tree import HOUSE

PAGE = (HOUSE / "docs/deployment.md").read_text().partition("## On Kubernetes\n")[2]
STEPS = re.findall(r"^ *\$ (.+)$", PAGE, re.MULTILINE)
PATCHES = re.findall(r"^ *```yaml\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
STAND_IN = f'PYTHONPATH={HOUSE} exec {sys.executable} -m tests.processes.kubectl "$@"'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("kubernetes", "grafana"):
        shutil.copytree(HOUSE / "docs/ops" / folder, tmp_path / "docs/ops" / folder)
    programs = {"kubectl": STAND_IN, "ostiary": "exit 0", "vi": "exit 0"}
    (tmp_path / "programs").mkdir()
    for name, line in programs.items():
        (tmp_path / "programs" / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / "programs" / name).chmod(0o755)
    (tmp_path / "cluster").write_text("monitoring\n")
    return tmp_path


def follow(checkout: Path) -> None:
    environ = {
        "PATH": f"{checkout}/programs:{os.defpath}",
        "CLUSTER": str(checkout / "cluster"),
        "EDITOR": "vi",
    }
    for line in STEPS:
        command = ["bash", "-o", "pipefail", "-c", line]
        done = subprocess.run(
            command, check=False, cwd=checkout, env=environ, capture_output=True, text=True
        )
        assert done.returncode == 0, f"$ {line}\n{done.stderr}"


@pytest.fixture
def mine(checkout: Path) -> Path:
    """The overlay that they leave behind."""
    follow(checkout)
    return checkout / "docs/ops/kubernetes/overlays/mine"


def test_they_leave_what_is_secret_where_git_ignores_it(mine: Path, checkout: Path) -> None:
    assert "secrets/" in (HOUSE / ".gitignore").read_text().splitlines()
    assert (checkout / "secrets/kubernetes.yaml").stat().st_mode & 0o777 == 0o600


def test_they_name_every_patch_of_the_overlay_that_says_a_host(mine: Path) -> None:
    text = (mine / "kustomization.yaml").read_text()
    hosts = re.findall(r"path: (\S+), value: id\.example\.com", text)
    assert len(hosts) == 2
    assert all(f"`{path}`" in PAGE for path in hosts)


class TestThePatchesOfThePage:
    @pytest.fixture
    def patched(self, mine: Path) -> list[Resource]:
        with (mine / "kustomization.yaml").open("a") as file:
            file.writelines(_as_far_in_as(patch) for patch in PATCHES)
        return render(mine)

    def test_let_out_what_they_say(self, patched: list[Resource]) -> None:
        ports = {port["port"] for each in policies(patched) for port in outward(each)}
        assert {25060, 4318, 2525} <= ports

    def test_let_in_another_ingress(self, patched: list[Resource]) -> None:
        (web,) = (each for each in policies(patched) if each["metadata"]["name"] == "ostiary-web")
        let_in = yaml.safe_dump(web["spec"]["ingress"])
        assert "ingress-nginx" in let_in
        assert "nginx-ingress" not in let_in
        assert "monitoring" in let_in

    def test_label_what_the_operator_looks_for(self, patched: list[Resource]) -> None:
        monitors = [each for each in patched if each["apiVersion"] == "monitoring.coreos.com/v1"]
        assert len(monitors) == 3
        assert all("release" in each["metadata"]["labels"] for each in monitors)


def policies(resources: list[Resource]) -> list[Resource]:
    return [each for each in resources if each["kind"] == "NetworkPolicy"]


def outward(policy: Resource) -> list[Resource]:
    return [port for each in policy["spec"].get("egress", ()) for port in each["ports"]]


def test_the_page_names_every_port_that_is_let_out() -> None:
    base = yaml.safe_load_all((HOUSE / "docs/ops/kubernetes/base/network.yaml").read_text())
    ports = {port["port"] for each in base for port in outward(each)}
    network = PAGE.partition("### The network\n")[2].partition("```yaml")[0]
    assert all(re.search(rf"\b{port}\b", network) for port in ports - {53})


def _as_far_in_as(patch: str) -> str:
    """Within a list of the page it stands two columns further."""
    return (
        re.sub(r"^  (?=  )", "", patch, flags=re.MULTILINE) if patch.startswith("    ") else patch
    )
