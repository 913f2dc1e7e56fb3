"""Fetching the Swift toolchain: from a server on loopback, signed with a key made for the test."""

import functools
import http.server
import os
import platform
import stat
import tarfile
import threading

import pytest
from conftest import INTEGRATION, run

VERSION = "6.3.1"


@pytest.fixture
def mirror(tmp_path):
    """A toolchain that is a script, as swift.org would offer it."""
    suffix = "debian12-aarch64" if platform.machine() == "aarch64" else "debian12"
    release = f"swift-{VERSION}-RELEASE"
    folder = tmp_path / "mirror" / f"swift-{VERSION}-release" / suffix / release
    folder.mkdir(parents=True)
    program = tmp_path / "tree" / f"{release}-{suffix}" / "usr" / "bin" / "swift"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'Swift version {VERSION} (swift-{VERSION}-RELEASE)'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    archive = folder / f"{release}-{suffix}.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(program.parents[2], arcname=program.parents[2].name)
    keyring = tmp_path / "gnupg"
    keyring.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", keyring, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    run(*gpg, "--quick-generate-key", "Test <test@example.com>", "ed25519", "sign", "never")
    run(*gpg, "--armor", "--detach-sign", "--output", f"{archive}.sig", archive)
    (tmp_path / "mirror" / "keys").mkdir()
    run(*gpg, "--armor", "--output", tmp_path / "mirror" / "keys" / "all-keys.asc", "--export")
    run("gpgconf", "--homedir", keyring, "--kill", "all")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "mirror")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", archive
    server.shutdown()


def install(url, cache):
    folders = [folder for folder in os.environ["PATH"].split(":") if not os.path.exists(f"{folder}/swift")]
    env = {**os.environ, "PATH": ":".join(folders), "KBACKUP_CACHE": str(cache), "KBACKUP_SWIFT_URL": url}  # fmt: skip
    return run(INTEGRATION / "install", "--swift-only", "--no-packages", env=env, check=False)


def test_the_toolchain_is_downloaded_once(mirror, tmp_path):
    url, archive = mirror
    result = install(url, tmp_path / "cache")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "cache" / "swift" / "usr" / "bin" / "swift").exists()
    archive.unlink()
    again = install(url, tmp_path / "cache")
    assert again.returncode == 0 and "downloading" not in again.stderr, again.stderr


def test_a_toolchain_that_was_changed_is_refused(mirror, tmp_path):
    url, archive = mirror
    with archive.open("ab") as file:
        file.write(b"x")
    result = install(url, tmp_path / "cache")
    assert result.returncode == 1 and "not signed" in result.stderr, result.stderr
    assert not (tmp_path / "cache" / "swift").exists()
