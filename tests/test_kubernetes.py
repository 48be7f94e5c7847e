"""docs/ops/kubernetes: valid, confined, and every part finds the other by its labels."""

import os
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from ostiary.platform.settings import read_settings
from ostiary.watch.queues import QUEUES
from tests.compose_file import SERVICES, SETTINGS
from tests.kustomization import FOLDER, Resource, containers, pods, render
from tests.source_tree import HOUSE
from workshop.harness.procfile import read_procfile

OVERLAYS = {name: render(FOLDER / "overlays" / name) for name in ("staging", "production")}
EVERYTHING = [
    pytest.param(each, id=f"{name}-{each['kind']}-{each['metadata']['name']}")
    for name, resources in OVERLAYS.items()
    for each in resources
]
PODS = [
    pytest.param(each, pod, id=f"{name}-{each['metadata']['name']}")
    for name, resources in OVERLAYS.items()
    for each, pod in pods(resources)
]
SAMPLE = {
    each["metadata"]["name"]: each["stringData"]
    for each in yaml.safe_load_all((FOLDER / "secrets.sample.yaml").read_text())
}
# They come with KEDA and with Prometheus' operator.
FOREIGN = {
    "ScaledObject",
    "TriggerAuthentication",
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
}
PRODUCTION = OVERLAYS["production"]


def named(kind: str, name: str) -> Resource:
    (found,) = (
        each for each in PRODUCTION if (each["kind"], each["metadata"]["name"]) == (kind, name)
    )
    return found


def selectors(resource: Any) -> list[dict[str, str]]:
    """Every set of labels by which a resource looks for our pods."""
    if isinstance(resource, list):
        return [found for each in resource for found in selectors(each)]
    if not isinstance(resource, dict):
        return []
    labels: dict[str, str] = resource.get("matchLabels") or resource.get("selector") or {}
    mine = [labels] if "app.kubernetes.io/name" in labels else []
    return mine + [found for each in resource.values() for found in selectors(each)]


def ensure_confined(pod: Resource) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for each in containers(pod):
        context = each["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (
            True,
            False,
        )


@pytest.mark.parametrize("resource", EVERYTHING)
class TestAResource:
    def test_fits_its_schema(self, resource: Resource) -> None:
        if resource["kind"] not in FOREIGN:
            kubernetes_validate.validate(resource, "1.37", strict=True)

    def test_finds_pods_or_services(self, resource: Resource) -> None:
        labels = [each["metadata"].get("labels", {}) for each in PRODUCTION]
        for wanted in selectors(resource.get("spec", {})):
            assert any(wanted.items() <= each.items() for each in labels), wanted

    def test_scales_what_there_is(self, resource: Resource) -> None:
        target = resource.get("spec", {}).get("scaleTargetRef")
        assert target is None or "replicas" not in named("Deployment", target["name"])["spec"]


@pytest.mark.parametrize(("resource", "pod"), PODS)
class TestAPod:
    def test_may_do_no_more_than_it_must(self, resource: Resource, pod: Resource) -> None:
        ensure_confined(pod)

    def test_has_time_to_end_and_room_to_run(self, resource: Resource, pod: Resource) -> None:
        assert pod["terminationGracePeriodSeconds"] >= 35
        for each in containers(pod):
            assert each["resources"]["requests"].keys() == {"cpu", "memory"}
            assert each["resources"]["limits"].keys() == {"cpu", "memory"}

    def test_runs_the_version_of_the_code(self, resource: Resource, pod: Resource) -> None:
        assert {each["image"].rpartition(":")[2] for each in containers(pod)} == {
            version("ostiary")
        }

    def test_has_labels_that_its_owner_knows(self, resource: Resource, pod: Resource) -> None:
        labels = resource["spec"]["template"]["metadata"]["labels"]
        assert labels == resource["metadata"]["labels"]
        assert resource["kind"] == "Job" or resource["spec"]["selector"]["matchLabels"] == labels


def test_there_is_every_process_of_the_procfile() -> None:
    commands = {
        each["metadata"]["name"].removeprefix("ostiary-"): " ".join(pod["containers"][0]["command"])
        for each, pod in pods(PRODUCTION)
    }
    procfile = read_procfile(HOUSE / "Procfile")
    assert commands == {"migrate": procfile.release, **procfile.processes}


@pytest.mark.parametrize("name", OVERLAYS)
class TestTheSettings:
    def test_are_known_and_enough(self, name: str) -> None:
        (said,) = (each["data"] for each in OVERLAYS[name] if each["kind"] == "ConfigMap")
        assert said.keys() <= SETTINGS
        given = {each: text for each, text in said.items() if not each.endswith("_FILE")}
        for variable in said.keys() - given.keys():
            key = said[variable].removeprefix("/run/secrets/ostiary/")
            given[variable.removesuffix("_FILE")] = SAMPLE["ostiary"][key]
        given["FLOWER_BASIC_AUTH"] = SAMPLE["ostiary-flower"]["basic-auth"]
        assert read_settings(given, process="flower").app_env == name


