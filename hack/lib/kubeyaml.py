"""YAML as Kubernetes' tools read it."""
import yaml


class Loader(yaml.CSafeLoader):
    """A date is a string."""
    yaml_implicit_resolvers = {  # noqa: RUF012  as the base class has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
