"""As much of kustomize as docs/ops/kubernetes uses; where kubectl is, a test compares the two."""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from tests.source_tree import HOUSE

FOLDER = HOUSE / "docs/ops/kubernetes"
UNDERSTOOD = {
    "apiVersion",
    "kind",
    "namespace",
    "resources",
    "images",
    "configMapGenerator",
    "patches",
}

Resource = dict[str, Any]


def render(folder: Path) -> list[Resource]:
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert kustomization.keys() <= UNDERSTOOD
    found = [each for name in kustomization["resources"] for each in _read(folder / name)]
    for generator in kustomization.get("configMapGenerator", ()):
        found = [*_with_settings(found, generator, folder)]
    for patch in kustomization.get("patches", ()):
        text = patch.get("patch") or (folder / patch["path"]).read_text()
        _apply(yaml.safe_load(text), _chosen(found, patch["target"]))
    for resource in found:
        _place(resource, kustomization.get("namespace"), kustomization.get("images", ()))
    return found


def pods(resources: list[Resource]) -> Iterator[tuple[Resource, Resource]]:
    """Each Deployment and Job, and its pod's specification."""
    for each in resources:
        if each["kind"] in {"Deployment", "Job"}:
            yield each, each["spec"]["template"]["spec"]


def containers(pod: Resource) -> list[Resource]:
    return [*pod["containers"], *pod.get("initContainers", ())]


def _read(path: Path) -> list[Resource]:
    if path.is_dir():
        return render(path)
    return [*yaml.safe_load_all(path.read_text())]


def _with_settings(found: list[Resource], generator: Resource, folder: Path) -> Iterator[Resource]:
    lines = [line for name in generator.get("envs", ()) for line in _lines(folder / name)]
    said = dict(line.split("=", 1) for line in [*lines, *generator.get("literals", ())])
    if generator.get("behavior") != "merge":
        name = {"name": generator["name"]}
        yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": name, "data": said}
    for each in found:
        if each["kind"] == "ConfigMap" and generator.get("behavior") == "merge":
            each["data"] |= said
        yield each


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and line[0] != "#"]


def _chosen(found: list[Resource], target: dict[str, str]) -> list[Resource]:
    chosen = [
        each
        for each in found
        if re.fullmatch(target["kind"], each["kind"])
        and re.fullmatch(target.get("name", ".*"), each["metadata"]["name"])
    ]
    assert chosen, target
    return chosen


def _apply(operations: list[Resource], resources: list[Resource]) -> None:
    for resource in resources:
        for each in operations:
            *parents, last = each["path"].split("/")[1:]
            place: Any = resource
            for part in parents:
                place = place[int(part) if isinstance(place, list) else part]
            _change(place, last, each)


def _change(place: Any, last: str, operation: Resource) -> None:
    if last == "-":
        place.append(deepcopy(operation["value"]))
        return
    key = int(last) if isinstance(place, list) else last
    assert operation["op"] == "add" or place[key] is not None
    place[key] = deepcopy(operation["value"])


def _place(resource: Resource, namespace: str | None, images: list[dict[str, str]]) -> None:
    if namespace:
        resource["metadata"]["namespace"] = namespace
    for _, pod in pods([resource]):
        for container in containers(pod):
            for image in images:
                if container["image"] == image["name"]:
                    container["image"] = f"{image['newName']}:{image['newTag']}"
