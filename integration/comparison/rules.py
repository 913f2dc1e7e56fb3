"""The rules of server-set-fields.yaml, applied to objects."""

import copy
import json
import re

import yaml

from comparison import paths

SET_BY_SERVER = "<set by the server>"


def _matches(item, conditions: dict) -> bool:
    for path, wanted in conditions.items():
        value = next((paths.look_up(item, place) for place in paths.places(item, paths.parse(path))), None)
        if wanted.startswith("~"):
            if not re.search(wanted[1:], str(value or "")):
                return False
        elif value != wanted:
            return False
    return True


_KEYS = {
    "path", "reason", "resources", "except", "when", "present", "unless", "follows", "keep", "with-status-subresource",
}  # fmt: skip


class _Rule:
    def __init__(self, entry: dict):
        if unknown := entry.keys() - _KEYS:
            raise ValueError(f"a rule has unknown keys: {', '.join(sorted(unknown))}")
        if not entry.get("reason"):
            raise ValueError(f"the rule {entry} gives no reason")
        self._resources = entry.get("resources")
        self._spared = entry.get("except", [])
        self.kept_keys = entry.get("keep", [])
        self._conditions = entry.get("when", {})
        self._only_with_status = entry.get("with-status-subresource", False)
        self.steps = paths.parse(entry["path"]) if "path" in entry else []
        self.presence_counts = entry.get("present") == "same"
        self.spares_declared = entry.get("unless") == "declared"
        # Whether a value was asked for may be known from another field only.
        self.declared_steps = paths.parse(entry["follows"]) if "follows" in entry else self.steps

    def applies(self, resource: str, item, has_status: bool) -> bool:
        return (
            (self._resources is None or resource in self._resources)
            and resource not in self._spared
            and (has_status or not self._only_with_status)
            and _matches(item, self._conditions)
        )


class Rules:
    """What a server sets, and what it makes."""

    def __init__(self, file_name: str):
        with open(file_name, encoding="utf-8") as file:
            content = yaml.safe_load(file)
        self._fields = [_Rule(entry) for entry in content["fields"]]
        self._objects = [_Rule(entry) for entry in content["objects"]]
        self._lists = [_Rule(entry) for entry in content["unordered-lists"]]
        self._references = [paths.parse(path) for path in content["namespace-references"]]

    def is_made_by_server(self, resource: str, item) -> bool:
        return any(rule.applies(resource, item, False) for rule in self._objects)

    def declared_places(self, resource: str, item) -> frozenset:
        """The places of server-set fields that a client asked for by its own will."""
        rules = [rule for rule in self._fields if rule.spares_declared and rule.applies(resource, item, True)]
        declared = set()
        for rule in rules:
            for place, witness in zip(paths.places(item, rule.steps), paths.places(item, rule.declared_steps), strict=False):
                if is_declared(item, witness):
                    declared.add(place)
        return frozenset(declared)

    def without_server_set(self, resource: str, item, has_status: bool, declared: frozenset):
        """A copy of the object in which what servers set is gone, or marked where its presence counts."""
        result = copy.deepcopy(item)
        for rule in self._fields:
            if not rule.applies(resource, item, has_status):
                continue
            for place in list(paths.places(result, rule.steps)):
                if place in declared:
                    continue
                if rule.kept_keys:
                    kept = {key: value for key, value in paths.look_up(result, place).items() if key in rule.kept_keys}
                    paths.replace(result, place, kept)
                elif rule.presence_counts:
                    paths.replace(result, place, SET_BY_SERVER)
                else:
                    paths.remove(result, place)
        for rule in self._lists:
            if rule.applies(resource, item, has_status):
                for place in list(paths.places(result, rule.steps)):
                    elements = paths.look_up(result, place) or []
                    paths.replace(result, place, sorted(elements, key=lambda element: json.dumps(element, sort_keys=True)))
        return result

    def with_mapped_namespaces(self, item, mapping: dict):
        """A copy of the object as it is to be when its namespaces are restored under other names."""
        result = copy.deepcopy(item)
        metadata = result["metadata"]
        if metadata.get("namespace") in mapping:
            metadata["namespace"] = mapping[metadata["namespace"]]
        if result["kind"] == "Namespace" and metadata["name"] in mapping:
            metadata["name"] = mapping[metadata["name"]]
            if "kubernetes.io/metadata.name" in metadata.get("labels", {}):
                metadata["labels"]["kubernetes.io/metadata.name"] = metadata["name"]
        for steps in self._references:
            for place in list(paths.places(result, steps)):
                name = paths.look_up(result, place)
                if name in mapping:
                    paths.replace(result, place, mapping[name])
        return result


# These write what servers set: their fields are nobody's wish.
_SERVERS = {"kube-controller-manager", "kube-apiserver", "kube-scheduler", "kubelet", "cloud-controller-manager"}


def is_declared(item, place: tuple) -> bool:
    """Whether a client (not a server) owns the field at `place`, by the object's managedFields."""
    return any(
        entry.get("manager") not in _SERVERS and _owns(entry.get("fieldsV1", {}), item, place)
        for entry in item["metadata"].get("managedFields", [])
    )


def _owns(fields: dict, value, place: tuple) -> bool:
    for step in place:
        value = value[step]
        if isinstance(step, str):
            fields = fields.get(f"f:{step}")
        else:
            fields = _element_fields(fields, value)
        if fields is None:
            return False
    return True


def _element_fields(fields: dict, element):
    """managedFields name the elements of a list by key fields: k:{"port":80,"protocol":"TCP"}."""
    for name, below in fields.items():
        if name.startswith("k:") and isinstance(element, dict):
            keys = json.loads(name[2:])
            if all(element.get(key) == value for key, value in keys.items()):
                return below
    return None
