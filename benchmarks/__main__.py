"""Runs every benchmark, or those named: `python -m benchmarks slots`."""

import importlib
import pkgutil
import sys

import benchmarks


def main(wanted: list[str]) -> int:
    """Run the `main()` of each wanted module of this package; all of them when none is named.

    Returns:
        The exit status: 0, or 2 when a name is unknown.
    """
    present = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    present.remove("__main__")
    unknown = sorted(set(wanted) - set(present))
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are: {', '.join(present)}\n")
        return 2
    for name in wanted or present:
        module = importlib.import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"== {name}", flush=True)
            module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
