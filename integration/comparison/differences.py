"""What differs between two dumps."""

import json

from comparison import paths
from comparison.rules import Rules


def differences(before: dict, after: dict, rules: Rules, mapping: dict, namespaced_only: bool):
    """Lines, one for each difference, sorted by object."""
    resources = before["resources"]

    def relevant(dump, mapped):
        for entry in dump["objects"]:
            resource, item = entry["resource"], entry["object"]
            if namespaced_only and not item["metadata"].get("namespace"):
                continue
            if not rules.is_made_by_server(resource, item):
                yield resource, rules.with_mapped_namespaces(item, mapping) if mapped else item

    def has_status(resource):
        return resources.get(resource, after["resources"].get(resource, {})).get("status", False)

    old, new = _Side(), _Side()
    for resource, item in relevant(before, mapped=True):
        old.add(resource, item)
    for resource, item in relevant(after, mapped=False):
        new.add(resource, item)

    def stripped(resource, item, declared):
        return rules.without_server_set(resource, item, has_status(resource), declared)

    lines = []
    for key in sorted(old.named.keys() | new.named.keys()):
        one, other = old.named.get(key), new.named.get(key)
        if one is None or other is None:
            lines.append(f"{_title(*key)}: {'added' if one is None else 'missing'}")
            continue
        declared = rules.declared_places(key[0], one)
        lines += _changes(_title(*key), stripped(key[0], one, declared), stripped(key[0], other, declared))
    for key in sorted(old.generated.keys() | new.generated.keys()):
        ones = [_nameless(stripped(key[0], item, frozenset())) for item in old.generated.get(key, [])]
        others = [_nameless(stripped(key[0], item, frozenset())) for item in new.generated.get(key, [])]
        lines += _unpaired(key, ones, others)
    return lines


class _Side:
    """The objects of one dump: by name, or by owner where a controller made up the name."""

    def __init__(self):
        self.named, self.generated = {}, {}

    def add(self, resource, item):
        metadata = item["metadata"]
        namespace = metadata.get("namespace", "")
        owner = next((owner for owner in metadata.get("ownerReferences", []) if owner.get("controller")), None)
        prefix = metadata.get("generateName")
        if owner and prefix and metadata["name"].startswith(prefix):
            key = (resource, namespace, f"{prefix}* of {owner['kind']} {owner['name']}")
            self.generated.setdefault(key, []).append(item)
        else:
            self.named[(resource, namespace, metadata["name"])] = item


def _nameless(item):
    return {**item, "metadata": {**item["metadata"], "name": "<made by a controller>"}}


def _title(resource, namespace, name):
    return f"{resource} {namespace}/{name}" if namespace else f"{resource} {name}"


def _unpaired(key, ones, others):
    """Differences between two groups of objects without names of their own: equal ones are paired, the rest in order."""
    left = list(ones)
    right = []
    for item in others:
        match = next((index for index, one in enumerate(left) if _same(one, item)), None)
        if match is None:
            right.append(item)
        else:
            del left[match]
    lines = []
    for one, other in zip(left, right, strict=False):
        lines += _changes(_title(*key), one, other)
    if len(ones) != len(others):
        lines.append(f"{_title(*key)}: {len(ones)} before, {len(others)} after")
    return lines


def _same(one, other):
    return next(iter(_changes("", one, other)), None) is None


_MISSING = object()


def _changes(title, one, other, place=()):
    """Lines for all places at which two values differ, in both kind and content: 1 is not 1.0, nor true."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _changes(title, one.get(key, _MISSING), other.get(key, _MISSING), (*place, key))
    elif isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            left = one[index] if index < len(one) else _MISSING
            right = other[index] if index < len(other) else _MISSING
            yield from _changes(title, left, right, (*place, index))
    elif type(one) is not type(other) or one != other:
        yield f"{title}: {paths.text(place)}: {_short(one)} -> {_short(other)}"


def _short(value):
    if value is _MISSING:
        return "(none)"
    text = json.dumps(value, ensure_ascii=True, sort_keys=True)
    return text if len(text) <= 160 else f"{text[:150]}… ({len(text)} characters)"
