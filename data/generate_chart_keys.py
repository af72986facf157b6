"""Writes chart-keys.json: every key of the official Helm chart's values, its default, and the versions of the chart that have it.

usage: generate_chart_keys.py <folder>, with <version>.yaml (values.yaml) and <version>.json (values.schema.json) of each version
"""
import hashlib
import json
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).parent


def number(version):
    return [int(part) for part in version.split('.')]


def children(node, definitions):
    """The properties of a node of the schema. Objects of Kubernetes are values, so they have none."""
    reference = node.get('$ref', '')
    if 'io.k8s' in reference:
        return {}
    if reference:
        node = definitions[reference.split('/')[-1]]
    return node.get('properties', {})


def walk(path, node, definitions, values, found):
    below = children(node, definitions)
    for name, child in below.items():
        value = values.get(name, ...) if isinstance(values, dict) else ...
        walk([*path, name], child, definitions, value, found)
    if not below:
        found['.'.join(path)] = values


def main(folder):
    versions = sorted((file.stem for file in pathlib.Path(folder).glob('*.json')), key=number)
    keys, apps, comments = {}, {}, set()
    for version in versions:
        schema = json.loads(pathlib.Path(folder, f'{version}.json').read_text())
        text = pathlib.Path(folder, f'{version}.yaml').read_text()
        values = yaml.safe_load(text)
        lines = re.findall(r'(?:^|\s)#(.*)$', text, re.M)
        comments |= {hashlib.sha256(line.strip().encode()).hexdigest()[:6] for line in lines}
        found = {}
        walk([], schema, schema.get('definitions', {}), values, found)
        # What no schema describes, but the values have.
        for section, options in values.get('config', {}).items():
            for option, value in options.items():
                found[f'config.{section}.{option}'] = value
        for name, value in values.items():
            if not any(key == name or key.startswith(f'{name}.') for key in found):
                found[name] = value
        for key, value in found.items():
            keys.setdefault(key, []).append((version, value))
        apps[version] = values['airflowVersion']
    table = {}
    for key, seen in sorted(keys.items()):
        row = {}
        first, last = seen[0][0], seen[-1][0]
        if first != versions[0]:
            row['from'] = first
        if last != versions[-1]:
            row['to'] = last
        if seen[-1][1] is not ... and seen[-1][1] is not None:
            row['value'] = seen[-1][1]
        # Older defaults, each with the last version that has it; texts of templates and of images change too often to matter.
        earlier = []
        for (version, value), (_, following) in zip(seen, seen[1:]):
            if value != following and value is not ... and isinstance(value, (bool, int, float, str, type(None))) and not re.search(r'\{\{', str(value)):
                earlier.append([version, value])
        templates = {hashlib.sha256(re.sub(r'\s', '', json.dumps(value, ensure_ascii=False, separators=(',', ':'))).encode()).hexdigest()[:6]
                     for _, value in seen if value is not ... and re.search(r'\{\{', json.dumps(value))}
        if templates:
            row['templates'] = sorted(templates)
        if earlier and key not in ('airflowVersion', 'defaultAirflowTag'):
            row['earlier'] = earlier
        table[key] = row
    lines = ',\n'.join(f'    {json.dumps(key)}: {json.dumps(row, sort_keys=True)}' for key, row in table.items())
    HERE.joinpath('chart-keys.json').write_text(f'{{\n  "airflow": {json.dumps(apps)},\n  "comments": "{"".join(sorted(comments))}",\n  "keys": {{\n{lines}\n  }}\n}}\n')


main(sys.argv[1])
