"""The small path language of server-set-fields.yaml."""

import re

_STEP = re.compile(
    r"""\.?(?P<key>[A-Za-z0-9_-]+)          # a.b
      | \["(?P<quoted>[^"]+)"\]             # ["a.b/c"]
      | \[(?P<every>\*)\]                   # [*]
      | \[(?P<field>[A-Za-z]+)=~(?P<pattern>.+?)\](?=$|\.|\[)  # [name=~regular expression]
      | \[(?P<equal>[A-Za-z]+)=(?P<value>[^]]+)\]              # [name=value]
    """,
    re.VERBOSE,
)


def parse(path: str) -> list:
    """A list of steps: a string is a key, a function chooses elements of a list."""
    steps, position = [], 0
    while position < len(path):
        match = _STEP.match(path, position)
        if not match:
            raise ValueError(f"the path '{path}' cannot be read from '{path[position:]}' on")
        steps.append(_step(match))
        position = match.end()
    return steps


def _step(match):
    if key := match["key"] or match["quoted"]:
        return key
    if match["every"]:
        return lambda element: True
    if match["field"]:
        field, pattern = match["field"], re.compile(match["pattern"])
        return lambda element: isinstance(element, dict) and bool(pattern.search(str(element.get(field, ""))))
    field, value = match["equal"], match["value"]
    return lambda element: isinstance(element, dict) and element.get(field) == value


def places(value, steps: list, prefix: tuple = ()):
    """The concrete places (tuples of keys and indexes) in `value` that a path leads to, last ones first."""
    if not steps:
        yield prefix
        return
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield from places(value[step], rest, (*prefix, step))
    elif isinstance(value, list):
        # From the end, so that taking an element out moves none of those that follow.
        for index in reversed(range(len(value))):
            if step(value[index]):
                yield from places(value[index], rest, (*prefix, index))


def look_up(value, place):
    """The value at a concrete place, or None."""
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def replace(value, place: tuple, new) -> None:
    look_up(value, place[:-1])[place[-1]] = new


def remove(value, place: tuple) -> None:
    """Takes a field or an element out. A map or list that becomes empty by that goes too: where the only annotation
    is the server's, there may be no annotations at all on the other side."""
    for length in range(len(place), 0, -1):
        container = look_up(value, place[: length - 1])
        del container[place[length - 1]]
        if container or length == 1:
            return


def text(place: tuple) -> str:
    """A concrete place as people read it."""
    words = ""
    for step in place:
        if isinstance(step, int):
            words += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z0-9_-]+", step):
            words += f".{step}" if words else step
        else:
            words += f'["{step}"]'
    return words