class TestProbes:
    def test_restart_web_for_its_own_faults_and_hide_it_for_others(self) -> None:
        (web,) = named("Deployment", "ostiary-web")["spec"]["template"]["spec"]["containers"]
        paths = [web[f"{probe}Probe"]["httpGet"]["path"] for probe in ("liveness", "readiness")]
        assert paths == ["/health", "/ready"]

    @pytest.mark.parametrize("name", ["worker", "beat", "watch"])
    def test_ask_the_others_for_a_sign_of_life(self, name: str) -> None:
        (each,) = named("Deployment", f"ostiary-{name}")["spec"]["template"]["spec"]["containers"]
        assert each["livenessProbe"]["exec"]["command"] == ["python", "docs/ops/alive.py"]


class TestWorkersScale:
    def test_by_the_length_of_every_queue(self) -> None:
        spec = named("ScaledObject", "ostiary-worker")["spec"]
        assert {each["metadata"]["listName"] for each in spec["triggers"]} == {*QUEUES}
        assert {each["authenticationRef"]["name"] for each in spec["triggers"]} == {"ostiary-redis"}

    def test_with_a_password_that_there_is(self) -> None:
        spec = named("TriggerAuthentication", "ostiary-redis")["spec"]
        asked = {(each["name"], each["key"]) for each in spec["secretTargetRef"]}
        assert asked == {("ostiary-redis", key) for key in SAMPLE["ostiary-redis"]}


def test_monitors_name_the_jobs_as_the_rules_do() -> None:
    text = (FOLDER / "base/monitors.yaml").read_text()
    jobs = set(re.findall(r"targetLabel: job, replacement: ([\w-]+)", text))
    assert jobs == {"ostiary-web", "ostiary-worker"}


def test_the_operator_is_told_the_same_rules() -> None:
    rules = yaml.safe_load((HOUSE / "docs/ops/prometheus/rules.yml").read_text())
    assert named("PrometheusRule", "ostiary")["spec"] == rules


class TestWeb:
    def test_loses_no_pod_that_is_the_only_one(self) -> None:
        assert named("PodDisruptionBudget", "ostiary-web")["spec"]["minAvailable"] == "50%"

    def test_shows_no_metrics_to_the_world(self) -> None:
        paths = named("Ingress", "ostiary-web")["spec"]["rules"][0]["http"]["paths"]
        (backend,) = (each["backend"] for each in paths if each["path"] == "/metrics")
        assert "selector" not in named("Service", backend["service"]["name"])["spec"]


@pytest.mark.parametrize("name", ["worker", "beat"])
class TestTheSchema:
    """A pod that failed for want of it would be tried again ever more rarely."""

    def wait_for_it(self, name: str, folder: Path, script: str) -> int:
        (schema,) = named("Deployment", f"ostiary-{name}")["spec"]["template"]["spec"][
            "initContainers"
        ]
        for program, text in {"ostiary": script, "sleep": "exit 0"}.items():
            (folder / program).write_text(f"#!/bin/sh\n{text}\n")
            (folder / program).chmod(0o755)
        environ = {"PATH": f"{folder}:{os.defpath}"}
        return subprocess.run(schema["command"], check=False, cwd=folder, env=environ).returncode

    def test_is_waited_for(self, name: str, tmp_path: Path) -> None:
        assert self.wait_for_it(name, tmp_path, "echo >>asked; [ $(wc -l <asked) = 3 ]") == 0
        assert len((tmp_path / "asked").read_text().splitlines()) == 3

    def test_is_not_waited_for_with_wrong_settings(self, name: str, tmp_path: Path) -> None:
        assert self.wait_for_it(name, tmp_path, "exit 78") == 78


class TestTheTools:
    POD = yaml.safe_load((FOLDER / "tools.yaml").read_text())

    def test_fit_their_schema(self) -> None:
        kubernetes_validate.validate(self.POD, "1.37", strict=True)

    def test_are_those_of_the_servers(self) -> None:
        images = [each["image"] for each in containers(self.POD["spec"])]
        assert images == [SERVICES[name]["image"] for name in ("db", "redis")]

    def test_know_what_there_is(self) -> None:
        asked = [
            each["env"][0]["valueFrom"]["secretKeyRef"] for each in self.POD["spec"]["containers"]
        ]
        assert all(each["key"] in SAMPLE[each["name"]] for each in asked)

    def test_may_go_where_the_pods_go_and_do_no_more(self) -> None:
        policy = named("NetworkPolicy", "ostiary")["spec"]["podSelector"]["matchLabels"]
        assert policy.items() <= self.POD["metadata"]["labels"].items()
        ensure_confined(self.POD["spec"])


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("name", OVERLAYS)
def test_kustomize_renders_what_is_tested_here(name: str) -> None:
    command = ["kubectl", "kustomize", str(FOLDER / "overlays" / name)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rendered = [*yaml.safe_load_all(re.sub(r"\bostiary-[24-9bcdfghkmt]{10}\b", "ostiary", text))]
    assert _sorted(rendered) == _sorted(OVERLAYS[name])


def _sorted(resources: list[Resource]) -> list[Resource]:
    placed = [each | {"metadata": each["metadata"] | {"namespace": ""}} for each in resources]
    return sorted(placed, key=lambda each: (each["kind"], each["metadata"]["name"]))
