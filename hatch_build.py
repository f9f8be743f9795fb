"""Compile the kernel while installing, where there is a C compiler; the package works without."""

import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared", "-ffp-contract=off")
"""Contracted products would give other figures than numpy's."""


class KernelBuildHook(BuildHookInterface[Any]):
    """Adds `flows/steps/_kernel.so` to the wheel, or to the checkout of an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; say why not where it cannot be done."""
        source = Path(self.root, "flows", "steps", "kernel.c")
        library = source.with_name("_kernel.so")
        library.unlink(missing_ok=True)
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
        if compiler is None or sys.platform == "win32":
            self.app.display_warning("no C compiler: text will be structured with numpy alone")
            return
        digest = f"-DSOURCE_DIGEST={zlib.crc32(source.read_bytes())}u"
        command = [*compiler.split(), *FLAGS, digest, "-o", str(library), str(source), "-lm"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            self.app.display_warning(f"the kernel was not compiled: {made.stderr.strip()[:500]}")
            return
        build_data["artifacts"].append("/flows/steps/_kernel.so")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
