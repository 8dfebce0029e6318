"""The S3 store of the attacked site: rclone, with the files in a folder."""

import os
import subprocess
import sys
from pathlib import Path

from devstack.processes import free_port

BUCKET, ACCESS_KEY, SECRET_KEY = "marquee", "marquee-attack", "a-secret-of-the-attacked-store-0123456789"


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        data = self.folder / "data"
        data.mkdir(parents=True)
        program = Path(sys.executable).parent / "rclone"
        command = [str(program), "serve", "s3", str(data), "--addr", f"127.0.0.1:{self.port}"]
        command += ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--vfs-cache-mode", "off"]
        environment = os.environ | {"RCLONE_CONFIG": str(self.folder / "rclone.conf")}
        with (self.folder / "store.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
