"""Compiles the fold into the wheel, where it is asked for: `./run wheel`. docs/decisions/0011 says why.

The modules are the same sources, made into machine code by mypyc from their types. Everything is built in a folder that
is thrown away, and only the wheel holds the result: nothing compiled can ever lie beside the sources of a working copy.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from mypyc.build import mypycify
from setuptools import Distribution
from setuptools.command.build_ext import build_ext


class CompilingHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled modules to a wheel, and names the Python and the machine that they run on."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles what `modules` names. An editable installation runs the sources, so it has nothing compiled."""
        if version == "editable":
            return
        self._folder = TemporaryDirectory(prefix="tasuki-compiled-")
        built = self._compiled(Path(self._folder.name))
        build_data["force_include"].update({str(path): str(path.relative_to(built)) for path in built.rglob("*.so")})
        build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written, and what went into it is not needed any more."""
        if version != "editable":
            self._folder.cleanup()

    def _compiled(self, folder: Path) -> Path:
        """The folder of the compiled modules, laid out as in the wheel."""
        modules = [str(path.relative_to(self.root)) for pattern in self.config["modules"] for path in sorted(Path(self.root).glob(pattern))]
        extensions = mypycify(
            [f"--cache-dir={folder / 'types'}", *modules], target_dir=str(folder / "c"), group_name="tasuki", opt_level="2", debug_level="0"
        )
        build = build_ext(Distribution({"name": "tasuki", "ext_modules": extensions}))
        build.build_lib, build.build_temp = str(folder / "built"), str(folder / "objects")
        build.ensure_finalized()
        build.run()
        return folder / "built"
